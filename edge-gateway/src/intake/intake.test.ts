import { FakeClock } from '@vigil/clock';
import { type BedId, type DeviceId, type GatewayConfig, type GatewayId, LogEvent, PAYLOAD_BYTES_MAX } from '@vigil/contracts';
import fc from 'fast-check';
import { BedTable } from '../devices/bed-table.js';
import type { LogRecord } from '../log-record.js';
import { GatewayMetrics } from '../metrics.js';
import { DeviceStates } from './device-states.js';
import { Intake } from './intake.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
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
  const made = new Intake({ gatewayId: 'gw-1' as GatewayId, spool, beds, states, clock, metrics });
  const events = (): LogEvent[] => spool.records.map((r) => LogEvent.parse(JSON.parse(r.body.toString())));
  const message = (seq: number, change: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ bootId: BOOT, seq, atMs: clock.nowMs(), observations: [hr], ...change }));
  const give = (payload: Buffer): Promise<Error | undefined> =>
    new Promise((resolve) => made.observations(mon1, payload, (error) => resolve(error)));
  return { clock, spool, beds, states, metrics, made, events, message, give };
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
