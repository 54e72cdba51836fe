import { FakeClock } from '@vigil/clock';
import { type BedId, type DeviceId, type GatewayConfig, type GatewayId, LogEvent, PAYLOAD_BYTES_MAX } from '@vigil/contracts';
import fc from 'fast-check';
import { BedTable } from '../devices/bed-table.js';
import type { LogRecord } from '../log-record.js';
import { GatewayMetrics } from '../metrics.js';
import type { Faults } from '../faults/faults.js';
import { DeviceStates } from './device-states.js';
import { Intake } from './intake.js';
import { LASTS_MS } from './lasting-fault.js';
import { GRACE_MS } from './numbering.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const OTHER_BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f12';
const mon1 = 'mon-1' as DeviceId;
const hr = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' };

/** A spool that stores at once, or when told to. */
class FakeSpool {
  readonly records: LogRecord[] = [];
  outage: Error | null = null;
  held: (() => void)[] | null = null;

  append(records: readonly LogRecord[], done: (outage?: Error) => void): void {
    const store = (): void => {
      if (this.outage !== null) return done(this.outage);
      this.records.push(...records);
      done();
    };
    if (this.held === null) store();
    else this.held.push(store);
  }
}

function intake(rate = 1) {
  const clock = new FakeClock(Date.UTC(2026, 0, 1), rate);
  const spool = new FakeSpool();
  const beds = new BedTable();
  beds.replace({
    v: 1,
    gatewayId: 'gw-1',
    devices: [{ deviceId: 'mon-1', bedId: 'icu-1' as BedId }],
    rate,
  } satisfies GatewayConfig);
  const states = new DeviceStates();
  const metrics = new GatewayMetrics();
  const faults: string[] = [];
  const board: Faults = {
    device: (deviceId, fault, active) => faults.push(`${deviceId} ${fault} ${active ? 'begins' : 'ends'}`),
    gateway: () => undefined,
  };
  const made = new Intake({ gatewayId: 'gw-1' as GatewayId, spool, beds, states, clock, metrics, faults: board });
  const events = (): LogEvent[] => spool.records.map((r) => LogEvent.parse(JSON.parse(r.body.toString())));
  const message = (seq: number, change: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ bootId: BOOT, seq, atMs: clock.nowMs(), observations: [hr], ...change }));
  const give = (payload: Buffer): Promise<Error | undefined> =>
    new Promise((resolve) => made.observations(mon1, payload, (error) => resolve(error)));
  const alarm = (payload: Buffer): Promise<Error | undefined> =>
    new Promise((resolve) => made.alarms(mon1, payload, (error) => resolve(error)));
  const status = (value: object): Promise<Error | undefined> =>
    new Promise((resolve) => made.status(mon1, Buffer.from(JSON.stringify(value)), (error) => resolve(error)));
  const kinds = (): string[] => events().map((e) => e.kind);
  return { clock, spool, beds, states, metrics, made, events, message, give, faults, alarm, status, kinds };
}

test('a message carries its three clocks, its bed and its key', async () => {
  const { give, message, events, clock } = intake();
  const sentAtMs = clock.nowMs();
  const payload = message(1);
  await clock.advance(150);
  expect(await give(payload)).toBeUndefined();
  expect(events()).toMatchObject([{ kind: 'deviceMessage', atMs: sentAtMs, deviceAtMs: sentAtMs, gatewayAtMs: sentAtMs + 150 }]);
  expect(events()[0]).not.toHaveProperty('clockSuspect');
});

test('a message of before a move goes to the bed that its device has left, which still counts as silent', async () => {
  const { give, message, events, clock, beds, made } = intake();
  const nowMs = clock.nowMs() as GatewayConfig['devices'][number]['fromMs'] & number;
  const spans = [
    { bedId: 'icu-1' as BedId, fromMs: (nowMs - 60_000) as typeof nowMs, toMs: nowMs },
    { bedId: 'icu-2' as BedId, fromMs: nowMs, toMs: null },
  ];
  beds.replace({ v: 1, gatewayId: 'gw-1', devices: [{ deviceId: 'mon-1', bedId: 'icu-2' as BedId, spans }], rate: 1 });
  await give(message(1, { atMs: nowMs - 1 }));
  expect([...made.takeActiveBeds()]).toEqual([]);
  await give(message(2, { atMs: nowMs }));
  expect(events()).toMatchObject([
    { bedId: 'icu-1', key: 'bed:icu-1' },
    { bedId: 'icu-2', key: 'bed:icu-2' },
  ]);
  expect([...made.takeActiveBeds()]).toEqual(['icu-2']);
});

