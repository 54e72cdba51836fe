import type { BedId, HistoryGap } from '@vigil/contracts';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Span } from '../access/visible-time.js';

/** Most gaps of one answer. */
const GAPS_MAX = 500;

/** Cut to the time that the caller may see: when another patient's readings were lost is not told. */
export async function gapsIn(
  observations: Pick<ObservationStore, 'gaps'>,
  bedId: BedId,
  spans: readonly Span[],
): Promise<readonly HistoryGap[]> {
  const gaps: HistoryGap[] = [];
  for (const span of spans.toReversed()) {
    const limit = GAPS_MAX - gaps.length;
    if (limit === 0) break;
    const found = await observations.gaps({ bedId, ...span, limit });
    const cut = found.map(({ fromMs, toMs, count, reason, deviceId }) => ({
      fromMs: Math.max(fromMs, span.fromMs) as HistoryGap['fromMs'],
      toMs: Math.min(toMs, span.toMs - 1) as HistoryGap['toMs'],
      count,
      reason,
      deviceId,
    }));
    gaps.unshift(...cut);
  }
  return gaps;
}
