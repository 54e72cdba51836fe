import type { BedId, Explanation } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AlarmRecord } from '../ports/alarm-records.js';
import type { CareRelations } from '../ports/care-relations.js';
import type { HistoryGap, ObservationStore } from '../ports/observation-store.js';
import { readingsOf } from './explanation.js';
import { type LookedAt, lookedAt } from './looked-at.js';

/** Readings of one metric in one explanation; of more the newest are shown. */
export const POINTS_MAX = 600;
const GAPS_MAX = 100;

export interface Behind {
  readonly readings: Explanation['readings'];
  readonly gaps: readonly HistoryGap[];
}

/**
 * The readings that led to the alarm, and what was missing among them, of the stay that lay in the bed at its onset: what the
 * patient before left behind is not shown, also where nobody lay there then. A history that cannot be read is said, and explains the rest all the same.
 */
export async function readingsBehind(
  record: AlarmRecord,
  { observations, relations }: { readonly observations: ObservationStore; readonly relations: CareRelations },
): Promise<Behind> {
  const { transition } = record.steps[0]!;
  const { bedId, onsetMs } = transition;
  const spans = lookedAt(transition, record.ruleSet);
  if (bedId === null || spans.length === 0) return { readings: { state: 'none', metrics: [] }, gaps: [] };
  try {
    const earliestMs = Math.min(...spans.map((span) => span.fromMs), onsetMs);
    const stay = (await relations.staysIn(bedId, earliestMs, onsetMs + 1)).at(-1);
    const hasLeft = stay !== undefined && stay.dischargedMs !== null && stay.dischargedMs <= onsetMs;
    const sinceMs = (hasLeft ? stay.dischargedMs : stay?.admittedMs) ?? 0;
    const own = spans.map((span) => ({ ...span, fromMs: Math.max(span.fromMs, sinceMs) }));
    const metrics: Explanation['readings']['metrics'] = [];
    for (const span of own) metrics.push(await readingsIn(observations, bedId, span));
    const fromMs = Math.min(...own.map((span) => span.fromMs));
    const gaps = await observations.gaps({ bedId, fromMs, toMs: transition.atMs + 1, limit: GAPS_MAX });
    return { readings: { state: 'known', metrics }, gaps };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { readings: { state: 'away', metrics: [] }, gaps: [] };
  }
}

async function readingsIn(observations: ObservationStore, bedId: BedId, { metric, fromMs, toMs }: LookedAt) {
  // History gives the oldest first, so one more than a bound would be the wrong end: wide spans are read in buckets.
  const everyMs = Math.max(0, Math.ceil((toMs - fromMs) / POINTS_MAX / 1_000) * 1_000);
  const points = await observations.read({
    bedId,
    metric,
    fromMs,
    toMs,
    everyMs: everyMs <= 1_000 ? 0 : everyMs,
    limit: 4 * POINTS_MAX,
  });
  return readingsOf(points, { metric, fromMs, toMs, limit: POINTS_MAX });
}
