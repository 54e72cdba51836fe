import { Registry } from 'prom-client';
import type { PartitionHealth, SubscriptionHealth } from '../ports/event-log.js';
import { ALARM_LAG_MS_MAX, groupTrouble, READ_STALE_MS } from './group-state.js';
import { LogMetrics } from './log-metrics.js';

const WALL_MS = 1_000_000;
const LIMITS = { partitionCount: 2, lagMsMax: ALARM_LAG_MS_MAX };
const GOOD: PartitionHealth = { lastReadWallMs: WALL_MS, busySinceWallMs: null, unread: 0, lagMs: 0 };

function health(partitions: readonly Partial<PartitionHealth>[], rest: Partial<SubscriptionHealth> = {}): SubscriptionHealth {
  const all = new Map(partitions.map((p, n) => [n, { ...GOOD, ...p }]));
  return { partitions: all, resubscribed: 0, missed: 0, isAnotherLog: false, ...rest };
}

test.each<[string, SubscriptionHealth, string | null]>([
  ['every partition read and none behind', health([{}, {}]), null],
  ['a partition without a reader', health([{}]), '1 of 2 partitions'],
  ['a partition that is silent', health([{}, { lastReadWallMs: WALL_MS - READ_STALE_MS - 1 }]), 'a partition is silent'],
  ['a partition at the limit of lateness', health([{}, { unread: 9, lagMs: ALARM_LAG_MS_MAX }]), null],
  ['a partition that is too late', health([{}, { unread: 9, lagMs: 12_400 }]), 'behind by 12 s'],
  ['a lag that is not known yet', health([{}, { unread: null, lagMs: null }]), null],
  ['another log, whatever else', health([], { isAnotherLog: true }), 'another-log'],
])('%s', (_what, state, expected) => expect(groupTrouble(state, LIMITS, WALL_MS)).toBe(expected));

test('a group that may be behind is never in trouble for it', () => {
  expect(groupTrouble(health([{}, { lagMs: 9e9 }]), { ...LIMITS, lagMsMax: null }, WALL_MS)).toBeNull();
});

test('lag is measured per group and partition, counts grow by what is new, and what is read elsewhere has no value', async () => {
  const registry = new Registry();
  const metrics = new LogMetrics(registry);
  metrics.note('alarms', health([{ unread: 3, lagMs: 40 }, {}], { resubscribed: 1, missed: 7 }), 2);
  metrics.note('alarms', health([{ unread: 5, lagMs: 60 }], { resubscribed: 1, missed: 9 }), 2);
  const lines = (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#') && line !== '');
  expect(lines).toEqual([
    'vigil_log_lag_events{group="alarms",partition="0"} 5',
    'vigil_log_lag_ms{group="alarms",partition="0"} 60',
    'vigil_log_resubscribed_total{group="alarms"} 1',
    'vigil_log_events_missed_total{group="alarms"} 9',
  ]);
});
