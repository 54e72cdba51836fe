import { FakeClock } from '@vigil/clock';
import { type Gap, LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import type { Located } from '../ports/event-log.js';
import { type HistoryBatch, ObservationStore } from '../ports/observation-store.js';
import { FLUSH_EVERY_MS, FLUSH_EVERY_MS_MAX, HistoryConsumer } from './history-consumer.js';
import { StreamMetrics } from './stream-metrics.js';

const NOW_MS = 10_000_000;

/** Keeps what was written; refuses while `away`. */
class KeptHistory extends ObservationStore {
  readonly batches: HistoryBatch[] = [];
  away = false;
  offset: string | null = null;
  /** What a write takes. */
  work = (): Promise<void> => Promise.resolve();
  override async write(_partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void> {
    if (this.away) throw new PlatformError('store-unavailable', {}, true);
    await this.work();
    this.batches.push(batch);
    this.offset = readThrough;
  }
  override readThrough = (): Promise<string | null> => Promise.resolve(this.offset);
  override latest = (): Promise<never[]> => Promise.resolve([]);
  override read = (): Promise<never[]> => Promise.resolve([]);
  override gaps = (): Promise<never[]> => Promise.resolve([]);
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
  const consumer = new HistoryConsumer(store, clock, new StreamMetrics(registry), audit);
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
  return { clock, consumer, store, audited, read, count };
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
