import { VALUE_STEPS_MAX } from './accumulator.js';
import { addToPane, closePaned, eachOpenPaned, nextPanedEnd, type Wanted, type WindowState } from './paned.js';
import type { WindowPlan, WindowView } from './plan.js';
import { addToSession, closeSessions, eachOpenSession, nextSessionEnd } from './session.js';

export { limitInSteps, planWindow, unitsPerStep, windowProblems } from './plan.js';
export type { WindowPlan, WindowQuestion, WindowView } from './plan.js';
export type { WindowState } from './paned.js';
export { addToSketch, type AnySketch, emptySketch, mergeSketch, rankOf, type Sketch, unpackSketch } from './sketch.js';

/**
 * Windows of event time over one metric of one bed. The state is plain data, changes in place, and is bounded by the plan.
 *
 * Order of arrival within the lateness does not matter for what a closed window says, nor does a reading count twice that its
 * caller knows. A closed window never changes.
 */
export function emptyWindows(plan: WindowPlan): WindowState {
  return plan.kept === 'sketch' ? { closedMs: 0, cells: [], sketches: [] } : { closedMs: 0, cells: [] };
}

/**
 * Adds one reading, in whole steps of its metric.
 *
 * @returns false for one that no open window takes: too late, no whole number, or one too many (bounds: `accumulator.ts`)
 */
export function addToWindows(
  plan: WindowPlan,
  state: WindowState,
  atMs: number,
  valueSteps: number,
  watermarkMs: number,
): boolean {
  if (!Number.isSafeInteger(atMs) || !Number.isInteger(valueSteps) || Math.abs(valueSteps) > VALUE_STEPS_MAX) return false;
  return plan.isSession
    ? addToSession(plan, state, atMs, valueSteps, watermarkMs)
    : addToPane(plan, state, atMs, valueSteps, watermarkMs);
}

/**
 * Looks at the open windows that a reading at `atMs` is in, as they stand; ends when `visit` answers true.
 *
 * @param wanted what else is not shown, or without its value; sessions and sliding windows are always whole
 */
export function eachOpenWindow(
  plan: WindowPlan,
  state: WindowState,
  atMs: number,
  visit: (view: WindowView) => boolean,
  wanted: Wanted | null = null,
): void {
  if (plan.isSession) eachOpenSession(plan, state, atMs, visit);
  else eachOpenPaned(plan, state, atMs, visit, wanted);
}

/**
 * Closes what the watermark has passed, oldest first, and shows each window that holds readings once.
 *
 * @param visit null where nobody needs to see them
 */
export function closeWindowsUpTo(
  plan: WindowPlan,
  state: WindowState,
  watermarkMs: number,
  visit: ((view: WindowView) => void) | null,
): void {
  if (plan.isSession) closeSessions(plan, state, watermarkMs, visit);
  else closePaned(plan, state, watermarkMs, visit);
}

/** The watermark at which the next window closes, or null where none holds readings. */
export function nextCloseMs(plan: WindowPlan, state: WindowState): number | null {
  return plan.isSession ? nextSessionEnd(plan, state) : nextPanedEnd(plan, state);
}

/** Samples that a whole window should hold; of a session, which may end at any time, those up to now. */
export function samplesExpected(plan: WindowPlan, view: WindowView, intervalMs: number): number {
  if (plan.isSession) return Math.floor((view.toMs - 1 - view.fromMs) / intervalMs) + 1;
  return Math.floor(plan.question.window.sizeMs / intervalMs);
}

/** D15: enough of the whole window's expected samples to decide. A count speaks for itself. */
export function isCovered(plan: WindowPlan, view: WindowView, expected: number, coveragePct: number): boolean {
  if (plan.question.aggregate === 'count') return true;
  return expected > 0 && view.count * 100 >= expected * coveragePct;
}

/**
 * False where a window that has only begun says the opposite of what it will say: a count or a sum is low until the
 * readings are in. Then only the closed window decides.
 */
export function decidesEarly(plan: WindowPlan, side: 'low' | 'high'): boolean {
  const { aggregate } = plan.question;
  return side === 'high' || (aggregate !== 'count' && aggregate !== 'sum');
}
