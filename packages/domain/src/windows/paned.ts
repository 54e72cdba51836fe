import { addReading, aggregateOf, CELLS, mergeCells, READINGS_PER_WINDOW_MAX, slopeOver } from './accumulator.js';
import type { WindowPlan, WindowView } from './plan.js';
import { addToSketch, type AnySketch, boundsOf, emptySketch, packSketch, rankOf, unpackSketch } from './sketch.js';

/**
 * The open windows of one question. Plain data: `cells` holds the panes (or sessions) one behind the other, ascending by start,
 * `stride` numbers each: start, then what `accumulator.ts` keeps; of a session start, newest, then the same.
 */
export interface WindowState {
  /** Windows that end up to here are closed. */
  closedMs: number;
  readonly cells: number[];
  /**
   * Beside the panes, for medians and quantiles. Of panes all but the newest are packed; states of before there was that
   * have none that is, until a pane is added. Those of sessions are not.
   */
  readonly sketches?: AnySketch[];
}

/** Panes beyond those of one window that are open while readings may still come late; beyond it the oldest pane goes. */
export const OPEN_PANES_MAX = 64;

/** Adds one reading to its pane. False where it is too late for any open window, or the window is full. */
export function addToPane(plan: WindowPlan, state: WindowState, atMs: number, value: number, watermarkMs: number): boolean {
  const { cells, sketches } = state;
  const startMs = Math.floor(atMs / plan.paneMs) * plan.paneMs;
  // The last window that holds a pane begins with it, or at the next hop before it.
  if (Math.floor(startMs / plan.hopMs) * plan.hopMs + plan.sizeMs <= Math.max(watermarkMs, state.closedMs)) return false;
  let at = cells.length - plan.stride;
  while (at >= 0 && cells[at]! > startMs) at -= plan.stride;
  if (at < 0 || cells[at]! !== startMs) at = insertPane(plan, state, at + plan.stride, startMs);
  if (at < 0 || cells[at + 1]! >= READINGS_PER_WINDOW_MAX) return false;
  addReading(plan.kept, cells, at + 1, atMs, value, startMs);
  if (sketches !== undefined) addToSketchOf(plan, sketches, at / plan.stride, value);
  return true;
}

function addToSketchOf(plan: WindowPlan, sketches: AnySketch[], pane: number, value: number): void {
  const known = sketches[pane]!;
  const sketch = typeof known === 'string' ? unpackSketch(known) : known;
  addToSketch(sketch, value, plan.bucketsMax);
  if (typeof known === 'string') sketches[pane] = packSketch(sketch);
}

/** Readings come to the newest pane, but for the odd late one. */
function packOlder(sketches: AnySketch[]): void {
  for (let i = sketches.length - 2; i >= 0; i--) {
    const sketch = sketches[i]!;
    if (typeof sketch !== 'string') sketches[i] = packSketch(sketch);
  }
}

/** Answers where the pane stands, or -1 where it is the oldest of too many. */
function insertPane(plan: WindowPlan, { cells, sketches }: WindowState, at: number, startMs: number): number {
  if (at === cells.length) {
    cells.push(startMs);
    for (let i = 1; i < plan.stride; i++) cells.push(0);
  } else cells.splice(at, 0, startMs, ...new Array<number>(plan.stride - 1).fill(0));
  if (sketches !== undefined) {
    sketches.splice(at / plan.stride, 0, emptySketch());
    packOlder(sketches);
  }
  if (cells.length / plan.stride <= plan.sizeMs / plan.paneMs + OPEN_PANES_MAX) return at;
  cells.splice(0, plan.stride);
  sketches?.shift();
  return at - plan.stride;
}

/** What of the open windows is worth looking at, so that the rest need not be worked out. */
export interface Wanted {
  /** Tumbling and hopping windows with fewer readings are left out: most of the windows of a rule with much coverage have only begun. */
  readonly countMin: number;
  /** A median or quantile that lies between the two, in steps, is worked out only where this is true; else its value is null. */
  mayMatter(lowest: number, highest: number): boolean;
}

/** The window [toMs - size, toMs) as it stands. */
export function viewOf(plan: WindowPlan, state: WindowState, toMs: number, wanted: Wanted | null = null): WindowView {
  const { cells } = state;
  const { stride, view } = plan;
  view.fromMs = toMs - plan.sizeMs;
  view.toMs = toMs;
  let last = cells.length - stride;
  while (last >= 0 && cells[last]! >= toMs) last -= stride;
  let first = last;
  while (first >= 0 && cells[first]! >= view.fromMs) first -= stride;
  first += stride;
  // A single pane needs no adding up: the common tumbling window.
  if (first === last) finish(plan, state, wanted, { sums: cells, at: first + 1, first, last });
  else if (plan.kept === 'slope' && first < last) {
    view.count = 0;
    for (let at = first; at <= last; at += stride) view.count += cells[at + 1]!;
    view.value = slopeOver(cells, first, last, stride);
  } else finish(plan, state, wanted, { sums: addUp(plan, cells, first, last), at: 0, first, last });
  return view;
}