test('a wrong device clock is corrected and said to be suspect', async () => {
  const { give, message, events, clock } = intake();
  await give(message(1, { atMs: clock.nowMs() - 300_000 }));
  expect(events()[0]).toMatchObject({ atMs: clock.nowMs(), deviceAtMs: clock.nowMs() - 300_000, clockSuspect: true });
});

test('a reading that is refused is a dead letter beside the message; only the first keeps the payload', async () => {
  const { give, message, events, spool } = intake();
  const bad = { ...hr, value: 351 };
  const payload = message(1, { origin: 'simulated', observations: [bad, hr, { ...bad, metric: 'x' }] });
  await give(payload);
  expect(events().map((e) => e.kind)).toEqual(['deviceMessage', 'reject', 'reject']);
  expect(events()[1]).toMatchObject({
    path: 'observations.0.value',
    origin: 'simulated',
    key: 'bed:icu-1',
    bytes: payload.length,
  });
  expect(events()[2]).toMatchObject({ path: 'observations.2.metric', headBase64: '' });
  expect(spool.records.map((r) => r.lane)).toEqual(['numerics', 'rejects', 'rejects']);
  expect(new Set(events().map((e) => e.id)).size).toBe(3);
});

test('a message without one good reading leaves only dead letters, and its bed counts as silent', async () => {
  const { give, message, events, made } = intake();
  await give(message(1, { observations: [{ ...hr, value: 351 }] }));
  expect(events().map((e) => e.kind)).toEqual(['reject']);
  expect([...made.takeActiveBeds()]).toEqual([]);
  expect([made.accepted, made.rejected]).toEqual([0, 1]);
});

test('the same bad message at the same time is one dead letter by its id', async () => {
  const a = intake();
  const b = intake();
  const payload = a.message(1, { observations: [{ ...hr, value: 351 }] });
  await a.give(payload);
  await b.give(payload);
  expect(a.events()[0]!.id).toBe(b.events()[0]!.id);
});

test('a repetition is answered without storing it, but only once the first copy is durable', async () => {
  const { give, message, spool, metrics } = intake();
  const payload = message(1);
  spool.held = [];
  const first = give(payload);
  const second = give(payload);
  const held = spool.held;
  spool.held = null;
  expect(held).toHaveLength(2);
  for (const store of held) store();
  await Promise.all([first, second]);
  await give(payload);
  expect(spool.records).toHaveLength(2);
  expect((await metrics.duplicates.get()).values[0]!.value).toBe(1);
});

test('when the spool can’t take it, nothing counts as accepted and the same message is new again', async () => {
  const { give, message, spool, made } = intake();
  const payload = message(1);
  spool.outage = new Error('spool-behind');
  expect(await give(payload)).toMatchObject({ message: 'spool-behind' });
  expect(made.accepted).toBe(0);
  spool.outage = null;
  expect(await give(payload)).toBeUndefined();
  expect(spool.records).toHaveLength(1);
});

test('too many bytes: a dead letter with the first KiB, and the connection is to end', async () => {
  const { give, events } = intake();
  expect(await give(Buffer.alloc(PAYLOAD_BYTES_MAX + 1, 'x'))).toMatchObject({ name: 'Violation', reason: 'too-large' });
  expect(events()[0]).toMatchObject({ reason: 'too-large', bytes: PAYLOAD_BYTES_MAX + 1 });
});

