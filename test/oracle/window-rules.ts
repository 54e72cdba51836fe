import { metricRow, type WindowRule } from '@vigil/contracts';
import { against, type Holds, levelAnswers, type Remembered } from './answers.js';
import type { Noted } from './bed-history.js';
import { aggregateOf, type Said } from './measures.js';

/** One window as it stands. */
interface Frame {
  /** From here on nothing can join it. */
  readonly endMs: number;
  readonly inside: readonly Noted[];
  /** Readings that were to be expected. */
  readonly expected: number;
}

/** A sliding window moves by whole seconds: a 60th of its size, a 30th where values are kept apart (docs/adr/0039). */
function hopOf({ window, aggregate }: WindowRule): number {
  if (window.type === 'hopping') return window.hopMs;
  if (window.type !== 'sliding') return window.sizeMs;
  const panes = aggregate === 'median' || aggregate === 'quantile' ? 30 : 60;
  return Math.max(1, Math.ceil(window.sizeMs / panes / 1_000)) * 1_000;
}

const sizeOf = (rule: WindowRule): number =>
  rule.window.type === 'sliding' ? Math.ceil(rule.window.sizeMs / hopOf(rule)) * hopOf(rule) : rule.window.sizeMs;

/** Where the windows that hold `atMs` end. */
function endsOf(rule: WindowRule, atMs: number): number[] {
  const [hopMs, sizeMs] = [hopOf(rule), sizeOf(rule)];
  const ends: number[] = [];
  for (let from = Math.floor(atMs / hopMs) * hopMs; from > atMs - sizeMs; from -= hopMs) ends.push(from + sizeMs);
  return ends;
}

/** The windows that hold any of `notes`, in order of their ends. */
function framesOf(rule: WindowRule, notes: readonly Noted[], intervalMs: number): Frame[] {
  const { window } = rule;
  if (window.type === 'session') return sessionsOf(notes, window, intervalMs);
  const sizeMs = sizeOf(rule);
  const ends = [...new Set(notes.flatMap((n) => endsOf(rule, n.atMs)))].sort((a, b) => a - b);
  return ends.map((endMs) => ({
    endMs,
    inside: notes.filter((n) => n.atMs >= endMs - sizeMs && n.atMs < endMs),
    expected: Math.floor(window.sizeMs / intervalMs),
  }));
}

/** Neighbours less than the gap apart belong together, unless a multiple of the longest size lies between them. */
function sessionsOf(
  notes: readonly Noted[],
  { gapMs, sizeMs }: { readonly gapMs: number; readonly sizeMs: number },
  intervalMs: number,
): Frame[] {
  const groups: Noted[][] = [];
  const cutOf = (n: Noted): number => Math.floor(n.atMs / sizeMs);
  for (const note of [...notes].sort((a, b) => a.atMs - b.atMs)) {
    const before = groups.at(-1)?.at(-1);
    if (before !== undefined && note.atMs - before.atMs < gapMs && cutOf(before) === cutOf(note)) groups.at(-1)!.push(note);
    else groups.push([note]);
  }
  return groups.map((inside) => {
    const [first, last] = [inside[0]!, inside.at(-1)!];
    const endMs = Math.min(last.atMs + gapMs, (cutOf(last) + 1) * sizeMs);
    return { endMs, inside, expected: Math.floor((last.atMs - first.atMs) / intervalMs) + 1 };
  });
}

/** One window as it stands: null where too few of its expected readings are there (D15). A count speaks for itself. */
function frameSays(rule: WindowRule, { inside, expected }: Frame): Said | null {
  const { aggregate, side, hysteresis = 0, limit } = rule;
  const isCovered = aggregate === 'count' || (expected > 0 && inside.length * 100 >= expected * rule.coveragePct);
  const steps = inside.length === 0 || !isCovered ? null : aggregateOf(rule, inside);
  if (steps === null) return null;
  const row = metricRow(rule.metric);
  const step = aggregate === 'count' || row.kind !== 'numeric' ? 1 : row.resolution;
  const unit = aggregate === 'variance' ? step * step : step;
  const inSteps = (value: number): number =>
    Math.abs(value / unit - Math.round(value / unit)) < 1e-6 ? Math.round(value / unit) : value / unit;
  const isBeyond = (edge: number): boolean => (side === 'high' ? steps > edge : steps < edge);
  const back = side === 'high' ? limit - hysteresis : limit + hysteresis;
  const holds: Holds = isBeyond(inSteps(limit)) ? 'yes' : isBeyond(inSteps(back)) ? 'between' : 'no';
  const value = Math.round(steps * unit * 1e6) / 1e6;
  return { holds, value, levels: levelAnswers({ side, hysteresis, levels: rule.levels }, value, holds, limit) };
}

