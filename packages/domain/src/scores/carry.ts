import { CarriedScores } from '@vigil/contracts';
import type { BedState } from '../state.js';
import { forgetLevels } from './score-inputs.js';
import type { ScoreState } from './score-state.js';

/** The scores of a stay that goes to another bed (D6); null where there are none. */
export function carriedScores(bed: Readonly<BedState>): ScoreState | null {
  return bed.scores === undefined ? null : structuredClone(bed.scores);
}

/**
 * Goes on with the scores that came along. Answers false, and begins anew, for what this engine does not understand. What was
 * told at the old bed counts as told: the snapshots go on in time.
 */
export function takeCarriedScores(bed: BedState, carried: unknown): boolean {
  const read = CarriedScores.safeParse(carried);
  if (!read.success) return false;
  bed.scores = { ...(read.data as ScoreState), dueMs: 0, ratioDueMs: 0 };
  forgetLevels(bed.scores);
  return true;
}
