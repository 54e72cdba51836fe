import type { Range } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';

/** The part of the spool that a start reads again. */
export interface ReplaySource {
  /** Index of the next record. */
  readonly endIndex: number;
  reread(wanted: Range, max: number): Promise<{ readonly entries: SpoolEntry[]; readonly upTo: number }>;
}

/** Records that a start reads again at most: some ten seconds of a checkpoint that was not written, and room to spare. */
export const REPLAY_MAX = 100_000;
const BATCH = 1_000;

/**
 * Feeds what the spool still has since `nextIndex` (null: nothing is known, so nothing is read).
 *
 * @returns false when something since then is missing: the checkpoint is too old, or the spool gave its records away
 */
export async function replayInto(
  spool: ReplaySource,
  nextIndex: number | null,
  take: (entries: readonly SpoolEntry[]) => void,
): Promise<boolean> {
  if (nextIndex === null || nextIndex > spool.endIndex) return false;
  const to = spool.endIndex;
  let from = Math.max(nextIndex, to - REPLAY_MAX);
  let taken = 0;
  try {
    while (from < to) {
      const { entries, upTo } = await spool.reread({ from, to }, BATCH);
      take(entries);
      taken += entries.length;
      if (upTo <= from) break;
      from = upTo;
    }
  } catch {
    // A disk or a key that is away: the watch begins anew, and says so by handing nothing over.
    return false;
  }
  return taken === to - nextIndex;
}
