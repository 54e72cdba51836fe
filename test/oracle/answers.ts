import type { Priority, RuleLevel } from '@vigil/contracts';
import type { Learnt } from './baselines.js';
import type { Noted } from './bed-history.js';

/** What a rule says of its condition: yes, no, beyond the way back (`between`), or that nobody knows. */
export type Holds = 'yes' | 'no' | 'between' | 'unknown';

/** One answer of a rule, with the delays of the rule set in which it was given. */
export interface Answer {
  readonly atMs: number;
  readonly holds: Holds;
  readonly value: number | null;
  /** After a pause nobody knows what happened meanwhile. */
  readonly afterGap: boolean;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  /** The same question for each level that has a limit of its own. */
  readonly levels: readonly (Holds | null)[];
}

export const RANK: Readonly<Record<Priority, number>> = { low: 0, medium: 1, high: 2 };

export interface Course {
  readonly isAlarm: boolean;
  /** Since when the condition has held, its on-delay included. */
  readonly heldMs: number | null;
  /** When it last became pending, an alarm, clearing or nothing; null if it never did. */
  readonly movedMs: number | null;
}

/**
 * Reads through all answers: an alarm from when they have said yes for the on-delay until they have said no for the off-delay. What
 * is between or not known begins a delay anew, and so does a pause.
 */
export function courseOf(answers: readonly Answer[], sayingOf: (answer: Answer) => Holds = (a) => a.holds): Course {
  let isAlarm = false;
  let sinceMs: number | null = null;
  let heldMs: number | null = null;
  let movedMs: number | null = null;
  for (const answer of answers) {
    const says = sayingOf(answer);
    if (says !== (isAlarm ? 'no' : 'yes')) {
      if (sinceMs !== null) movedMs = answer.atMs;
      sinceMs = null;
      if (!isAlarm) heldMs = null;
      continue;
    }
    if (sinceMs === null || answer.afterGap) {
      sinceMs = answer.atMs;
      movedMs = answer.atMs;
      if (!isAlarm) heldMs = answer.atMs;
    }
    if (answer.atMs - sinceMs < (isAlarm ? answer.offDelayMs : answer.onDelayMs)) continue;
    isAlarm = !isAlarm;
    movedMs = answer.atMs;
    sinceMs = null;
    if (!isAlarm) heldMs = null;
  }
  return { isAlarm, heldMs, movedMs };
}

/** The priority of a rule, at its newest answer where no time is told: the most urgent of its levels that is met, or its own. */
export function priorityOf(
  answers: readonly Answer[],
  own: Priority,
  levels: readonly RuleLevel[] | undefined,
  atMs = answers.at(-1)?.atMs ?? 0,
): Priority {
  const { heldMs } = courseOf(answers);
  let now = own;
  (levels ?? []).forEach((level, i) => {
    const isLong = level.afterMs !== undefined && heldMs !== null && atMs - heldMs >= level.afterMs;
    if ((isLong || isLevelMet(answers, level, i)) && RANK[level.priority] > RANK[now]) now = level.priority;
  });
  return now;
}

export function isLevelMet(answers: readonly Answer[], level: RuleLevel, at: number): boolean {
  return level.limit !== undefined && courseOf(answers, (a) => a.levels[at] ?? 'unknown').isAlarm;
}

interface Scale {
  readonly side: 'low' | 'high';
  readonly hysteresis: number;
  readonly levels?: readonly RuleLevel[] | undefined;
}

/** What a value says of each level; none is stricter than the limit `base` of the rule itself. */
export function levelAnswers(
  { side, hysteresis, levels }: Scale,
  value: number | null,
  holds: Holds,
  base: number,
): (Holds | null)[] {
  return (levels ?? []).map(({ limit }) => {
    if (limit === undefined) return null;
    if (value === null) return holds === 'no' ? 'no' : 'unknown';
    const at = side === 'high' ? Math.max(limit, base) : Math.min(limit, base);
    return against({ side, hysteresis, limit: at }, value);
  });
}

/** The limit itself is inside; back is what has passed it by the hysteresis. */
export function against(
  { side, hysteresis, limit }: { side: 'low' | 'high'; hysteresis: number; limit: number },
  value: number,
): Holds {
  const over = side === 'high' ? value - limit : limit - value;
  if (over > 0) return 'yes';
  return over <= -hysteresis ? 'no' : 'between';
}

/** What is kept of one rule: the rest is read off it. */
export interface Remembered {
  answers: Answer[];
  notes: Noted[];
  closedMs: number;
  /** Time of the newest reading that a window took. */
  newestMs: number;
  /** Of the reading before. */
  intervalMs: number | null;
  /** Of a rule of deviations. */
  learnt?: Learnt | undefined;
  /** Of a rule over a score that has held: the points that each part had last. */
  lastPoints?: readonly (number | null)[] | undefined;
  onsetsMs: number[];
  /** False before the first answer, and after one that said that nobody knows. */
  isKnown: boolean;
  /** Time of the bed at which it began, or began anew. */
  bornMs: number;
}
