import type { SubscriptionHealth } from '../ports/event-log.js';

/** An idle partition calls its reader every 3 s (packages/hub-client); five times that is silence. */
export const READ_STALE_MS = 15_000;

/** Alarms that come later than this are no longer alarms of now: the process does not count as ready meanwhile. */
export const ALARM_LAG_MS_MAX = 10_000;
/** And it does again only once they come so soon: at the edge of one limit screens would say both each second. */
export const ALARM_LAG_MS_GOOD = 5_000;

export interface GroupLimits {
  readonly partitionCount: number;
  /** Partitions that other processes read in time. Left out: none. */
  readonly elsewhere?: ReadonlySet<number>;
  /** Null for groups that may be behind. */
  readonly lagMsMax: number | null;
}

/**
 * Why a consumer group does not do its work, or null when it does: every partition of the hub is read, here or in another process, none
 * of those here has been silent for too long, and none is too far behind.
 */
export function groupTrouble(health: SubscriptionHealth, limits: GroupLimits, wallMs: number): string | null {
  const { partitionCount, elsewhere = new Set(), lagMsMax } = limits;
  if (health.isAnotherLog) return 'another-log';
  const partitions = [...health.partitions.values()];
  const read = new Set([...health.partitions.keys(), ...elsewhere]).size;
  if (read < partitionCount) return `${read} of ${partitionCount} partitions`;
  if (partitions.some((p) => wallMs - p.lastReadWallMs > READ_STALE_MS)) return 'a partition is silent';
  const lagMs = Math.max(0, ...partitions.map((p) => p.lagMs ?? 0));
  return lagMsMax !== null && lagMs > lagMsMax ? `behind by ${Math.round(lagMs / 1_000)} s` : null;
}

/** The partitions of which this process hears something. */
export function readInTime({ partitions }: SubscriptionHealth, wallMs: number): number[] {
  return [...partitions].flatMap(([partition, { lastReadWallMs }]) =>
    wallMs - lastReadWallMs > READ_STALE_MS ? [] : [partition],
  );
}
