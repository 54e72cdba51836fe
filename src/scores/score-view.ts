import type { ScoreView } from '@vigil/contracts';
import { missingFor } from '@vigil/domain';
import type { KeptScore } from '../ports/scores.js';

/** A score as REST and screens show it at `nowMs` (event time). */
export function scoreView({ snapshot, sinceMs, isReplaced }: KeptScore, nowMs: number): ScoreView {
  const { v: _v, ...rest } = snapshot;
  return {
    ...rest,
    sinceMs,
    isValid: isReplaced !== true && nowMs < snapshot.validUntilMs,
    ...(isReplaced === true ? { replaced: true as const } : {}),
    missing: missingOf(snapshot),
  };
}

/** A number without points has no missing parts once it is there. */
function missingOf({ score, total, parts }: KeptScore['snapshot']): string[] {
  return total === null ? [...missingFor(score, parts)] : [];
}
