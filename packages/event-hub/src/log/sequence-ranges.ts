import type { SequenceRange } from './index-file.js';

/** What of a range is in none of the others. */
export function without(range: SequenceRange, others: readonly SequenceRange[]): SequenceRange[] {
  let left = range.from < range.to ? [range] : [];
  for (const other of others) {
    if (other.partition !== range.partition) continue;
    left = left.flatMap((part) =>
      [
        { ...part, to: Math.min(part.to, other.from) },
        { ...part, from: Math.max(part.from, other.to) },
      ].filter(({ from, to }) => from < to),
    );
  }
  return left;
}

/** Per partition from `first` to `next`, as ranges that are not empty. */
export function between(first: ArrayLike<number>, next: ArrayLike<number>): SequenceRange[] {
  return Array.from(first, (from, partition) => ({ partition, from, to: next[partition]! })).filter(({ from, to }) => from < to);
}

export const inOrder = (ranges: readonly SequenceRange[]): SequenceRange[] =>
  [...ranges].sort((a, b) => a.from - b.from || a.partition - b.partition);

export const countOf = (ranges: readonly SequenceRange[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);

/** "partition 2: 300 to 349"; a few of them in full. */
export function textOf(ranges: readonly SequenceRange[]): string {
  const SHOWN = 8;
  const shown = ranges.slice(0, SHOWN).map(({ partition, from, to }) => `partition ${partition}: ${from} to ${to - 1}`);
  return ranges.length > SHOWN ? `${shown.join(', ')} and ${ranges.length - SHOWN} more ranges` : shown.join(', ');
}
