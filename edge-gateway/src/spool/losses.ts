import type { Clock } from '@vigil/clock';
import { type Between, gapsOf, type SpoolGap } from './gap.js';
import { type Range, RangeSet } from './ranges.js';
import type { Segment } from './segments.js';
import type { TocEntry } from './toc.js';

/** Coarse, so that the same loss has the same times when it is told again after a crash. */
const COARSE_MS = 1_000;

/**
 * The gaps that lost places of one segment make.
 *
 * @param toc what the segment held; null where nothing tells, and the loss has a count and the times of its storing only
 */
export function lossesOf(
  clock: Clock,
  segment: Segment,
  { reason, lost, toc }: { reason: SpoolGap['reason']; lost: readonly Range[]; toc: readonly TocEntry[] | null },
): SpoolGap[] {
  const places = new RangeSet();
  for (const range of lost) places.add(range);
  const named = (toc ?? []).filter(({ index }) => places.covers({ from: index, to: index + 1 }));
  return gapsOf(reason, places.list(), named, storedBetween(clock, segment));
}

/** Event times between which a segment was written. */
function storedBetween(clock: Clock, { wallMs, toMs }: Segment): Between {
  const eventMs = (atMs: number): number => Math.max(0, clock.nowMs() - (clock.wallMs() - atMs) * clock.rate);
  const coarse = (atMs: number, round: (n: number) => number): number => round(eventMs(atMs) / COARSE_MS) * COARSE_MS;
  // Of a segment whose header is damaged and that nothing names, not even the time is known.
  const from = wallMs > 0 ? wallMs : clock.wallMs();
  return { fromMs: coarse(from, Math.floor), toMs: coarse(Math.max(from, toMs), Math.ceil) };
}
