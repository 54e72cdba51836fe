import { FakeClock } from '@vigil/clock';
import { type BedId, type DeviceId, type Gap, LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import { type AssignmentSnapshot, SNAPSHOT_MS } from '../ports/device-assignments.js';
import type { Located } from '../ports/event-log.js';
import type { HeldMessage } from '../ports/held-messages.js';
import { type HistoryBatch, ObservationStore, type Reassign } from '../ports/observation-store.js';
import { Attribution } from './attribution.js';
import { AttributionIndex, INDEX_OLD_MS } from './attribution-index.js';
import { AttributionMetrics } from './attribution-metrics.js';
import { FLUSH_EVERY_MS, FLUSH_EVERY_MS_MAX, HistoryConsumer } from './history-consumer.js';
import { StreamMetrics } from './stream-metrics.js';

const NOW_MS = 10_000_000;

/** Keeps what was written; refuses while `away`. */
class KeptHistory extends ObservationStore {
  readonly batches: HistoryBatch[] = [];
  away = false;
  offset: string | null = null;
  onOffset = (): void => undefined;
  /** What a write takes. */
  work = (): Promise<void> => Promise.resolve();
  override async write(_partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void> {
    if (this.away) throw new PlatformError('store-unavailable', {}, true);
    await this.work();
    this.batches.push(batch);
    if (readThrough === null) return;
    this.offset = readThrough;
    this.onOffset();
  }
  override readThrough = (): Promise<string | null> => Promise.resolve(this.offset);
  override latest = (): Promise<never[]> => Promise.resolve([]);
  override read = (): Promise<never[]> => Promise.resolve([]);
  override samples = (): Promise<never[]> => Promise.resolve([]);
  override gaps = (): Promise<never[]> => Promise.resolve([]);
  readonly moves: Reassign[] = [];
  override reassign = (move: Reassign): Promise<number> => Promise.resolve(this.moves.push(move));
  override isTransactional = true;
  override detached = (): Promise<never[]> => Promise.resolve([]);
  override counts = (): Promise<never[]> => Promise.resolve([]);
  override erase = (): Promise<number> => Promise.resolve(0);
}

/** `mon-1` is at icu-1 until `toMs`, then at icu-2; `mon-9` is nowhere. */
class Assignments {
  toMs: number | null = null;
  revNow = 1;
  away = false;
  rev = (): Promise<number> =>
    this.away ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : Promise.resolve(this.revNow);
  snapshot = (): Promise<AssignmentSnapshot> => {
    const span = { channels: null, assignmentId: 'a' };
    const first = { ...span, bedId: 'icu-1' as BedId, fromMs: 0, toMs: this.toMs };
    const second = this.toMs === null ? [] : [{ ...span, bedId: 'icu-2' as BedId, fromMs: this.toMs, toMs: null }];
    return Promise.resolve({ rev: this.revNow, spans: new Map([['mon-1' as DeviceId, [first, ...second]]]) });
  };
  moveAt(toMs: number): void {
    this.toMs = toMs;
    this.revNow += 1;
  }
}

const envelope = (id: string) => ({ v: 1, id, key: 'bed:icu-1', origin: 'live', atMs: NOW_MS });
const gap = (id: string, bedId: string | null = 'icu-1'): LogEvent =>
  LogEvent.parse({
    ...envelope(id),
    ...{ kind: 'gap', gatewayId: 'gw-1', deviceId: 'mon-1', bedId, bootId: 'b', fromSeq: 3, toSeq: 5, count: 3 },
    ...{ fromMs: 1_000, toMs: 3_000, reason: 'evicted' },
  });
const filled: LogEvent = LogEvent.parse({
  ...envelope('filled'),
  ...{ kind: 'gapFilled', gatewayId: 'gw-1', deviceId: 'mon-1', bedId: 'icu-1', gapId: 'g1', bootId: 'b', fromSeq: 4, toSeq: 4 },
});
const reading = (seq: number, gatewayAtMs: number): LogEvent =>
  LogEvent.parse({
    ...envelope(`m/${seq}`),
    ...{ kind: 'deviceMessage', bedId: 'icu-1', deviceId: 'mon-1', gatewayId: 'gw-1', bootId: 'b', seq },
    ...{ deviceAtMs: gatewayAtMs, gatewayAtMs },
    readings: [{ metric: 'heartRate', value: 80, unit: '/min', quality: 'valid' }],
  });

function consumerOf() {
  const clock = new FakeClock(NOW_MS);
  const store = new KeptHistory();
  const audited: Gap[] = [];
  const registry = new Registry();
  const audit = { note: (gaps: readonly Gap[]) => Promise.resolve(void audited.push(...gaps)) };
  const assignments = new Assignments();
  const steps: string[] = [];
  const [appended, held]: [LogEvent[], HeldMessage[]] = [[], []];
  const log = { isDown: false, append: (events: readonly LogEvent[]) => append(events) };
  const append = (events: readonly LogEvent[]): Promise<void> => {
    if (log.isDown) return Promise.reject(new PlatformError('log-unavailable', {}, true));
    steps.push('append');
    return Promise.resolve(void appended.push(...events));
  };
  const hold = (messages: readonly HeldMessage[]): Promise<never[]> => {
    steps.push('hold');
    held.push(...messages);
    return Promise.resolve([]);
  };
  store.onOffset = () => void steps.push('position');
  const index = new AttributionIndex(assignments, clock);
  const attribution = new Attribution({ index, log, held: { hold }, clock, metrics: new AttributionMetrics(registry) });
  const ended: LogEvent[] = [];
  const standby = { note: (events: readonly LogEvent[]) => Promise.resolve(void ended.push(...events)) };
  const shelves = standby;
  const metrics = new StreamMetrics(registry);
  const consumer = new HistoryConsumer({ store, attribution, standby, shelves, audit, clock, metrics });
  const read = async (events: readonly LogEvent[]): Promise<void> => {
    const batch = events.map((event, i): Located => ({
      event,
      partition: 0,
      offset: String(i),
      sequence: i,
      hubAtMs: clock.wallMs(),
    }));
    await clock.advance(FLUSH_EVERY_MS);
    await consumer.read(0, batch, []);
  };
  const count = async (name: string): Promise<unknown> => (await registry.getSingleMetric(name)!.get()).values;
  const parts = { assignments, steps, appended, held, log, ended };
  return { clock, consumer, store, audited, read, count, ...parts };
}

test('gaps and what fills them are stored with the offset, audited and counted by reason', async () => {
  const { consumer, store, audited, read, count } = consumerOf();
  await consumer.open(0);
  await read([gap('g1'), filled, gap('g2', null)]);
  expect(store.batches).toMatchObject([{ gaps: [{ gapId: 'g1', seqs: [3, 5] }], filled: [{ gapId: 'g1', seqs: [4, 4] }] }]);
  expect(store.batches[0]?.gaps).toHaveLength(1);
  expect(audited.map((each) => each.id)).toEqual(['g1', 'g2']);
  expect(await count('vigil_history_gap_messages_total')).toMatchObject([{ value: 6, labels: { reason: 'evicted' } }]);
});

test('what could not be stored goes first into the next write, gaps too', async () => {
  const { consumer, store, read, count } = consumerOf();
  await consumer.open(0);
  store.away = true;
  await expect(read([gap('g1'), reading(1, NOW_MS)])).rejects.toThrow('store-unavailable');
  store.away = false;
  await read([gap('g2')]);
  expect(store.batches[0]?.gaps?.map((each) => each.gapId)).toEqual(['g1', 'g2']);
  expect(store.batches[0]?.samples).toHaveLength(1);
  expect(await count('vigil_history_gaps_total')).toMatchObject([{ value: 2 }]);
});

test('readings of a backlog are counted as stored late', async () => {
  const { consumer, read, count } = consumerOf();
  await consumer.open(0);
  await read([reading(1, NOW_MS), reading(2, NOW_MS - 3_600_000)]);
  expect(await count('vigil_history_late_samples_total')).toMatchObject([{ value: 1 }]);
});

test('a store that takes long gets more at once, and more often again when it does not', async () => {
  const { clock, consumer, store, read } = consumerOf();
  await consumer.open(0);
  store.work = () => clock.advance(200);
  await read([reading(1, NOW_MS)]);
  store.work = () => Promise.resolve();
  for (let seq = 2; seq <= FLUSH_EVERY_MS_MAX / FLUSH_EVERY_MS; seq++) await read([reading(seq, NOW_MS)]);
  expect(store.batches).toHaveLength(1);
  await read([reading(6, NOW_MS)]);
  await read([reading(7, NOW_MS)]);
  expect(store.batches.map(({ samples }) => samples.length)).toEqual([1, 5, 1]);
});

test('a wall clock that is set back holds up no readings', async () => {
  const { clock, consumer, store, read } = consumerOf();
  await consumer.open(0);
  await read([]);
  await clock.advance(-3_600_000);
  await read([reading(1, NOW_MS)]);
  expect(store.batches.map(({ samples }) => samples.length)).toEqual([1]);
});

test('what comes while a write is going on is stored after it, so that no position passes what may still fail', async () => {
  const { clock, consumer, store, read } = consumerOf();
  await consumer.open(0);
  let fail: (error: Error) => void = () => undefined;
  store.work = () => new Promise((_resolve, reject) => (fail = reject));
  const first = read([reading(1, NOW_MS)]);
  await clock.advance(0);
  store.work = () => Promise.resolve();
  const second = read([reading(2, NOW_MS)]);
  await clock.advance(FLUSH_EVERY_MS);
  expect(store.batches).toHaveLength(0);
  fail(new PlatformError('store-unavailable', {}, true));
  await expect(first).rejects.toThrow('store-unavailable');
  await second;
  expect(store.batches.map(({ samples }) => samples.length)).toEqual([2]);
});

test('how long readings wait to be stored, and that a write failed, is known until they are stored', async () => {
  const { clock, consumer, store, read } = consumerOf();
  await consumer.open(0);
  expect(consumer.held()).toEqual({ ms: 0, isFailing: false });
  store.work = () => clock.advance(4_000).then(() => expect(consumer.held()).toEqual({ ms: 4_000, isFailing: false }));
  await read([reading(1, NOW_MS)]);
  expect(consumer.held()).toEqual({ ms: 0, isFailing: false });
  store.work = () => Promise.resolve();
  store.away = true;
  await clock.advance(FLUSH_EVERY_MS_MAX);
  await expect(read([reading(2, NOW_MS)])).rejects.toThrow('store-unavailable');
  await clock.advance(7_000);
  expect(consumer.held()).toEqual({ ms: 7_000, isFailing: true });
  await expect(consumer.flushDue()).rejects.toThrow('store-unavailable');
  store.away = false;
  await consumer.flushDue();
  expect(consumer.held()).toEqual({ ms: 0, isFailing: false });
});

test('a partition that another process reads from now on is not held here', async () => {
  const { consumer, store, read } = consumerOf();
  await consumer.open(0);
  store.away = true;
  await expect(read([reading(1, NOW_MS)])).rejects.toThrow('store-unavailable');
  await expect(consumer.close(0)).rejects.toThrow('store-unavailable');
  expect(consumer.held()).toEqual({ ms: 0, isFailing: false });
});

const of = (event: LogEvent, more: object): LogEvent => LogEvent.parse({ ...event, ...more });
const standbyOver: LogEvent = LogEvent.parse({
  ...envelope('standby/s1/time'),
  ...{ kind: 'standbyEnded', bedId: 'icu-1', encounterId: 'enc-1', standbyId: 's1', cause: 'time-over' },
});

test('what came under another bed than its own goes to its own bed, as it was said, before the position moves', async () => {
  const { consumer, store, read, assignments, appended, steps, held } = consumerOf();
  await consumer.open(0);
  assignments.moveAt(NOW_MS);
  const before = of(reading(1, NOW_MS), { atMs: NOW_MS - 1 });
  await read([before, reading(2, NOW_MS)]);
  expect(store.batches[0]!.samples.map(({ bedId, atMs }) => [bedId, atMs])).toEqual([['icu-1', NOW_MS - 1]]);
  expect(appended).toEqual([
    { ...reading(2, NOW_MS), bedId: 'icu-2', key: 'bed:icu-2', readdressed: { fromKey: 'bed:icu-1', hops: 1 } },
  ]);
  expect([steps, held]).toEqual([['append', 'position'], []]);
});

test.each([true, false])(
  'an assignment that is put right while a write goes on: nothing stays at the wrong bed, nothing is lost (transactions: %s)',
  async (isTransactional) => {
    const { consumer, store, read, assignments, appended, steps } = consumerOf();
    await consumer.open(0);
    store.isTransactional = isTransactional;
    const first = of(reading(1, NOW_MS), { atMs: NOW_MS - 2_000 });
    const late = of(reading(2, NOW_MS), { atMs: NOW_MS });
    let turns = 0;
    store.work = () => {
      // The job that follows the correction may run now, before this write is done: it finds nothing, or takes it away.
      if ((turns += 1) === 1) assignments.moveAt(NOW_MS - 1_000);
      return Promise.resolve();
    };
    await read([first, late]);
    expect(store.batches.map(({ samples }) => samples.map(({ atMs }) => atMs - NOW_MS))).toEqual([[-2_000, 0], [-2_000], []]);
    expect(store.moves).toEqual([{ deviceId: 'mon-1', fromBedId: 'icu-1', toBedId: 'icu-2', fromMs: NOW_MS, toMs: NOW_MS + 1 }]);
    expect(appended).toMatchObject([{ bedId: 'icu-2', atMs: NOW_MS }]);
    expect(steps.slice(-2)).toEqual(['append', 'position']);
    expect(steps.length).toBe(isTransactional ? 3 : 2);
  },
);

test('a move is known before the next write, also when nothing of it was on the log', async () => {
  const { consumer, store, read, assignments, appended } = consumerOf();
  await consumer.open(0);
  await read([reading(1, NOW_MS)]);
  assignments.moveAt(NOW_MS);
  await read([of(reading(2, NOW_MS), { atMs: NOW_MS + 1 })]);
  expect([store.batches[0]!.samples.length, store.batches[1]!.samples, appended.length]).toEqual([1, [], 1]);
});

test('what is at its place already is stored and goes nowhere, however often it was passed on', async () => {
  const { consumer, store, read, appended } = consumerOf();
  await consumer.open(0);
  await read([of(reading(1, NOW_MS), { readdressed: { fromKey: 'bed:icu-7', hops: 8 } })]);
  expect([store.batches[0]!.samples.length, appended]).toEqual([1, []]);
});

test('what nobody has a place for is held, an alarm of its device too, and what was passed on too often', async () => {
  const { consumer, store, read, assignments, appended, held, steps } = consumerOf();
  await consumer.open(0);
  assignments.moveAt(NOW_MS - 10);
  const stranger = of(reading(1, NOW_MS), { key: 'device:mon-9', bedId: null, deviceId: 'mon-9' });
  const tired = of(reading(2, NOW_MS), { readdressed: { fromKey: 'bed:icu-7', hops: 8 } });
  const { readings: _readings, ...stamp } = { ...stranger, readings: [] };
  const alarm = LogEvent.parse({ ...stamp, kind: 'deviceAlarm', alarms: [] });
  await read([stranger, tired, alarm]);
  expect(held).toEqual([stranger, tired, alarm]);
  expect([appended, steps, store.batches[0]!.samples]).toEqual([[], ['hold', 'position'], []]);
});

test('while the log takes nothing the position stays, and nothing is passed on twice by the same process before it moves', async () => {
  const { consumer, store, read, assignments, appended, log } = consumerOf();
  await consumer.open(0);
  assignments.moveAt(NOW_MS - 10);
  log.isDown = true;
  await expect(read([reading(1, NOW_MS)])).rejects.toThrow('log-unavailable');
  expect(store.offset).toBeNull();
  log.isDown = false;
  store.away = true;
  await expect(read([])).rejects.toThrow('store-unavailable');
  expect(appended).toEqual([]);
  store.away = false;
  await read([]);
  expect([appended.length, store.offset]).toEqual([1, '0']);
});

test('assignments that can not be read are used for a moment, and then history waits', async () => {
  const { clock, consumer, store, read, assignments } = consumerOf();
  await consumer.open(0);
  await read([reading(1, NOW_MS)]);
  assignments.away = true;
  await read([reading(2, NOW_MS)]);
  expect(store.batches).toHaveLength(2);
  await clock.advance(INDEX_OLD_MS);
  await expect(read([reading(3, NOW_MS)])).rejects.toThrow('store-unavailable');
  expect(store.batches).toHaveLength(2);
});

test('what is older than assignments reach stays where its gateway saw it', async () => {
  const { consumer, store, read, held } = consumerOf();
  await consumer.open(0);
  const old = of(reading(1, NOW_MS), { deviceId: 'mon-9', atMs: 0 });
  await read([old]);
  expect([held.length, store.batches[0]!.samples.length]).toEqual([1, 0]);
  const far = consumerOf();
  await far.consumer.open(0);
  await far.clock.advance(SNAPSHOT_MS);
  await far.read([old]);
  expect([far.held.length, far.store.batches[0]!.samples.length]).toEqual([0, 1]);
});

test('the store hears of a standby that is over, again if it did not hear at first', async () => {
  const { consumer, store, read, ended } = consumerOf();
  await consumer.open(0);
  store.away = true;
  await expect(read([standbyOver])).rejects.toThrow('store-unavailable');
  store.away = false;
  await read([]);
  expect(ended.map(({ id }) => id)).toEqual(['standby/s1/time', 'standby/s1/time']);
});

test('a test alarm of a gateway leaves nothing in history', async () => {
  const { consumer, store, read, held, ended } = consumerOf();
  await consumer.open(0);
  const canary = { ...envelope('canary/1'), kind: 'canary', key: 'gateway:gw-1', origin: 'canary', gatewayId: 'gw-1' };
  await read([LogEvent.parse({ ...canary, bootId: 'b', seq: 1, sentWallMs: NOW_MS })]);
  expect([held, ended]).toEqual([[], []]);
  for (const { samples, gaps = [], filled = [] } of store.batches) expect([samples, gaps, filled]).toEqual([[], [], []]);
});