function addUp(plan: WindowPlan, cells: readonly number[], first: number, last: number): number[] {
  const { kept, stride, scratch } = plan;
  scratch.fill(0);
  if (kept === 'sum' || kept === 'squares' || kept === 'count' || kept === 'sketch') {
    const width = CELLS[kept];
    for (let at = first; at <= last; at += stride) for (let i = 0; i < width; i++) scratch[i]! += cells[at + 1 + i]!;
    return scratch;
  }
  const into = { into: scratch, at: 0 };
  for (let at = first; at <= last; at += stride) mergeCells(kept, into, { from: cells, j: at + 1 });
  return scratch;
}

/** Sums over the panes from `first` to `last`, from `sums[at]` on. */
interface Summed {
  readonly sums: readonly number[];
  readonly at: number;
  readonly first: number;
  readonly last: number;
}

function finish(plan: WindowPlan, state: WindowState, wanted: Wanted | null, { sums, at, first, last }: Summed): void {
  const { view, question, stride } = plan;
  const { sketches } = state;
  view.count = sums[at]!;
  if (sketches === undefined) {
    view.value = aggregateOf(question.aggregate, sums, at);
    return;
  }
  const [from, to] = [first / stride, last / stride + 1];
  const bounds = wanted === null ? null : boundsOf(sketches, from, to);
  const matters = bounds === null || wanted!.mayMatter(bounds.lowest, bounds.highest);
  view.value = matters ? quantileOf(plan, sketches, from, to, view.count) : null;
}

/** Nearest rank for a quantile; of an even number of readings the median is the middle of the two middle ones. */
export function quantileOf(
  plan: WindowPlan,
  sketches: readonly AnySketch[],
  from: number,
  to: number,
  count: number,
): number | null {
  if (count === 0) return null;
  const { aggregate, quantile } = plan.question;
  if (aggregate === 'quantile') return rankOf(sketches, from, to, Math.max(1, Math.ceil((quantile ?? 0.5) * count)));
  const upper = rankOf(sketches, from, to, Math.floor(count / 2) + 1);
  return count % 2 === 1 ? upper : (rankOf(sketches, from, to, count / 2) + upper) / 2;
}

/**
 * Looks at every open window that the reading at `atMs` is in: the early view. Of a sliding window that is the one up to the
 * newest reading. Ends when `visit` answers true.
 */
export function eachOpenPaned(
  plan: WindowPlan,
  state: WindowState,
  atMs: number,
  visit: (view: WindowView) => boolean,
  wanted: Wanted | null,
): void {
  const { hopMs, sizeMs, paneMs, stride } = plan;
  const { cells, closedMs } = state;
  if (plan.isSliding) {
    if (cells.length === 0) return;
    const toMs = cells[cells.length - stride]! + paneMs;
    if (toMs > closedMs) visit(viewOf(plan, state, toMs));
    return;
  }
  for (let fromMs = Math.floor(atMs / hopMs) * hopMs; fromMs > atMs - sizeMs; fromMs -= hopMs) {
    if (fromMs + sizeMs <= closedMs) return;
    if (wanted !== null && wanted.countMin > 0 && countIn(plan, cells, fromMs) < wanted.countMin) continue;
    if (visit(viewOf(plan, state, fromMs + sizeMs, wanted))) return;
  }
}

/** Readings of the window that begins at `fromMs`. */
function countIn({ sizeMs, stride }: WindowPlan, cells: readonly number[], fromMs: number): number {
  let count = 0;
  for (let at = cells.length - stride; at >= 0 && cells[at]! >= fromMs; at -= stride) {
    if (cells[at]! < fromMs + sizeMs) count += cells[at + 1]!;
  }
  return count;
}

/** Closes the windows that the watermark has passed, oldest first; `visit` sees each once. Those without readings are not shown. */
export function closePaned(
  plan: WindowPlan,
  state: WindowState,
  watermarkMs: number,
  visit: ((view: WindowView) => void) | null,
): void {
  const { hopMs, sizeMs, stride } = plan;
  const { cells } = state;
  // Ends of windows are starts of windows plus the size; the size need not be a whole number of hops.
  const shiftMs = sizeMs % hopMs;
  const closedMs = Math.floor((watermarkMs - shiftMs) / hopMs) * hopMs + shiftMs;
  if (closedMs <= state.closedMs) return;
  if (visit !== null && cells.length > 0) {
    const lastMs = Math.min(closedMs, cells[cells.length - stride]! + sizeMs);
    for (let toMs = nextPanedEnd(plan, state)!; toMs <= lastMs; toMs += hopMs) {
      const view = viewOf(plan, state, toMs);
      if (view.count > 0) visit(view);
    }
  }
  state.closedMs = closedMs;
  let gone = 0;
  while (gone < cells.length && Math.floor(cells[gone]! / hopMs) * hopMs + sizeMs <= closedMs) gone += stride;
  if (gone === 0) return;
  cells.splice(0, gone);
  state.sketches?.splice(0, gone / stride);
}

/** The end of the window that closes next, or null where none holds readings. */
export function nextPanedEnd({ hopMs, sizeMs }: WindowPlan, { cells, closedMs }: WindowState): number | null {
  if (cells.length === 0) return null;
  const shiftMs = sizeMs % hopMs;
  const firstMs = Math.floor((cells[0]! - shiftMs) / hopMs) * hopMs + shiftMs + hopMs;
  return Math.max(closedMs + hopMs, firstMs);
}
