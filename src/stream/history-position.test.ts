import { FakeClock } from '@vigil/clock';
import { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { Located } from '../ports/event-log.js';
import { type HistoryBatch, ObservationStore } from '../ports/observation-store.js';
import { FLUSH_EVERY_MS, HistoryConsumer } from './history-consumer.js';
import { StreamMetrics } from './stream-metrics.js';
import { allAtHome } from '../../test/support/assigned.js';

const START_MS = 10_000_000;
const LOT = 3;
/** Of the event loop, so that the timer's write and the reader's are under way together. */
const TURNS_OF_LOT = 4;

/** What is on the disk, whoever wrote it. */
interface Disk {
  readonly atMs: Set<number>;
  position: number;
  /** The first event that a stored position passed while it was not stored. */
  passed: number | null;
}

/** Writes in lots with others in between, as the real store does, and fails where it is told to. */
class LotStore extends ObservationStore {
  /** Lots until one fails; none does while it is negative. */
  failsAfter = -1;
  isDead = false;

  constructor(private readonly disk: Disk) {
    super();
  }

  override async write(_partition: number, { samples }: HistoryBatch, readThrough: string | null): Promise<void> {
    for (let at = 0; at < samples.length; at += LOT) {
      for (let turns = 0; turns < TURNS_OF_LOT; turns++) await new Promise((resolve) => setImmediate(resolve));
      if (this.isDead || this.failsAfter-- === 0) throw new PlatformError('store-unavailable', {}, true);
      for (const { atMs } of samples.slice(at, at + LOT)) this.disk.atMs.add(atMs);
    }
    if (this.isDead || readThrough === null) return;
    this.disk.position = Number(readThrough);
    for (let n = 0; n <= this.disk.position; n++) if (!this.disk.atMs.has(START_MS + n)) this.disk.passed ??= n;
  }

  override readThrough = (): Promise<string | null> => Promise.resolve(String(this.disk.position));
  override latest = (): Promise<never[]> => Promise.resolve([]);
  override read = (): Promise<never[]> => Promise.resolve([]);
  override samples = (): Promise<never[]> => Promise.resolve([]);
  override gaps = (): Promise<never[]> => Promise.resolve([]);
  override reassign = (): Promise<number> => Promise.resolve(0);
  override detached = (): Promise<never[]> => Promise.resolve([]);
  override counts = (): Promise<never[]> => Promise.resolve([]);
  override erase = (): Promise<number> => Promise.resolve(0);
}

const LOG: readonly Located[] = Array.from({ length: 60 }, (_, n) => ({
  event: LogEvent.parse({
    ...{ v: 1, id: `m/${n}`, key: 'bed:icu-1', origin: 'live', atMs: START_MS + n, kind: 'deviceMessage', bedId: 'icu-1' },
    ...{ deviceId: 'mon-1', gatewayId: 'gw-1', bootId: 'b', seq: n, deviceAtMs: START_MS + n, gatewayAtMs: START_MS + n },
    readings: [{ metric: 'heartRate', value: 80, unit: '/min', quality: 'valid' }],
  }),
  ...{ partition: 0, offset: String(n), sequence: n, hubAtMs: START_MS },
}));

const consumerOn = (store: ObservationStore, clock: FakeClock): HistoryConsumer =>
  new HistoryConsumer({
    ...{ store, clock, metrics: new StreamMetrics(new Registry()) },
    ...{
      audit: { note: () => Promise.resolve() },
      standby: { note: () => Promise.resolve() },
      shelves: { note: () => Promise.resolve() },
    },
    attribution: allAtHome(clock),
  });

interface Turn {
  readonly size: number;
  readonly waitMs: number;
  readonly failsAfter: number;
  readonly isTimer: boolean;
}

/** One process: reads on from what is stored, taken anew after each failure; its timer flushes meanwhile. */
async function live(disk: Disk, turns: readonly Turn[]): Promise<void> {
  const [store, clock] = [new LotStore(disk), new FakeClock(START_MS)];
  const consumer = consumerOn(store, clock);
  let next: number | null = null;
  for (const { size, waitMs, failsAfter, isTimer } of turns) {
    if (next === null) {
      next = disk.position + 1;
      await consumer.open(0);
    }
    store.failsAfter = failsAfter;
    await clock.advance(waitMs);
    if (isTimer) void consumer.flushDue().catch(() => undefined);
    try {
      await consumer.read(0, LOG.slice(next, next + size), []);
      next += size;
    } catch {
      await consumer.close(0).catch(() => undefined);
      next = null;
    }
  }
  store.isDead = true;
}

test('however writes fail and processes end in the middle of one, no position passes a reading that is not stored', async () => {
  const turn = fc.record({
    size: fc.integer({ min: 0, max: 12 }),
    waitMs: fc.constantFrom(0, FLUSH_EVERY_MS / 2, FLUSH_EVERY_MS),
    failsAfter: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 6 })),
    isTimer: fc.boolean(),
  });
  const lives = fc.array(fc.array(turn, { minLength: 6, maxLength: 12 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lives, async (all) => {
      const disk: Disk = { atMs: new Set(), position: -1, passed: null };
      for (const turns of all) await live(disk, turns);
      const quiet = { size: LOG.length, waitMs: FLUSH_EVERY_MS, failsAfter: -1, isTimer: false };
      await live(disk, [quiet]);
      expect({ passed: disk.passed, stored: disk.atMs.size }).toEqual({ passed: null, stored: LOG.length });
    }),
    { numRuns: 100 },
  );
});
