import { type Cancel, type Clock, wallElapsedMs } from '@vigil/clock';
import type { Readiness } from '../health/readiness.js';
import type { Subscription } from '../ports/event-log.js';
import type { HistoryHealth } from '../ports/history-health.js';
import type { StoreHealth } from '../ports/store-health.js';
import type { HistoryConsumer } from './history-consumer.js';
import type { HistoryMetrics } from './history-metrics.js';

const LOOK_EVERY_MS = 1_000;
const STALE_MS = 15_000;
/** A write that takes longer is told: a store that says nothing at all is given up after ten seconds only. */
export const WRITE_MS_MAX = 5_000;
/** History may be so far behind the log and is called in time again when it is less. What waits in memory comes to five seconds. */
export const LAG_MS_MAX = 10_000;
export const LAG_MS_GOOD = 5_000;
/** For so long after the last reading that was not taken it is told. */
export const REFUSED_TOLD_MS = 3_600_000;

export interface HistoryWatchOptions {
  readonly consumer: Pick<HistoryConsumer, 'held'>;
  readonly subscription: Pick<Subscription, 'health'>;
  readonly health: HistoryHealth;
  readonly stores: StoreHealth;
  readonly readiness: Readiness;
  readonly metrics: HistoryMetrics;
  readonly clock: Clock;
}

/**
 * Looks each second (wall time) whether history is stored in time and whole, and says what keeps it from that, well within 15 s: the
 * store's own word where it has one. Only degrades: alarms are decided from the log.
 */
export function watchHistory({ readiness, metrics, clock, ...seen }: HistoryWatchOptions): Cancel {
  const stored = readiness.expect('history-store', { staleMs: STALE_MS, degradesOnly: true });
  const taken = readiness.expect('history-refused', { staleMs: STALE_MS, degradesOnly: true });
  for (const part of [stored, taken]) part.ok();
  let troubledSinceWallMs: number | null = null;
  let isBehind = false;
  let refused = { count: 0, wallMs: 0 };
  const look = (): void => {
    const wallMs = clock.wallMs();
    const behindMs = lagMsOf(seen.subscription);
    isBehind = behindMs > (isBehind ? LAG_MS_GOOD : LAG_MS_MAX);
    const trouble = troubleOf(seen);
    troubledSinceWallMs = trouble === null ? null : (troubledSinceWallMs ?? wallMs);
    const troubledMs = troubledSinceWallMs === null ? 0 : wallElapsedMs(troubledSinceWallMs, wallMs);
    metrics.heldFor(Math.max(seen.consumer.held().ms, troubledMs));
    if (trouble !== null) stored.failed(trouble);
    else if (isBehind) stored.failed(`behind by ${Math.round(behindMs / 1_000)} s`);
    else stored.ok();
    const all = seen.health.refused();
    metrics.refusedSoFar(all);
    const count = [...all.values()].reduce((sum, each) => sum + each, 0);
    if (count > refused.count) refused = { count, wallMs };
    if (count > 0 && wallElapsedMs(refused.wallMs, wallMs) < REFUSED_TOLD_MS) taken.failed(refusedText(all));
    else taken.ok();
  };
  return clock.every(LOOK_EVERY_MS, look);
}

/** @returns null while what was read is stored, or is about to be */
function troubleOf({ consumer, health, stores }: Pick<HistoryWatchOptions, 'consumer' | 'health' | 'stores'>): string | null {
  const { ms, isFailing } = consumer.held();
  const isAway = stores.stores().some(({ name, state }) => name === 'history' && state !== 'closed');
  const trouble = health.trouble();
  if (trouble !== null) return trouble;
  if (isFailing || isAway) return 'store-unavailable';
  return ms > WRITE_MS_MAX ? `a write takes ${Math.round(ms / 1_000)} s` : null;
}

function lagMsOf(subscription: Pick<Subscription, 'health'>): number {
  return Math.max(0, ...[...subscription.health().partitions.values()].map(({ lagMs }) => lagMs ?? 0));
}

function refusedText(all: ReturnType<HistoryHealth['refused']>): string {
  const parts = [...all].filter(([, count]) => count > 0).map(([reason, count]) => `${count} ${reason}`);
  return `readings were not taken since the start: ${parts.join(', ')}`;
}