test('strangers leave one dead letter per claimed id and minute, and a flood of ids shares one', async () => {
  const { made, events, clock } = intake();
  const knock = (id: string): void =>
    void made.turnedAway(id as DeviceId, { reason: 'unknown-device', expected: 'a device that is enrolled' });
  for (let i = 0; i < 5; i++) knock('mon-9');
  expect(events()).toHaveLength(1);
  await clock.advance(61_000);
  knock('mon-9');
  expect(events()).toHaveLength(2);
  expect(made.turnedAway('mon-9' as DeviceId, { reason: 'bad-topic', expected: 'no subscription' })).toBe(true);
  expect(made.turnedAway('mon-9' as DeviceId, { reason: 'bad-topic', expected: 'no subscription' })).toBe(false);
  for (let i = 0; i < 3_000; i++) knock(`x-${i}`);
  expect(events().length).toBeLessThanOrEqual(1_004);
  expect(made.rejected).toBe(3_008);
});

test('whatever comes, it never throws, is answered once, and every event is valid', async () => {
  const { give, events } = intake();
  const payload = fc.oneof(
    fc.uint8Array().map((b) => Buffer.from(b)),
    fc.jsonValue().map((v) => Buffer.from(JSON.stringify(v))),
    fc
      .record({
        seq: fc.nat(),
        atMs: fc.nat(),
        observations: fc.array(fc.oneof(fc.constant(hr), fc.jsonValue()), { maxLength: 4 }),
      })
      .map((m) => Buffer.from(JSON.stringify({ bootId: BOOT, ...m }))),
  );
  await fc.assert(
    fc.asyncProperty(payload, async (p) => expect(await give(p)).toBeUndefined()),
    { numRuns: 500 },
  );
  expect(events().length).toBeGreaterThan(100);
});

describe('a device that changes a unit while it runs', () => {
  const etco2 = (value: unknown, unit: string) => ({ observations: [{ ...hr, metric: 'etco2', value, unit }, hr] });

  test('has that reading refused and named, and the rest kept; after a restart it may use another unit', async () => {
    const { give, message, events, faults } = intake();
    await give(message(1, etco2(38, 'mmHg')));
    await give(message(2, etco2(5, 'kPa')));
    await give(message(3, etco2(38, 'torr')));
    expect(events().flatMap((e) => (e.kind === 'deviceMessage' ? [e.readings.map((r) => r.metric)] : []))).toEqual([
      ['etco2', 'heartRate'],
      ['heartRate'],
      ['heartRate'],
    ]);
    const rejects = events().filter((e) => e.kind === 'reject');
    expect(rejects).toMatchObject([
      { reason: 'unit-changed', expected: 'etco2 in mm[Hg] until the device restarts' },
      { reason: 'unit-changed', path: 'observations.0.unit' },
    ]);
    expect(faults).toEqual(['mon-1 unitChanged begins']);
    await give(message(1, { bootId: OTHER_BOOT, ...etco2(5, 'kPa') }));
    expect(events().at(-1)).toMatchObject({ readings: [{ metric: 'etco2', value: 37.5, said: { value: 5, unit: 'kPa' } }, {}] });
  });

  test('is said to be over a minute after the last of it', async () => {
    const { give, message, clock, faults } = intake();
    await give(message(1, etco2(38, 'mmHg')));
    await give(message(2, etco2(5, 'kPa')));
    await clock.advance(LASTS_MS - 1);
    await give(message(3, etco2(38, 'mmHg')));
    await clock.advance(1);
    await give(message(4, etco2(38, 'mmHg')));
    expect(faults).toEqual(['mon-1 unitChanged begins', 'mon-1 unitChanged ends']);
  });

  test('another spelling of the same unit, and no value in another, are no change', async () => {
    const { give, message, kinds } = intake();
    await give(message(1, etco2(38, 'mmHg')));
    await give(message(2, etco2(38, 'mm[Hg]')));
    await give(message(3, etco2(null, 'kPa')));
    expect(kinds()).toEqual(Array(3).fill('deviceMessage'));
  });
});

test('a code for "no value" is a dead letter once for a metric and boot, counted each time, and never a value', async () => {
  const { give, message, events, kinds, metrics } = intake();
  for (let seq = 0; seq < 3; seq++) await give(message(seq, { observations: [{ ...hr, value: -100 }] }));
  await give(message(1, { bootId: OTHER_BOOT, observations: [{ ...hr, value: 32_767 }] }));
  expect(kinds()).toEqual(['deviceMessage', 'reject', 'deviceMessage', 'deviceMessage', 'deviceMessage', 'reject']);
  for (const event of events()) {
    if (event.kind === 'deviceMessage') expect(event.readings).toMatchObject([{ value: null, quality: 'notMeasured' }]);
  }
  expect((await metrics.noValueCodes.get()).values).toMatchObject([{ labels: { metric: 'heartRate' }, value: 4 }]);
});

