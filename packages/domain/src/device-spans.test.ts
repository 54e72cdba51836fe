import { type DeviceMessage, LogEvent, type MetricName } from '@vigil/contracts';
import fc from 'fast-check';
import { broughtOf, DEVICES_MAX, spanAt, SPANS_MAX } from './device-spans.js';
import type { BedState } from './state.js';
import { activation, admit, deviceAlarm, message, run, summary, tick } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const at = (s: number): number => EPOCH_MS + s * 1_000;

interface Told {
  readonly device?: string;
  readonly rev?: number;
  readonly channels?: readonly MetricName[];
  readonly voided?: boolean;
}

/** Told at `fromS`, whenever it is in the log. */
function span(
  name: string,
  fromS: number,
  toS: number | null,
  { device = 'mon-1', rev = 1, channels, voided }: Told = {},
): LogEvent {
  return LogEvent.parse({
    ...{ v: 1, id: `${name}/${rev}`, key: 'bed:icu-1', origin: 'live', atMs: at(fromS), kind: 'deviceAssigned' },
    ...{ deviceId: device, bedId: 'icu-1', fromMs: at(fromS), toMs: toS === null ? null : at(toS), intervalsMs: {} },
    ...{ assignmentId: name, rev, channels: channels ?? null, ...(voided === true ? { voided } : {}) },
  });
}

const opening = [activation(), admit(0)];
const bedOf = (events: readonly LogEvent[]): BedState => run(events).state.keys.get('bed:icu-1') as BedState;
const spansOf = (events: readonly LogEvent[], device = 'mon-1') => bedOf(events).devices[device];
const hr = (s: number, value = 80, more: object = {}): LogEvent => message(s, { heartRate: value }, more);
const seconds = <T>(from: number, to: number, make: (s: number) => T): T[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i));

