import { FakeClock } from '@vigil/clock';
import { Registry } from 'prom-client';
import { Readiness } from '../health/readiness.js';
import type { ConsumerGroup, PartitionHealth, SubscriptionHealth } from '../ports/event-log.js';
import { watchGroups } from './group-watch.js';
import { LogMetrics } from './log-metrics.js';

const GROUPS: readonly ConsumerGroup[] = ['alarms', 'history', 'live'];

/** Three groups of one partition each, whose health the test sets. */
function setUp() {
  const clock = new FakeClock(1_000_000);
  const readiness = new Readiness(clock);
  const registry = new Registry();
  const state = new Map<ConsumerGroup, { lagMs: number; missed: number; isAnotherLog: boolean }>();
  const health = (group: ConsumerGroup): SubscriptionHealth => {
    const { lagMs, missed, isAnotherLog } = state.get(group)!;
    const partition: PartitionHealth = { lastReadWallMs: clock.wallMs(), busySinceWallMs: null, unread: 0, lagMs };
    return { partitions: new Map([[0, partition]]), resubscribed: 0, missed, isAnotherLog };
  };
  const told: string[] = [];
  for (const group of GROUPS) state.set(group, { lagMs: 0, missed: 0, isAnotherLog: false });
  watchGroups({
    groups: GROUPS.map((group) => ({
      group,
      subscription: { health: () => health(group), stop: () => Promise.resolve() },
      part: readiness.expect(group, { staleMs: 5_000, processing: group === 'alarms' }),
    })),
    partitionCount: 1,
    readiness,
    metrics: new LogMetrics(registry),
    clock,
    onAnotherLog: () => void told.push('another-log'),
  });
  const set = async (group: ConsumerGroup, change: { lagMs?: number; missed?: number; isAnotherLog?: boolean }) => {
    state.set(group, { ...state.get(group)!, ...change });
    await clock.advance(1_000);
  };
  const reasons = () =>
    readiness
      .report()
      .parts.filter((p) => !p.ready)
      .map((p) => `${p.name}: ${p.reason}`);
  return { clock, readiness, registry, set, reasons, told };
}

test('alarms that are found late make the process not ready, and screens say so, until it has caught up', async () => {
  const { readiness, set, reasons } = setUp();
  await set('alarms', { lagMs: 9_000 });
  expect([reasons(), readiness.report().ready, readiness.processing()]).toEqual([[], true, true]);
  await set('alarms', { lagMs: 25_000 });
  expect([reasons(), readiness.report().ready, readiness.processing()]).toEqual([['alarms: behind by 25 s'], false, false]);
  await set('alarms', { lagMs: 9_000 });
  expect(reasons()).toEqual(['alarms: behind by 9 s']);
  await set('alarms', { lagMs: 5_000 });
  expect(readiness.report().ready).toBe(true);
  await set('alarms', { lagMs: 9_000 });
  expect(readiness.report().ready).toBe(true);
});

test('history may be late: charts wait, alarms do not', async () => {
  const { readiness, set } = setUp();
  await set('history', { lagMs: 3_600_000 });
  expect(readiness.report().ready).toBe(true);
});

test('missed events are a warning that stays, and the process goes on', async () => {
  const { readiness, set, reasons, registry } = setUp();
  await set('alarms', { missed: 12 });
  await set('alarms', {});
  expect(reasons()).toEqual(['log-gaps: 12 events were removed from the log before they were read']);
  expect(readiness.report().ready).toBe(true);
  expect(await registry.metrics()).toContain('vigil_log_events_missed_total{group="alarms"} 12');
});

test('another log is told once, and no group is called ready after that', async () => {
  const { readiness, set, told } = setUp();
  await set('alarms', {});
  await set('history', { isAnotherLog: true });
  await set('alarms', {});
  expect(told).toEqual(['another-log']);
  expect([readiness.report().ready, readiness.processing()]).toEqual([false, false]);
});
