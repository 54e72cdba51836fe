import { addReading, aggregateOf, mergeCells, READINGS_PER_WINDOW_MAX } from './accumulator.js';
import { quantileOf, type WindowState } from './paned.js';
import type { WindowPlan, WindowView } from './plan.js';
import { addToSketch, emptySketch, mergeSketch, type Sketch } from './sketch.js';

/**
 * Sessions: readings with less than `gapMs` between neighbours. A late reading may bridge two. A session is cut where
 * a multiple of `sizeMs` passes: that place depends on no reading, so which came first never matters.
 *
 * A session in `cells`: start, newest, then what `accumulator.ts` keeps; times of a slope count from the cut before the session.
 */
export const OPEN_SESSIONS_MAX = 64;

/** Two or three are open at most as a rule, and any of them may still be joined: none is packed. */
const sketchesOf = (state: WindowState): Sketch[] | undefined => state.sketches as Sketch[] | undefined;

const blockOf = (plan: WindowPlan, atMs: number): number => Math.floor(atMs / plan.sizeMs) * plan.sizeMs;

/** From here on nothing can join it. */
function endOf(plan: WindowPlan, startMs: number, newestMs: number): number {
  return Math.min(newestMs + plan.gapMs, blockOf(plan, startMs) + plan.sizeMs);
}

/** Adds one reading to its session. False where that is closed, or full. */
export function addToSession(plan: WindowPlan, state: WindowState, atMs: number, value: number, watermarkMs: number): boolean {
  const { cells } = state;
  const sketches = sketchesOf(state);
  const { stride, gapMs } = plan;
  if (endOf(plan, atMs, atMs) <= Math.max(watermarkMs, state.closedMs)) return false;
  let at = cells.length - stride;
  while (at >= 0 && cells[at]! > atMs) at -= stride;
  // `at` is the last session that begins up to the reading; the one behind it may follow closely.
  const block = blockOf(plan, atMs);
  const joinsBefore = at >= 0 && cells[at]! >= block && atMs - cells[at + 1]! < gapMs;
  const next = at + stride;
  const joinsNext = next < cells.length && cells[next]! < block + plan.sizeMs && cells[next]! - atMs < gapMs;
  if (!joinsBefore && !joinsNext) {
    at = insertSession(plan, state, next, atMs);
    if (at < 0) return false;
  } else if (!joinsBefore) at = next;
  if (cells[at + 2]! >= READINGS_PER_WINDOW_MAX) return false;
  cells[at] = Math.min(cells[at]!, atMs);
  cells[at + 1] = Math.max(cells[at + 1]!, atMs);
  addReading(plan.kept, cells, at + 2, atMs, value, block);
  if (sketches !== undefined) addToSketch(sketches[at / stride]!, value, plan.bucketsMax);
  if (joinsBefore && joinsNext) bridge(plan, state, at);
  return true;
}

/** The session behind the one at `at` becomes part of it. */
function bridge(plan: WindowPlan, state: WindowState, at: number): void {
  const { cells } = state;
  const sketches = sketchesOf(state);
  const next = at + plan.stride;
  cells[at + 1] = Math.max(cells[at + 1]!, cells[next + 1]!);
  mergeCells(plan.kept, { into: cells, at: at + 2 }, { from: cells, j: next + 2 });
  cells.splice(next, plan.stride);
  if (sketches === undefined) return;
  mergeSketch(sketches[at / plan.stride]!, sketches[next / plan.stride]!, plan.bucketsMax);
  sketches.splice(next / plan.stride, 1);
}

function insertSession(plan: WindowPlan, { cells, sketches }: WindowState, at: number, atMs: number): number {
  cells.splice(at, 0, atMs, atMs, ...new Array<number>(plan.stride - 2).fill(0));
  sketches?.splice(at / plan.stride, 0, emptySketch());
  if (cells.length / plan.stride <= OPEN_SESSIONS_MAX) return at;
  cells.splice(0, plan.stride);
  sketches?.shift();
  return at - plan.stride;
}

function viewAt(plan: WindowPlan, { cells, sketches }: WindowState, at: number): WindowView {
  const { view, question, stride } = plan;
  view.fromMs = cells[at]!;
  view.toMs = cells[at + 1]! + 1;
  view.count = cells[at + 2]!;
  view.value =
    sketches === undefined
      ? aggregateOf(question.aggregate, cells, at + 2)
      : quantileOf(plan, sketches, at / stride, at / stride + 1, view.count);
  return view;
}

export function eachOpenSession(plan: WindowPlan, state: WindowState, atMs: number, visit: (view: WindowView) => boolean): void {
  const { cells } = state;
  for (let at = cells.length - plan.stride; at >= 0; at -= plan.stride) {
    if (cells[at]! > atMs) continue;
    if (atMs <= cells[at + 1]!) visit(viewAt(plan, state, at));
    return;
  }
}

export function closeSessions(
  plan: WindowPlan,
  state: WindowState,
  watermarkMs: number,
  visit: ((view: WindowView) => void) | null,
): void {
  const { cells } = state;
  const { stride } = plan;
  if (watermarkMs <= state.closedMs) return;
  let gone = 0;
  while (gone < cells.length && endOf(plan, cells[gone]!, cells[gone + 1]!) <= watermarkMs) {
    visit?.(viewAt(plan, state, gone));
    gone += stride;
  }
  state.closedMs = watermarkMs;
  if (gone === 0) return;
  cells.splice(0, gone);
  state.sketches?.splice(0, gone / stride);
}

export function nextSessionEnd(plan: WindowPlan, { cells }: WindowState): number | null {
  return cells.length === 0 ? null : endOf(plan, cells[0]!, cells[1]!);
}
