import type { LimitsOffRow } from '@vigil/contracts';

/** After so long a bedside monitor whose alarms are off is asked about (HZ-D6). Event time. */
export const ASK_AFTER_MS = 10 * 60_000;

/** What somebody has turned down or off; what merely is so (no device, no data) stands on its tile. */
const COUNTED = ['shelved', 'own-limits', 'standby', 'paused', 'audio-paused', 'station-off'] as const;
type Counted = (typeof COUNTED)[number];

/** How many of each kind there are; kinds of which there is none are left out, what only waits for a second person too. */
export function countLimitsOff(rows: readonly LimitsOffRow[]): readonly { readonly kind: Counted; readonly count: number }[] {
  return COUNTED.flatMap((kind) => {
    const count = rows.filter((row) => row.kind === kind && !row.isWaiting).length;
    return count > 0 ? [{ kind, count }] : [];
  });
}

/**
 * Bedside monitors to ask about: off for ten minutes, or since nobody knows when, and not looked at within the last ten.
 *
 * @param checked when somebody has looked, by key; event time
 */
export function bedsideOff(
  rows: readonly LimitsOffRow[],
  eventMs: number,
  checked: ReadonlyMap<string, number>,
): readonly { readonly key: string; readonly label: string; readonly sinceMs: number | null }[] {
  return rows.flatMap((row) => {
    const key = `${row.bedId}/${row.deviceId}/${row.pause?.kind ?? ''}/${row.sinceMs}`;
    const isOld = row.sinceMs === null || eventMs - row.sinceMs >= ASK_AFTER_MS;
    if (row.kind !== 'paused' || !isOld || eventMs - (checked.get(key) ?? -Infinity) < ASK_AFTER_MS) return [];
    return [{ key, label: row.bedLabel ?? row.bedId ?? '', sinceMs: row.sinceMs }];
  });
}
