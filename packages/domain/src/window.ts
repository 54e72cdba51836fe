import { invariant } from './invariant.js';

/** One tumbling window of one metric, half-open [startMs, startMs + size), aligned to the Unix epoch. */
export interface MeanWindow {
  readonly startMs: number;
  count: number;
  /** Sum in whole steps of the metric's resolution, so that the last bit never depends on order (D3). */
  sumSteps: number;
}

/** Lateness is bounded, so few windows are open at a time; beyond this the oldest goes without deciding anything. */
export const OPEN_WINDOWS_MAX = 64;

/** Where the window that holds `atMs` ends, exclusive. */
export function windowEnd(atMs: number, sizeMs: number): number {
  return Math.floor(atMs / sizeMs) * sizeMs + sizeMs;
}

/** Adds one sample in place to the window that holds it. The caller has dropped what is behind the watermark. */
export function addToWindow(open: MeanWindow[], sizeMs: number, atMs: number, valueSteps: number): MeanWindow {
  invariant(Number.isInteger(valueSteps), 'a value in whole steps of its resolution');
  const startMs = Math.floor(atMs / sizeMs) * sizeMs;
  // Most readings are of the newest window, and two are open at most as a rule.
  for (let i = open.length - 1; i >= 0; i--) {
    const known = open[i]!;
    if (known.startMs === startMs) return addedTo(known, valueSteps);
  }
  const window: MeanWindow = { startMs, count: 0, sumSteps: 0 };
  open.push(window);
  if (open.length > 1 && open[open.length - 2]!.startMs > startMs) open.sort((a, b) => a.startMs - b.startMs);
  if (open.length > OPEN_WINDOWS_MAX) open.shift();
  return addedTo(window, valueSteps);
}

function addedTo(window: MeanWindow, valueSteps: number): MeanWindow {
  window.count += 1;
  window.sumSteps += valueSteps;
  return window;
}

/** Takes out the windows whose end the watermark has reached, oldest first. A closed window never changes. */
export function closeWindows(open: MeanWindow[], sizeMs: number, watermarkMs: number): MeanWindow[] {
  const closed: MeanWindow[] = [];
  while (open.length > 0 && open[0]!.startMs + sizeMs <= watermarkMs) closed.push(open.shift()!);
  return closed;
}

/** Samples that a whole window should hold; 0 when the interval is longer than the window, which then never decides. */
export function expectedSamples(sizeMs: number, intervalMs: number): number {
  return Math.floor(sizeMs / intervalMs);
}

/** D15: enough of the whole window's expected samples to decide. */
export function hasCoverage(count: number, expected: number, coveragePct: number): boolean {
  return expected > 0 && count * 100 >= expected * coveragePct;
}