export function unknownTo(rule: WindowRule): Said {
  const holds: Holds = 'unknown';
  return { holds, value: null, levels: (rule.levels ?? []).map((level) => (level.limit === undefined ? null : holds)) };
}

/** A reading is given to the rule. Null where that says nothing. */
export function windowReading(rule: WindowRule, memory: Remembered, note: Noted, watermarkMs: number): Said | null {
  const closed = closeWindows(rule, memory, watermarkMs);
  memory.intervalMs = note.intervalMs;
  const { window } = rule;
  // A session could only end so early; of the others the last one that holds the reading counts.
  const lastMs =
    window.type === 'session' ? framesOf(rule, [note], note.intervalMs)[0]!.endMs : Math.max(...endsOf(rule, note.atMs));
  if (lastMs <= watermarkMs) return closed;
  memory.notes.push(note);
  memory.newestMs = Math.max(memory.newestMs, note.atMs);
  return (window.type === 'sliding' ? slidingSays(rule, memory, watermarkMs) : openSays(rule, memory, note.atMs)) ?? closed;
}

/** The one window up to the newest reading, both ways; once the watermark has passed it, it says nothing. */
function slidingSays(rule: WindowRule, memory: Remembered, watermarkMs: number): Said {
  const newestMs = Math.max(...memory.notes.map((n) => n.atMs));
  const hopMs = hopOf(rule);
  const endMs = Math.floor(newestMs / hopMs) * hopMs + hopMs;
  if (endMs <= Math.floor(watermarkMs / hopMs) * hopMs) return unknownTo(rule);
  const frame = framesOf(rule, memory.notes, memory.intervalMs!).find((each) => each.endMs === endMs)!;
  return frameSays(rule, frame) ?? unknownTo(rule);
}

/** What the windows that the watermark has passed since say; the youngest counts, unless an open one is beyond already. */
export function closeWindows(rule: WindowRule, memory: Remembered, watermarkMs: number): Said | null {
  let said: Said | null = null;
  const { closedMs } = memory;
  memory.closedMs = Math.max(closedMs, watermarkMs);
  if (memory.notes.length === 0) return null;
  if (rule.window.type === 'sliding') {
    if (watermarkMs >= memory.newestMs + sizeOf(rule)) said = unknownTo(rule);
  } else {
    const frames = framesOf(rule, memory.notes, memory.intervalMs!);
    const closing = frames.filter(({ endMs }) => endMs > closedMs && endMs <= watermarkMs);
    for (const frame of closing) said = frameSays(rule, frame) ?? unknownTo(rule);
    // Nothing joins a session that is over, also not what would bridge it with the next one.
    if (rule.window.type === 'session') {
      const over = new Set(closing.flatMap(({ inside }) => inside));
      memory.notes = memory.notes.filter((n) => !over.has(n));
    }
  }
  // What is in no window that may still say something is kept no longer.
  if (rule.window.type !== 'session') memory.notes = memory.notes.filter((n) => Math.max(...endsOf(rule, n.atMs)) > watermarkMs);
  if (said === null || rule.window.type === 'sliding') return said;
  return openSays(rule, memory, memory.newestMs) ?? said;
}

/** The window that is furthest beyond, of those that are open and hold `atMs`. What is still inside may yet change. */
function openSays(rule: WindowRule, memory: Remembered, atMs: number): Said | null {
  if (rule.side === 'low' && (rule.aggregate === 'count' || rule.aggregate === 'sum')) return null;
  const beyond = framesOf(rule, memory.notes, memory.intervalMs!)
    .filter(({ endMs, inside }) => endMs > memory.closedMs && holdsTime(rule, endMs, inside, atMs))
    .map((frame) => frameSays(rule, frame))
    .filter((said) => said?.holds === 'yes');
  return beyond.reverse().reduce<Said | null>((a, b) => {
    if (a === null) return b;
    return against({ side: rule.side, hysteresis: 0, limit: a.value! }, b!.value!) === 'yes' ? b : a;
  }, null);
}

function holdsTime(rule: WindowRule, endMs: number, inside: readonly Noted[], atMs: number): boolean {
  if (rule.window.type === 'session') return atMs >= inside[0]!.atMs && atMs <= inside.at(-1)!.atMs;
  return atMs >= endMs - sizeOf(rule) && atMs < endMs;
}
