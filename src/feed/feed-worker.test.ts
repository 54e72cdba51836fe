import { FakeClock } from '@vigil/clock';
import { InvariantError, PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import type { FeedBacklog, FeedRecords, Worked } from '../ports/feed-records.js';
import { FeedMetrics } from './feed-metrics.js';
import { FeedWorker } from './feed-worker.js';

const APPLIED: Worked = { decision: { do: 'apply', commands: [] }, kind: 'admit' };
const BACKLOG: FeedBacklog = { kept: 3, oldestKeptWallMs: 0, quarantined: { 'bed-taken': 2 }, oldestQuarantinedWallMs: 0 };

/** Messages by id; what happens to each is told by the test. */
function setUp(waiting: string[], work: (id: string) => Promise<Worked | null>) {
  const clock = new FakeClock();
  const registry = new Registry();
  const said: string[] = [];
  const part = { ok: () => void said.push('ok'), failed: (why: string) => void said.push(why) };
  const listeners = new Set<() => void>();
  const calls = { quarantined: 0, forgotten: 0 };
  const records = {
    next: () => Promise.resolve([...waiting]),
    work: async (id: string) => {
      const worked = await work(id);
      if (worked !== null) waiting.splice(waiting.indexOf(id), 1);
      return worked;
    },
    quarantined: () => Promise.resolve((calls.quarantined++, [])),
    forget: () => Promise.resolve(calls.forgotten++),
    backlog: () => Promise.resolve(BACKLOG),
    onReady: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
  } as unknown as FeedRecords;
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (text: string, { code }: { code?: unknown }) => void said.push(`${text}: ${String(code)}`),
  };
  const worker = new FeedWorker({ records, clock, metrics: new FeedMetrics(registry), part, log });
  const ready = (): void => listeners.forEach((tell) => tell());
  return { clock, worker, said, registry, calls, ready, listeners };
}

test('a message that fails by itself holds up no other, and is tried again a minute later', async () => {
  const tried: string[] = [];
  const { worker, clock, said } = setUp(['a', 'b', 'c'], (id) => {
    tried.push(id);
    return id === 'a' ? Promise.reject(new InvariantError('a bug')) : Promise.resolve(APPLIED);
  });
  expect(await worker.round()).toBe(2);
  expect(await worker.round()).toBe(0);
  expect(tried).toEqual(['a', 'b', 'c']);
  await clock.advance(60_000);
  await worker.round();
  expect(tried).toEqual(['a', 'b', 'c', 'a']);
  expect(said).toEqual(Array.from({ length: 2 }, () => 'a message of the hospital can not be worked off: fault'));
});

test('while the store is away nothing is skipped, and it goes on by itself', async () => {
  let isAway = true;
  const worked: string[] = [];
  const { worker, clock, said, ready, listeners } = setUp(['a'], (id) => {
    if (isAway) return Promise.reject(new PlatformError('store-unavailable', {}, true));
    worked.push(id);
    return Promise.resolve(APPLIED);
  });
  worker.start();
  while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual(['store-unavailable']);
  isAway = false;
  ready();
  await clock.advance(250);
  while (!said.includes('ok')) await new Promise((resolve) => setImmediate(resolve));
  expect(worked).toEqual(['a']);
  await worker.stop();
  expect(listeners.size).toBe(0);
});

test('what waits for a person is looked at again each minute, and what is done is forgotten each hour', async () => {
  const { worker, clock, calls } = setUp([], () => Promise.resolve(null));
  await worker.round();
  await worker.round();
  expect(calls).toEqual({ quarantined: 1, forgotten: 1 });
  await clock.advance(3_600_000);
  await worker.round();
  expect(calls).toEqual({ quarantined: 2, forgotten: 2 });
});

test('metrics say how much waits, why, and for how long', async () => {
  const { worker, clock, registry } = setUp(['a'], () =>
    Promise.resolve({ decision: { do: 'quarantine', reason: 'bed-taken' }, kind: 'admit' }),
  );
  await worker.round();
  const text = await registry.metrics();
  expect(text).toContain('vigil_feed_messages_total{outcome="quarantined",reason="bed-taken"} 1');
  expect(text).toContain('vigil_feed_waiting{what="kept"} 3');
  expect(text).toContain('vigil_feed_quarantined{reason="bed-taken"} 2');
  expect(text).toContain(`vigil_feed_oldest_age_seconds{what="kept"} ${clock.wallMs() / 1_000}`);
});
