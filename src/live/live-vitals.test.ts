import { BedId, type LogEvent, METRICS } from '@vigil/contracts';
import { intervalOf, LiveVitals } from './live-vitals.js';

const bed = BedId.parse('icu-1');
const message = (atMs: number, value: number, more: Record<string, unknown> = {}): LogEvent =>
  ({
    kind: 'deviceMessage',
    bedId: bed,
    deviceId: 'sim-1',
    origin: 'simulated',
    atMs,
    readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }],
    ...more,
  }) as unknown as LogEvent;
const values = (vitals: LiveVitals) => vitals.readingsOf(bed).map((r) => r.value);

test('the newest reading by event time stays, whatever the order of arrival', () => {
  const vitals = new LiveVitals();
  vitals.apply(message(2_000, 80), 10);
  vitals.apply(message(1_000, 70), 20);
  expect(values(vitals)).toEqual([80]);
});

test('changes are handed out once', () => {
  const vitals = new LiveVitals();
  vitals.apply(message(1_000, 70), 10);
  vitals.apply(message(2_000, 80), 20);
  expect([...vitals.takeChanged().values()].map((c) => c.readings.map((r) => r.value))).toEqual([[80]]);
  expect(vitals.takeChanged().size).toBe(0);
});

test('a device without a bed is shown nowhere', () => {
  const vitals = new LiveVitals();
  vitals.apply(message(1_000, 70, { bedId: null }), 10);
  expect(vitals.takeChanged().size).toBe(0);
});

test('what was measured before an admission is forgotten, also where it was not yet sent', () => {
  const vitals = new LiveVitals();
  vitals.apply(message(1_000, 70), 10);
  vitals.forgetBefore(bed, 1_500);
  expect(values(vitals)).toEqual([]);
  expect([...vitals.takeChanged().values()].flatMap((c) => c.readings)).toEqual([]);
});

test('coverage is told when it changes', () => {
  const vitals = new LiveVitals();
  const lost = { kind: 'coverageLost', bedId: bed } as unknown as LogEvent;
  vitals.apply(lost, 10);
  vitals.apply(lost, 20);
  expect(vitals.isCoverageLost(bed)).toBe(true);
  expect([...vitals.takeChanged()]).toEqual([[bed, { readings: [], coverageLost: true }]]);
  vitals.apply({ kind: 'coverageRestored', bedId: bed } as unknown as LogEvent, 30);
  expect([...vitals.takeChanged()]).toEqual([[bed, { readings: [], coverageLost: false }]]);
});

test('beds are bounded', () => {
  const vitals = new LiveVitals();
  for (let i = 0; i < 5_010; i++) vitals.apply(message(1, 70, { bedId: `b-${i}` }), 1);
  expect([vitals.takeChanged().size, vitals.leftOut]).toEqual([5_000, 10]);
});

test('the expected interval is that of the device, else that of the metric', () => {
  const devices = [{ deviceId: 'sim-1', intervalsMs: { heartRate: 60_000 } }];
  expect(intervalOf(devices, { deviceId: 'sim-1', metric: 'heartRate' })).toBe(60_000);
  expect(intervalOf(devices, { deviceId: 'sim-1', metric: 'spo2' })).toBe(METRICS.spo2.nominalIntervalMs);
  expect(intervalOf(devices, { deviceId: 'sim-2', metric: 'heartRate' })).toBe(METRICS.heartRate.nominalIntervalMs);
});

describe('a bedside device that is silenced', () => {
  const alarm = (atMs: number, code: string, pausedUntilMs?: number): LogEvent =>
    ({
      ...{ kind: 'deviceAlarm', bedId: bed, deviceId: 'sim-1', atMs },
      alarms: [
        { code, kind: 'technical', priority: 'low', active: true, ...(pausedUntilMs === undefined ? {} : { pausedUntilMs }) },
      ],
    }) as unknown as LogEvent;
  const paused = (...events: readonly LogEvent[]) => {
    const vitals = new LiveVitals();
    for (const event of events) vitals.apply(event, 0);
    return vitals.bedside(bed).paused;
  };

  test('stays so until the alarm that said it says otherwise, whatever else it says', () => {
    const pause = { deviceId: 'sim-1', sinceMs: 1_000, untilMs: 9_000 };
    expect(paused(alarm(1_000, 'hr-high', 9_000), alarm(2_000, 'spo2-low'))).toEqual([pause]);
    expect(paused(alarm(1_000, 'hr-high', 8_000), alarm(2_000, 'hr-high', 9_000))).toEqual([pause]);
    expect(paused(alarm(1_000, 'hr-high', 9_000), alarm(2_000, 'hr-high'))).toEqual([]);
  });

  test('is not unsilenced by what it said before', () => {
    expect(paused(alarm(1_000, 'hr-high', 9_000), alarm(500, 'hr-high'))).toHaveLength(1);
  });

  test('says what it has paused of itself, since when and when it said so; a newer word, or a new start, takes its place', () => {
    const says = (atMs: number, pauses: readonly object[], bootId = 'b1'): LogEvent =>
      ({ kind: 'deviceAlarm', bedId: bed, deviceId: 'sim-1', bootId, atMs, alarms: [], pauses }) as unknown as LogEvent;
    const pausesOf = (...events: readonly LogEvent[]) => {
      const vitals = new LiveVitals();
      for (const event of events) vitals.apply(event, 0);
      return vitals.bedside(bed).pauses;
    };
    const off = { deviceId: 'sim-1', kind: 'alarmOff', sinceMs: 1_000, untilMs: null, saidMs: 2_000 };
    expect(pausesOf(says(1_000, [{ kind: 'alarmOff' }]), says(2_000, [{ kind: 'alarmOff' }]))).toEqual([off]);
    expect(pausesOf(says(2_000, []), says(1_000, [{ kind: 'alarmOff' }]))).toEqual([]);
    const anew = { kind: 'deviceMessage', bedId: bed, deviceId: 'sim-1', bootId: 'b2', atMs: 3_000, readings: [] };
    expect(pausesOf(says(1_000, [{ kind: 'alarmOff' }]), anew as unknown as LogEvent)).toEqual([]);
  });

  test('has one pause, the one that lasts longest, and a bound on how many are kept', () => {
    expect(paused(alarm(1_000, 'a', 9_000), alarm(1_000, 'b', 7_000))).toMatchObject([{ untilMs: 9_000 }]);
    const many = Array.from({ length: 100 }, (_, i) => alarm(1_000 + i, `code-${i}`, 9_000 + i));
    expect(paused(...many)).toMatchObject([{ untilMs: 9_099 }]);
  });
});