test('a number that comes again for another time is refused by name: the log would drop it silently', async () => {
  const { give, message, events, kinds, clock } = intake();
  await give(message(1));
  await clock.advance(2_000);
  await give(message(1));
  expect(kinds()).toEqual(['deviceMessage', 'reject']);
  expect(events()[1]).toMatchObject({ reason: 'invalid-message', path: 'seq' });
});

describe('clocks', () => {
  test('a wrong clock is a fault at once, and over a minute after it was set', async () => {
    const { give, message, clock, faults } = intake();
    await give(message(1, { atMs: Date.UTC(2000, 0, 1) }));
    expect(faults).toEqual(['mon-1 clockSuspect begins']);
    for (let seq = 2; seq < 64; seq++) {
      await clock.advance(1_000);
      await give(message(seq));
    }
    expect(faults).toEqual(['mon-1 clockSuspect begins', 'mon-1 clockSuspect ends']);
  });

  test.each([0, Date.UTC(2000, 0, 1), Date.UTC(2099, 0, 1)])(
    'a device at %d: every message is kept at the right time, with what the device said and what the gateway saw',
    async (wrongMs) => {
      const { give, message, events, clock } = intake();
      const at: number[] = [];
      for (let seq = 0; seq < 10; seq++) {
        await give(message(seq, { atMs: wrongMs + seq * 1_000 }));
        at.push(clock.nowMs());
        await clock.advance(1_000);
      }
      expect(events()).toMatchObject(
        at.map((atMs, seq) => ({ seq, atMs, gatewayAtMs: atMs, deviceAtMs: wrongMs + seq * 1_000, clockSuspect: true })),
      );
    },
  );
});

describe('alarms of the device', () => {
  const apnoea = { code: 'mdc-196650', kind: 'physiological', priority: 'high', active: true };
  const body = (seq: number, nowMs: number, alarms: unknown[] = [apnoea]): Buffer =>
    Buffer.from(JSON.stringify({ bootId: BOOT, seq, atMs: nowMs, alarms }));

  test('are passed on as one event in a lane of their own, acknowledged once durable, and not twice', async () => {
    const { alarm, events, spool, clock, metrics } = intake();
    const payload = body(1, clock.nowMs());
    spool.held = [];
    let answered = false;
    const answer = alarm(payload).then(() => (answered = true));
    await Promise.resolve();
    expect(answered).toBe(false);
    for (const store of spool.held) store();
    spool.held = null;
    await answer;
    await alarm(payload);
    expect(spool.records.map((r) => r.lane)).toEqual(['alarms']);
    expect(events()).toMatchObject([{ kind: 'deviceAlarm', bedId: 'icu-1', seq: 1, alarms: [apnoea] }]);
    expect((await metrics.duplicates.get()).values[0]!.value).toBe(1);
  });

  test('what the device has paused is passed on, also without an alarm; a message that says nothing is refused', async () => {
    const { alarm, events, clock } = intake();
    const about = { bootId: BOOT, atMs: clock.nowMs(), alarms: [] };
    const give = (more: object) => alarm(Buffer.from(JSON.stringify({ ...about, ...more })));
    await give({ seq: 1, pauses: [{ kind: 'alarmOff' }, { kind: 'audioPaused', untilMs: clock.nowMs() + 1 }] });
    await give({ seq: 2, pauses: [] });
    await give({ seq: 3 });
    await give({ seq: 4, pauses: [{ kind: 'asleep' }] });
    expect(events().map((event) => event.kind)).toEqual(['deviceAlarm', 'deviceAlarm', 'reject', 'reject']);
    expect(events()).toMatchObject([{ pauses: [{ kind: 'alarmOff' }, { kind: 'audioPaused' }] }, { pauses: [] }, {}, {}]);
  });

  test('a bad alarm is refused alone, and a text where a code belongs is not repeated', async () => {
    const { alarm, events, kinds, clock } = intake();
    await alarm(body(1, clock.nowMs(), [{ ...apnoea, code: 'Mustermann, Erika' }, apnoea]));
    expect(kinds()).toEqual(['deviceAlarm', 'reject']);
    expect(events()[1]).toMatchObject({ path: 'alarms.0.code', reason: 'invalid-message' });
    expect((events()[1] as { expected: string }).expected).not.toContain('Mustermann');
  });

  test('share one numbering with the observations', async () => {
    const { give, alarm, message, made, kinds, clock } = intake();
    await give(message(1));
    await alarm(body(2, clock.nowMs()));
    await give(message(3));
    await clock.advance(GRACE_MS);
    made.declareGaps();
    expect(kinds()).toEqual(['deviceMessage', 'deviceAlarm', 'deviceMessage']);
  });
});

