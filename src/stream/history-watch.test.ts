import { FakeClock } from '@vigil/clock';
import { Registry } from 'prom-client';
import { Readiness } from '../health/readiness.js';
import type { SubscriptionHealth } from '../ports/event-log.js';
import type { RefusedReason } from '../ports/history-health.js';
import type { BreakerState } from '../ports/store-health.js';
import { HistoryMetrics } from './history-metrics.js';
import { LAG_MS_MAX, REFUSED_TOLD_MS, watchHistory, WRITE_MS_MAX } from './history-watch.js';

/** A watch over what the test sets; alarms are found beside it. */
function setUp() {
  const clock = new FakeClock(1_000_000);
  const readiness = new Readiness(clock);
  readiness.expect('alarms', { staleMs: 3 * REFUSED_TOLD_MS, processing: true }).ok();
  const registry = new Registry();
  const now = {
    held: { ms: 0, isFailing: false },
    lagMs: 0,
    trouble: null as string | null,
    breaker: 'closed' as BreakerState,
    refused: new Map<RefusedReason, number>(),
  };
  const health = (): SubscriptionHealth => ({
    partitions: new Map([[0, { lastReadWallMs: clock.wallMs(), busySinceWallMs: null, unread: 0, lagMs: now.lagMs }]]),
    ...{ resubscribed: 0, missed: 0, isAnotherLog: false },
  });
  watchHistory({
    consumer: { held: () => now.held },
    subscription: { health },
    health: { trouble: () => now.trouble, refused: () => now.refused },
    stores: { stores: () => [{ name: 'history', state: now.breaker, failingSinceWallMs: null, refused: 0 }] },
    ...{ readiness, metrics: new HistoryMetrics(registry), clock },
  });
  const look = async (change: Partial<typeof now> = {}): Promise<string[]> => {
    Object.assign(now, change);
    await clock.advance(1_000);
    expect([readiness.report().ready, readiness.processing()]).toEqual([true, true]);
    return readiness.report().parts.flatMap(({ name, ready, vital, reason }) => (ready || vital ? [] : [`${name}: ${reason}`]));
  };
  return { clock, registry, look };
}

test('what the store says is wrong is what a person reads, one second later, and patients are watched on', async () => {
  const { look } = setUp();
  expect(await look()).toEqual([]);
  expect(await look({ trouble: 'influx-token-refused: INFLUX_TOKEN: …' })).toEqual([
    'history-store: influx-token-refused: INFLUX_TOKEN: …',
  ]);
  expect(await look({ trouble: null })).toEqual([]);
});

test.each<[string, object, string]>([
  ['a write that failed', { held: { ms: 200, isFailing: true } }, 'store-unavailable'],
  ['a store that is not asked any more', { breaker: 'open' }, 'store-unavailable'],
  ['a server that has the write and says nothing', { held: { ms: WRITE_MS_MAX + 1_400, isFailing: false } }, 'a write takes 6 s'],
  ['a store that is too slow', { lagMs: LAG_MS_MAX + 2_000 }, 'behind by 12 s'],
])('%s is declared', async (_name, change, says) => {
  const { look } = setUp();
  expect(await look(change)).toEqual([`history-store: ${says}`]);
});

test('a write that takes its time is no trouble, and one limit is not said and unsaid each second', async () => {
  const { look } = setUp();
  expect(await look({ held: { ms: WRITE_MS_MAX, isFailing: false }, lagMs: LAG_MS_MAX })).toEqual([]);
  await look({ lagMs: LAG_MS_MAX + 1 });
  expect(await look({ lagMs: 6_000 })).toEqual(['history-store: behind by 6 s']);
  expect(await look({ lagMs: 5_000 })).toEqual([]);
});

test('readings that were not taken are counted by reason, and told for an hour after the last', async () => {
  const { look, clock, registry } = setUp();
  expect(await registry.metrics()).toContain('vigil_history_refused_total{reason="type-conflict"} 0');
  const says = ['history-refused: readings were not taken since the start: 3 type-conflict, 1 beyond-retention'];
  const refused = new Map<RefusedReason, number>([
    ['type-conflict', 3],
    ['beyond-retention', 1],
  ]);
  expect(await look({ refused })).toEqual(says);
  expect(await registry.metrics()).toContain('vigil_history_refused_total{reason="type-conflict"} 3');
  await clock.advance(REFUSED_TOLD_MS - 1_000);
  expect(await look()).toEqual([]);
  const more = new Map(refused).set('beyond-retention', 2);
  expect(await look({ refused: more })).toEqual([
    'history-refused: readings were not taken since the start: 3 type-conflict, 2 beyond-retention',
  ]);
  expect(await registry.metrics()).toContain('vigil_history_refused_total{reason="beyond-retention"} 2');
});

test('how long readings wait is a number that goes back to 0', async () => {
  const { look, registry } = setUp();
  await look({ trouble: 'influx-silent: …' });
  await look();
  await look();
  expect(await registry.metrics()).toMatch(/^vigil_history_held_seconds 2$/m);
  await look({ trouble: null });
  expect(await registry.metrics()).toMatch(/^vigil_history_held_seconds 0$/m);
});