describe('where a device stood when', () => {
  test('is kept of as many devices as a bed may have had, and of each that is here', () => {
    const passing = Array.from({ length: DEVICES_MAX + 9 }, (_, n) => {
      const device = `d-${n}`;
      return [span(`s-${n}`, n * 10, n * 10 + 5, { device }), hr(n * 10 + 1, 80, { deviceId: device })];
    }).flat();
    const bed = bedOf([...opening, span('here', 0, null), hr(0), ...passing]);
    const ids = Object.keys(bed.devices);
    expect([ids.length, ids[0], ids[1], ids.at(-1)]).toEqual([DEVICES_MAX, 'mon-1', 'd-10', `d-${DEVICES_MAX + 8}`]);
    expect(Object.keys(bed.sources).sort()).toEqual([...ids].sort());
  });

  test('is told in any order, late and twice, and comes to the same', () => {
    const told = [
      span('a', 0, null),
      span('a', 0, 100, { rev: 2 }),
      span('b', 200, null),
      span('b', 210, null, { rev: 2 }),
      span('c', 300, null),
      span('c', 300, null, { rev: 2, voided: true }),
    ];
    const expected = spansOf(told);
    expect(expected?.map(({ assignmentId, fromMs, toMs }) => [assignmentId, fromMs, toMs])).toEqual([
      ['a', at(0), at(100)],
      ['b', at(210), null],
      ['c', at(300), at(300)],
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray([...told, ...told], { minLength: 12 }), (events) => {
        expect(spansOf(events)).toEqual(expected);
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  test('is what was told before assignments had names, until one with a name says more', () => {
    const old = { ...span('x', 0, null) } as Record<string, unknown>;
    for (const field of ['assignmentId', 'rev', 'channels']) delete old[field];
    const nameless = LogEvent.parse(old);
    expect(spansOf([span('a', 0, 50), nameless])).toEqual([{ fromMs: at(0), toMs: null, channels: null, intervalsMs: {} }]);
    expect(spansOf([nameless, span('a', 0, 50)])?.map(({ assignmentId }) => assignmentId)).toEqual(['a']);
    expect(spansOf([nameless, span('a', 20, null, { voided: true })])?.map(({ toMs }) => toMs)).toEqual([at(20)]);
  });

  test('is remembered within bounds, and what still holds is never forgotten', () => {
    const many = seconds(1, 20, (i) => span(`past-${i}`, i, i + 1));
    const kept = spansOf([span('now', 0, null), ...many])!;
    expect(kept).toHaveLength(SPANS_MAX);
    expect(kept[0]).toMatchObject({ assignmentId: 'now', toMs: null });
    expect(kept.at(-1)).toMatchObject({ assignmentId: 'past-19' });
  });
});

describe('a message', () => {
  const opened = [...opening, span('a', 0, 100), span('b', 200, null)];

  test.each([
    [0, 'here'],
    [99.999, 'here'],
    [100, 'elsewhere'],
    [150, 'elsewhere'],
    [199.999, 'elsewhere'],
    [200, 'here'],
  ])('of second %s is %s', (s, whose) => {
    const { counts, transitions } = run([...opened, hr(s)]);
    expect([counts.elsewhere, counts.unattributed]).toEqual([whose === 'here' ? 0 : 1, 0]);
    expect(transitions).toEqual([]);
  });

  test('of before the device came, or of a move ago, is no alarm', () => {
    const { counts, transitions } = run([...opening, span('b', 200, null), ...seconds(100, 200, (s) => hr(s, 190))]);
    expect(counts).toMatchObject({ elsewhere: 100, unattributed: 0 });
    expect(transitions).toEqual([]);
  });

  test('of before its only time here, which comes long after that, is no alarm', () => {
    const late = { ...hr(50), gatewayAtMs: at(400) } as LogEvent;
    const { counts, transitions } = run([...opening, span('a', 100, 200), late]);
    expect([counts.elsewhere, transitions]).toEqual([1, []]);
  });

  test('of a device that goes on sending here for a minute after it has gone is an alarm', () => {
    const ran = run([...opening, span('a', 0, 100), ...seconds(95, 170, (s) => hr(s))]);
    expect(summary(ran.transitions).filter((line) => line.startsWith('device'))).toEqual(['deviceMismatch onset medium on @161']);
    expect(ran.counts).toMatchObject({ elsewhere: 61, unattributed: 9 });
  });

  test('of a device that never was here is an alarm at once', () => {
    const ran = run([...opening, span('a', 0, null), hr(5, 80, { deviceId: 'mon-9' })]);
    expect(summary(ran.transitions)).toEqual(['deviceMismatch onset medium on @5']);
  });

  test('that was passed on from another bed is judged like any other, and an old one is no sign of life', () => {
    const passedOn = (s: number): LogEvent =>
      ({ ...hr(s, 190), readdressed: { fromKey: 'bed:icu-2', hops: 1 }, gatewayAtMs: at(400) }) as LogEvent;
    const ran = run([
      ...opening,
      span('a', 0, null),
      hr(395),
      hr(396),
      ...seconds(100, 130, passedOn),
      ...seconds(397, 412, tick),
    ]);
    expect(summary(ran.transitions)).toEqual(['noData onset high on @407']);
    expect(ran.counts.late).toBe(30);
  });

  test('of the bedside device itself is held to the same times', () => {
    const { counts, transitions } = run([...opened, deviceAlarm(150, [{ code: 'apnea' }])]);
    expect([counts.elsewhere, transitions]).toEqual([1, []]);
  });
});

test('a device that goes takes along what it raised; a word about an older time does not', () => {
  const raised = [...opening, span('a', 0, 10), span('b', 20, null), deviceAlarm(25, [{ code: 'apnea' }])];
  expect(summary(run([...raised, span('a', 0, 12, { rev: 2 })]).transitions)).toHaveLength(1);
  const ended = LogEvent.parse({ ...span('b', 20, 30, { rev: 2 }), atMs: at(30) });
  expect(summary(run([...raised, ended]).transitions).at(-1)).toBe('device.apnea end medium off @30');
});

describe('metrics that a device names', () => {
  const both = [...opening, span('mon', 0, null), span('oxi', 0, null, { device: 'oxi-1', channels: ['spo2'] })];
  const monitor = (s: number, spo2 = 97): LogEvent => message(s, { heartRate: 80, spo2 });
  const oximeter = (s: number, spo2 = 96): LogEvent => message(s, { spo2 }, { deviceId: 'oxi-1' });

  test('come from this device alone: what another sends of them reaches no rule', () => {
    const events = seconds(1, 40, (s) => [monitor(s, 70), oximeter(s)]).flat();
    const codes = new Set(run([...both, ...events]).transitions.map((t) => t.conditionCode));
    expect([...codes]).toEqual(['channelConflict']);
    const low = seconds(1, 40, (s) => [monitor(s), oximeter(s, 70)]).flat();
    expect(new Set(run([...both, ...low]).transitions.map((t) => t.conditionCode))).toContain('spo2.low');
  });

  test('are an alarm while two devices send them, which names them, and is over a minute after one has stopped', () => {
    const events = [...seconds(1, 5, oximeter), ...seconds(5, 30, (s) => [monitor(s), oximeter(s)]).flat()];
    const alone = seconds(30, 160, (s) => [hr(s), oximeter(s)]).flat();
    const { transitions, state } = run([...both, ...events, ...alone]);
    expect(summary(transitions)).toEqual(['channelConflict onset medium on @5', 'channelConflict end medium off @90']);
    expect(transitions[0]).toMatchObject({ metric: null, evidence: { because: ['spo2'] } });
    expect(state.keys.get('bed:icu-1')).not.toHaveProperty('contested');
  });

  test('are no alarm while one of the two has nothing to send, and while nobody names them', () => {
    const noProbe = (s: number): LogEvent => message(s, { heartRate: 80, spo2: null });
    expect(run([...both, ...seconds(1, 30, (s) => [noProbe(s), oximeter(s)]).flat()]).transitions).toEqual([]);
    const unnamed = [...opening, span('mon', 0, null), span('oxi', 0, null, { device: 'oxi-1' })];
    expect(run([...unnamed, ...seconds(1, 30, (s) => [monitor(s), oximeter(s)]).flat()]).transitions).toEqual([]);
  });

  test('are not missed once no device that is here brings them', () => {
    const named = [
      ...opening,
      span('mon', 0, null, { channels: ['heartRate'] }),
      span('oxi', 0, null, { device: 'oxi-1', channels: ['spo2'] }),
    ];
    const together = seconds(1, 20, (s) => [hr(s), oximeter(s)]).flat();
    const silent = run([...named, ...together, ...seconds(20, 60, (s) => hr(s))]);
    expect(summary(silent.transitions)).toEqual(['spo2.noData onset low on @30']);
    const gone = LogEvent.parse({ ...span('oxi', 0, 40, { device: 'oxi-1', channels: ['spo2'], rev: 2 }), atMs: at(40) });
    const taken = run([...named, ...together, ...seconds(20, 40, (s) => hr(s)), gone, ...seconds(40, 60, (s) => hr(s))]);
    expect(summary(taken.transitions)).toEqual(['spo2.noData onset low on @30', 'spo2.noData closed low off @40']);
  });

  test('are looked for without making a copy where nobody names any', () => {
    const bed = bedOf([...opening, span('mon', 0, null), span('oxi', 0, null, { device: 'oxi-1' })]);
    const event = oximeter(2) as DeviceMessage;
    expect(broughtOf(bed, spanAt(bed, 'oxi-1', event.atMs)!, event)).toBe(event);
  });
});
