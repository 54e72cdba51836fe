import type { Cancel, Clock } from '@vigil/clock';
import type { Readiness, ReadinessPart } from '../health/readiness.js';
import type { ConsumerGroup, Subscription } from '../ports/event-log.js';
import { ALARM_LAG_MS_GOOD, ALARM_LAG_MS_MAX, groupTrouble } from './group-state.js';
import type { LogMetrics } from './log-metrics.js';

const WATCH_EVERY_MS = 1_000;

export interface WatchedGroup {
  readonly group: ConsumerGroup;
  readonly subscription: Subscription;
  readonly part: ReadinessPart;
}

export interface GroupWatchOptions {
  readonly groups: readonly WatchedGroup[];
  readonly partitionCount: number;
  /** What other processes read of a group that is shared. Left out: nothing. */
  readonly elsewhere?: (group: ConsumerGroup) => ReadonlySet<number>;
  readonly readiness: Readiness;
  readonly metrics: LogMetrics;
  readonly clock: Clock;
  /** Called once, when the log turns out to be another one than that of the readers' positions. Nothing is watched after. */
  readonly onAnotherLog: () => void;
}

/**
 * Looks at every consumer group each second (wall time) and tells health and metrics. Events that were missed stay a
 * warning until the process starts again: somebody has to look at what was not looked at.
 */
export function watchGroups(options: GroupWatchOptions): Cancel {
  const { groups, partitionCount, readiness, metrics, clock, onAnotherLog } = options;
  const gaps = readiness.expect('log-gaps', { staleMs: 5_000, degradesOnly: true });
  gaps.ok();
  let isBehind = false;
  const look = (): void => {
    let missed = 0;
    for (const { group, subscription, part } of groups) {
      const health = subscription.health();
      metrics.note(group, health, partitionCount);
      if (health.isAnotherLog) {
        cancel();
        for (const other of groups) other.part.failed('another-log');
        onAnotherLog();
        return;
      }
      missed += health.missed;
      const lagMsMax = group === 'alarms' ? (isBehind ? ALARM_LAG_MS_GOOD : ALARM_LAG_MS_MAX) : null;
      const elsewhere = group === 'live' ? new Set<number>() : (options.elsewhere?.(group) ?? new Set<number>());
      const trouble = groupTrouble(health, { partitionCount, elsewhere, lagMsMax }, clock.wallMs());
      if (group === 'alarms') isBehind = trouble?.startsWith('behind') === true;
      if (trouble === null) part.ok();
      else part.failed(trouble);
    }
    if (missed === 0) gaps.ok();
    else gaps.failed(`${missed} events were removed from the log before they were read`);
  };
  const cancel = clock.every(WATCH_EVERY_MS, look);
  return cancel;
}
