import type { BedId } from '@vigil/contracts';
import type { HistoryGap, ObservationStore } from '../ports/observation-store.js';
import type { Span } from './visible-time.js';

/** Most gaps of one answer. */
export const GAPS_MAX = 500;

/** The newest, oldest first, cut to the time that the caller may see: when another patient's readings were lost is not told. */
export async function visibleGaps(
  observations: Pick<ObservationStore, 'gaps'>,
  bedId: BedId,
  spans: readonly Span[],
): Promise<readonly HistoryGap[]> {
  const gaps: HistoryGap[] = [];
  for (const span of spans.toReversed()) {
    const limit = GAPS_MAX - gaps.length;
    if (limit === 0) break;
    const found = await observations.gaps({ bedId, fromMs: span.fromMs, toMs: span.toMs, limit });
    const cut = found.map((gap) => ({
      ...gap,
      fromMs: Math.max(gap.fromMs, span.fromMs),
      toMs: Math.min(gap.toMs, span.toMs - 1),
    }));
    gaps.unshift(...cut);
  }
  return gaps;
}
