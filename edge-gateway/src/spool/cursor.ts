import { z } from 'zod';
import type { SpoolDisk } from './disk.js';
import { type Range, RangeSet } from './ranges.js';

export const CURSOR_FILE = 'cursor.json';
/** More settled ranges than this are not written; the rest is only sent again after a restart. */
const RANGES_MAX = 10_000;

const index = z.number().int().nonnegative();
const Saved = z.object({ v: z.literal(1), settled: z.array(z.tuple([index, index])) });

/**
 * What the log has settled, as the last start knew it. Written after the settlement and without a sync: losing it, or a
 * torn one, makes records go out again under their old ids and loses nothing.
 */
export async function loadCursor(disk: SpoolDisk): Promise<RangeSet> {
  const settled = new RangeSet();
  const bytes = await disk.readSmall(CURSOR_FILE).catch(() => null);
  if (bytes === null) return settled;
  let saved: z.infer<typeof Saved>;
  try {
    saved = Saved.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return settled;
  }
  for (const [from, to] of saved.settled) settled.add({ from, to });
  return settled;
}

export async function saveCursor(disk: SpoolDisk, settled: readonly Range[]): Promise<void> {
  const saved = { v: 1, settled: settled.slice(0, RANGES_MAX).map((r) => [r.from, r.to]) };
  await disk.replaceSmall(CURSOR_FILE, Buffer.from(JSON.stringify(saved)));
}
