import { Counter, Gauge, type Registry } from 'prom-client';
import type { ConsumerGroup, SubscriptionHealth } from '../ports/event-log.js';

/** How the readers of the log are. Labels are consumer groups and partition numbers. */
export class LogMetrics {
  private readonly unread: Gauge<'group' | 'partition'>;
  private readonly lagMs: Gauge<'group' | 'partition'>;
  private readonly resubscribed: Counter<'group'>;
  private readonly missed: Counter<'group'>;
  /** Counts of each subscription that are in the counters already. */
  private readonly counted = new Map<ConsumerGroup, Pick<SubscriptionHealth, 'resubscribed' | 'missed'>>();

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['group', 'partition'] as const;
    this.unread = new Gauge({
      name: 'vigil_log_lag_events',
      help: 'Events on the log that the group has not read, per partition',
      labelNames,
      registers,
    });
    this.lagMs = new Gauge({
      name: 'vigil_log_lag_ms',
      help: 'Age of the oldest event that the group has not read, at most, in ms, per partition',
      labelNames,
      registers,
    });
    this.resubscribed = new Counter({
      name: 'vigil_log_resubscribed_total',
      help: 'Subscriptions made anew because a partition stood still',
      labelNames: ['group'],
      registers,
    });
    this.missed = new Counter({
      name: 'vigil_log_events_missed_total',
      help: 'Events that the log had removed before the group read them',
      labelNames: ['group'],
      registers,
    });
  }

  note(group: ConsumerGroup, health: SubscriptionHealth, partitionCount: number): void {
    for (let n = 0; n < partitionCount; n++) {
      const partition = health.partitions.get(n);
      const labels = { group, partition: String(n) };
      set(this.unread, labels, partition?.unread ?? null);
      set(this.lagMs, labels, partition?.lagMs ?? null);
    }
    const before = this.counted.get(group) ?? { resubscribed: 0, missed: 0 };
    this.resubscribed.inc({ group }, health.resubscribed - before.resubscribed);
    this.missed.inc({ group }, health.missed - before.missed);
    this.counted.set(group, { resubscribed: health.resubscribed, missed: health.missed });
  }
}

/** What is not known, or not read in this process, has no value. */
function set(gauge: Gauge<'group' | 'partition'>, labels: { group: string; partition: string }, value: number | null): void {
  if (value === null) gauge.remove(labels);
  else gauge.set(labels, value);
}
