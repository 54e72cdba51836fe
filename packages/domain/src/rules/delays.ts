import type { Priority, RuleLevel } from '@vigil/contracts';
import { PRIORITY_RANK } from '../alarm.js';
import type { LimitPhase, LimitState } from '../state.js';
import type { Answer, Holds } from './evaluator.js';

export interface Delays {
  /** How long the condition must hold before it is an alarm. */
  readonly onDelayMs: number;
  /** How long it must be over before the alarm ends. */
  readonly offDelayMs: number;
}

/**
 * Feeds one answer to the delays of one condition, in place. A `gap` before it starts a running delay anew, because nobody knows
 * what happened meanwhile; so does `unknown`. An alarm that is active stays active until it is known to be over.
 */
export function phaseStep(state: LimitState, holds: Holds, delays: Delays, atMs: number, gap: boolean): void {
  switch (state.phase) {
    case 'inside':
    case 'pending':
      if (holds !== 'yes') moveTo(state, 'inside', atMs);
      else if (state.phase === 'inside' || gap) moveTo(state, delays.onDelayMs === 0 ? 'active' : 'pending', atMs, true);
      else if (atMs - state.sinceMs >= delays.onDelayMs) moveTo(state, 'active', atMs);
      return;
    case 'active':
    case 'clearing':
      if (holds !== 'no') moveTo(state, 'active', atMs);
      else if (state.phase === 'active' || gap) moveTo(state, delays.offDelayMs === 0 ? 'inside' : 'clearing', atMs, true);
      else if (atMs - state.sinceMs >= delays.offDelayMs) moveTo(state, 'inside', atMs);
  }
}

/** True while the condition is an alarm: its on-delay has passed, its off-delay has not. */
export function isAlarming(state: LimitState | undefined): boolean {
  return state !== undefined && (state.phase === 'active' || state.phase === 'clearing');
}

function moveTo(state: LimitState, phase: LimitPhase, atMs: number, anew = false): void {
  if (state.phase === phase && !anew) return;
  state.phase = phase;
  state.sinceMs = atMs;
}

/** How the levels of one rule compare a value with their own limits. */
export interface LevelScale {
  readonly levels: readonly RuleLevel[];
  readonly side: 'low' | 'high';
  /** True where reaching the limit is enough (the total of a score). */
  readonly isInclusive: boolean;
  readonly hysteresis: number;
}

/**
 * Feeds the value to each level with a limit of its own: they have the delays and the hysteresis of the rule, so that one artefact
 * makes nothing more urgent, and a value on the edge does not change the priority with every reading.
 *
 * @param base the limit that holds for the rule itself: a patient's own limit is never stricter than its levels
 */
export function levelStep(
  state: LimitState,
  scale: LevelScale,
  answer: Answer,
  base: number | null,
  delays: Delays,
  atMs: number,
  gap: boolean,
): void {
  const levels = (state.levels ??= scale.levels.map(() => ({ phase: 'inside', sinceMs: atMs })));
  for (let i = 0; i < scale.levels.length; i++) {
    const { limit } = scale.levels[i]!;
    if (limit === undefined) continue;
    const own = base === null ? limit : scale.side === 'high' ? Math.max(limit, base) : Math.min(limit, base);
    phaseStep(levels[i]!, levelHolds(scale, own, answer), delays, atMs, gap);
  }
}

function levelHolds(scale: LevelScale, limit: number, { holds, value, mayBe }: Answer): Holds {
  if (value === null) return holds === 'no' ? 'no' : 'unknown';
  // Turned round for the low side, so that one comparison serves both.
  const over = scale.side === 'high' ? value - limit : limit - value;
  if (scale.isInclusive ? over >= 0 : over > 0) return 'yes';
  if (mayBe !== undefined && mayBe >= limit) return 'unknown';
  if (scale.isInclusive ? over < -scale.hysteresis : over <= -scale.hysteresis) return 'no';
  return 'between';
}

/** Keeps since when the condition holds, its on-delay included: levels by time count from there. Call after `phaseStep`. */
export function noteHeld(state: LimitState, atMs: number, before: LimitPhase, gap: boolean): void {
  if (state.phase === 'inside') {
    if (state.heldMs !== undefined) delete state.heldMs;
  } else if (before === 'inside' || state.heldMs === undefined || (before === 'pending' && gap)) state.heldMs = atMs;
}

/** The priority that a rule has now: that of the most urgent level that is met, or its own. */
export function priorityNow(state: LimitState, own: Priority, levels: readonly RuleLevel[] | undefined, atMs: number): Priority {
  if (levels === undefined) return own;
  let now = own;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    const isMet = isAlarming(state.levels?.[i]) || isHeldLong(state, level.afterMs, atMs);
    if (isMet && PRIORITY_RANK[level.priority] > PRIORITY_RANK[now]) now = level.priority;
  }
  return now;
}

function isHeldLong(state: LimitState, afterMs: number | undefined, atMs: number): boolean {
  return afterMs !== undefined && state.heldMs !== undefined && atMs - state.heldMs >= afterMs;
}
