import type { Finding, FindingKind } from './findings.js';
import type { DisplacedRun, LogWalk, Range } from './walk.js';

/**
 * Names what the walk came upon. Pure.
 *
 * One change to a log is named exactly. Several at once are all found, but two of them may be told as one.
 *
 * @param start number of the last pruned entry, 0 without a base
 * @param knownSize entries that the newest trusted checkpoint speaks of
 */
export function nameFindings(walk: LogWalk, start: number, knownSize: number): Finding[] {
  const places = merge([...walk.displaced, ...walk.gaps]);
  const structural = isPermutation(walk, places) ? reorderings(walk, places) : shifts(walk, start, knownSize);
  const marred = merge([...places.map((range) => ({ from: range.from, to: range.to + 1 })), ...structural]);
  const edits = editsOf(walk, start, marred);
  const known = merge([...marred, ...edits]);
  const columns = walk.wrongColumns
    .filter(({ seq }) => !covers(known, seq))
    .map(({ seq, names }) => finding('index', { from: seq, to: seq }, names.join(', ')));
  return [...structural, ...edits, ...columns].sort((a, b) => a.from - b.from);
}

function finding(kind: FindingKind, { from, to }: Range, detail = ''): Finding {
  return { kind, from, to, detail };
}

/** Every number that stands in a wrong place is the number of another such place, each once: nothing came or went. */
function isPermutation(walk: LogWalk, places: readonly Range[]): boolean {
  if (walk.displaced.length === 0 || walk.displaced.some((run) => run.shift === null)) return false;
  const numbers = walk.displaced.map((run) => ({ from: run.from + run.shift!, to: run.to + run.shift! }));
  const together = merge(numbers);
  return count(together) === count(numbers) && together.every((range) => places.some((place) => contains(place, range)));
}

function reorderings(walk: LogWalk, places: readonly Range[]): Finding[] {
  const numbers = merge(walk.displaced.map((run) => ({ from: run.from + run.shift!, to: run.to + run.shift! })));
  const moved = merge(walk.displaced).map((range) => finding('reordered', range, numbersOf(walk.displaced, range)));
  // Gaps that no moved entry came from are entries that are gone; above the highest number there never were any.
  const last = Math.max(walk.highestNumber, ...numbers.map((range) => range.to));
  const gone = walk.gaps.filter(
    (gap) => gap.from <= last && !numbers.some((range) => range.from <= gap.to && gap.from <= range.to),
  );
  return [...moved, ...gone.map((gap) => finding('deleted', gap))].filter(({ from }) => places.length > 0 && from > 0);
}

function numbersOf(runs: readonly DisplacedRun[], within: Range): string {
  const told = runs.filter((run) => contains(within, run)).slice(0, 3);
  const each = told.map((run) => (run.from === run.to ? `entry ${run.from + run.shift!} stands at ${run.from}` : ''));
  return each.filter((text) => text !== '').join(', ');
}

/** Follows by how much the numbers are off: where they jump ahead entries are gone, where they fall back some came in. */
function shifts(walk: LogWalk, start: number, knownSize: number): Finding[] {
  const findings: Finding[] = [];
  let [shift, next] = [0, start + 1];
  const step = (to: number, at: number): void => {
    if (to > shift) findings.push(finding('deleted', { from: at + shift, to: at + to - 1 }));
    if (to < shift) findings.push(finding('inserted', { from: at - (shift - to), to: at - 1 }));
    shift = to;
  };
  for (const run of walk.displaced) {
    if (next < run.from) step(0, next);
    next = run.to + 1;
    if (run.shift === null || isOverwritten(walk, run, shift, knownSize)) {
      const detail = run.shift === null ? 'its number is not readable' : `it carries the number ${run.from + run.shift}`;
      if (!isRoomMade(walk, run, shift)) findings.push(finding('edited', run, detail));
    } else {
      step(run.shift, run.from);
    }
  }
  if (walk.displaced.length > 0 && next <= walk.lastSeq) step(0, next);
  const renumbered = findings.some(({ kind }) => kind === 'inserted');
  return [...findings, ...walk.gaps.filter(() => !renumbered).map((gap) => finding('deleted', gap))];
}

/** A row alone with a foreign number was written over; at the very end it may also be what is left of a deletion. */
function isOverwritten(walk: LogWalk, run: DisplacedRun, shift: number, knownSize: number): boolean {
  if (run.from !== run.to || run.shift === shift) return false;
  return run.to !== walk.lastSeq || knownSize !== run.to + run.shift!;
}

/** The rows after it were moved up by as many: it is what was put in, and the fall of the numbers tells of it. */
function isRoomMade(walk: LogWalk, run: DisplacedRun, shift: number): boolean {
  const after = walk.displaced.find((other) => other.from === run.to + 1);
  return after !== undefined && after.shift === shift - (run.to - run.from + 1);
}

/** Links that nothing else explains. Whether an entry was changed, or the one before with its chain value, can't be told. */
function editsOf(walk: LogWalk, start: number, marred: readonly Range[]): Finding[] {
  const wrong = new Set(walk.wrongColumns.map(({ seq }) => seq));
  const ranges = walk.brokenLinks
    .filter((seq) => !covers(marred, seq))
    .map((seq) => {
      if (wrong.has(seq)) return { from: seq, to: seq };
      if (wrong.has(seq - 1)) return { from: seq - 1, to: seq - 1 };
      return { from: Math.max(seq - 1, start + 1), to: seq };
    });
  return merge(ranges).map((range) => finding('edited', range));
}

/** Sorted, without overlaps; neighbours become one. */
export function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else merged.push({ from, to });
  }
  return merged;
}

function count(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

function contains(outer: Range, inner: Range): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function covers(ranges: readonly Range[], seq: number): boolean {
  return ranges.some(({ from, to }) => from <= seq && seq <= to);
}
