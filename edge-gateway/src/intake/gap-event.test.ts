import { type BedId, type DeviceId, type GatewayId, LogEvent } from '@vigil/contracts';
import { type GapFacts, gapRecord } from './gap-event.js';

const facts: GapFacts = {
  deviceId: 'mon-1' as DeviceId,
  bootId: '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11',
  fromSeq: 4,
  toSeq: 6,
  count: 3,
  fromMs: 1_000,
  toMs: 4_000,
  reason: 'neverArrived',
};
const context = (nowMs: number, bedId: string | null = 'icu-1') => ({
  gatewayId: 'gw-1' as GatewayId,
  beds: { bedAt: () => bedId as BedId | null },
  states: { originOf: () => 'simulated' as const },
  clock: { nowMs: () => nowMs },
});
const told = (f: GapFacts, c = context(5_000)): LogEvent => LogEvent.parse(JSON.parse(gapRecord(f, c).body.toString()));

test('a gap is an event at the bed of its device, with the origin of its data', () => {
  expect(told(facts)).toMatchObject({
    kind: 'gap',
    key: 'bed:icu-1',
    bedId: 'icu-1',
    origin: 'simulated',
    atMs: 5_000,
    count: 3,
  });
  expect(gapRecord(facts, context(5_000)).lane).toBe('events');
  expect(told(facts, context(5_000, null))).toMatchObject({ key: 'device:mon-1', bedId: null });
});

test('what damage took without a name is told at the gateway', () => {
  const unknown = { ...facts, deviceId: null, bootId: null, fromSeq: null, toSeq: null, reason: 'damaged' as const };
  expect(told(unknown)).toMatchObject({ key: 'gateway:gw-1', deviceId: null, origin: 'live', fromSeq: null });
});

test('the same gap told twice is one, another range or reason is another', () => {
  expect(told(facts).id).toBe(told({ ...facts, toMs: 9_000 }, context(8_000)).id);
  expect(told({ ...facts, toSeq: 7 }).id).not.toBe(told(facts).id);
  expect(told({ ...facts, reason: 'evicted' }).id).not.toBe(told(facts).id);
});

test('two losses without names at different places of the spool are two, though they look the same', () => {
  const unknown = { ...facts, deviceId: null, bootId: null, fromSeq: null, toSeq: null, count: 1, reason: 'damaged' as const };
  expect(told({ ...unknown, firstIndex: 4 }).id).not.toBe(told({ ...unknown, firstIndex: 9 }).id);
  expect(told({ ...unknown, firstIndex: 4 }).id).toBe(told({ ...unknown, firstIndex: 4 }, context(9_000)).id);
});

test('times come in order whatever the clocks said', () => {
  expect(told({ ...facts, fromMs: 4_000, toMs: -5 })).toMatchObject({ fromMs: 0, toMs: 4_000 });
});