describe('numbers that never arrive', () => {
  test('become a gap, and what fills it later says so in the same breath', async () => {
    const { give, message, made, events, kinds, clock, metrics } = intake();
    const late = message(2);
    await give(message(1));
    await clock.advance(5_000);
    await give(message(5));
    await clock.advance(GRACE_MS);
    made.declareGaps();
    made.declareGaps();
    expect(events().at(-1)).toMatchObject({
      kind: 'gap',
      reason: 'neverArrived',
      deviceId: 'mon-1',
      fromSeq: 2,
      toSeq: 4,
      count: 3,
    });
    await give(late);
    expect(kinds()).toEqual(['deviceMessage', 'deviceMessage', 'gap', 'deviceMessage', 'gapFilled']);
    expect(events().at(-1)).toMatchObject({ gapId: events()[2]!.id, fromSeq: 2, toSeq: 2, bedId: 'icu-1' });
    expect((await metrics.neverArrived.get()).values[0]!.value).toBe(3);
  });

  test('do not count a message that was refused, in part or as a whole', async () => {
    const { give, message, made, kinds, clock } = intake();
    await give(message(1));
    await give(message(2, { observations: [{ ...hr, value: 351 }] }));
    await give(message(3, { atMs: 'yesterday' }));
    await give(message(4, { name: 'x' }));
    await give(message(5));
    await clock.advance(GRACE_MS);
    made.declareGaps();
    expect(kinds().filter((k) => k === 'gap')).toEqual([]);
  });

  test('a gap that the spool would not take is offered again', async () => {
    const { give, message, made, kinds, clock, spool } = intake();
    await give(message(1));
    await give(message(3));
    await clock.advance(GRACE_MS);
    spool.outage = new Error('behind');
    made.declareGaps();
    spool.outage = null;
    made.declareGaps();
    expect(kinds()).toEqual(['deviceMessage', 'deviceMessage', 'gap']);
  });

  test('a message that waits for the disk is not missing', async () => {
    const { give, message, made, kinds, clock, spool } = intake();
    await give(message(1));
    await give(message(3));
    spool.held = [];
    const waits = give(message(2));
    await clock.advance(GRACE_MS);
    made.declareGaps();
    for (const store of spool.held) store();
    await waits;
    expect(kinds()).not.toContain('gap');
  });
});

describe('what a device says of itself', () => {
  test('is known after it, and a last will keeps it', async () => {
    const { status, states, made, spool } = intake();
    made.session(mon1, true);
    await status({ state: 'online', bootId: BOOT, batteryPercent: 80, udi: '(01)1' });
    expect(states.of(mon1)).toMatchObject({ connected: true, said: { batteryPercent: 80, udi: '(01)1' } });
    await status({ state: 'offline' });
    expect(states.of(mon1)).toMatchObject({ connected: false, said: { batteryPercent: 80 } });
    expect(spool.records).toEqual([]);
  });

  test('a field that nobody knows is a dead letter', async () => {
    const { status, events } = intake();
    await status({ state: 'online', patient: 'Mustermann' });
    expect(events()).toMatchObject([{ kind: 'reject', reason: 'invalid-message' }]);
    expect((events()[0] as { expected: string }).expected).not.toContain('patient');
  });
});
