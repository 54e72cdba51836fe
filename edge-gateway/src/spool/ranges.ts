/** Whole numbers from `from` up to and without `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** How many numbers are in ranges that do not overlap. */
export const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);

/** A set of whole numbers as few ranges, ascending, never touching. */
export class RangeSet {
  private ranges: Range[] = [];

  /** How many ranges it takes, which bounds memory and the cursor file. */
  get length(): number {
    return this.ranges.length;
  }

  /** How many numbers are in it. */
  get count(): number {
    return sizeOf(this.ranges);
  }

  list(): readonly Range[] {
    return this.ranges;
  }

  /** Adds a range and tells how many of its numbers were new. */
  add(added: Range): number {
    if (added.from >= added.to) return 0;
    const first = this.firstEndingAt(added.from);
    let { from, to } = added;
    let last = first;
    let known = 0;
    for (let r = this.ranges[last]; r !== undefined && r.from <= added.to; r = this.ranges[++last]) {
      known += Math.max(0, Math.min(r.to, added.to) - Math.max(r.from, added.from));
      from = Math.min(from, r.from);
      to = Math.max(to, r.to);
    }
    this.ranges.splice(first, last - first, { from, to });
    return added.to - added.from - known;
  }

  /** Takes a range out. */
  remove(removed: Range): void {
    if (removed.from >= removed.to) return;
    const first = this.firstEndingAt(removed.from + 1);
    let last = first;
    const rest: Range[] = [];
    for (let r = this.ranges[last]; r !== undefined && r.from < removed.to; r = this.ranges[++last]) {
      if (r.from < removed.from) rest.push({ from: r.from, to: removed.from });
      if (r.to > removed.to) rest.push({ from: removed.to, to: r.to });
    }
    if (last > first) this.ranges.splice(first, last - first, ...rest);
  }

  covers(range: Range): boolean {
    const r = this.ranges[this.firstEndingAt(range.from + 1)];
    return range.from >= range.to || (r !== undefined && r.from <= range.from && r.to >= range.to);
  }

  /** The first number from `at` on that is not in the set. */
  next(at: number): number {
    const r = this.ranges[this.firstEndingAt(at + 1)];
    return r !== undefined && r.from <= at ? r.to : at;
  }

  /** The first unbroken part of `within` that is not in the set; null when all of it is. */
  firstMissing({ from, to }: Range): Range | null {
    const start = this.next(from);
    if (start >= to) return null;
    return { from: start, to: Math.min(to, this.ranges[this.firstEndingAt(start + 1)]?.from ?? to) };
  }

  /** What of `within` is in the set, ascending. */
  within({ from, to }: Range): Range[] {
    const parts: Range[] = [];
    for (let i = this.firstEndingAt(from + 1); i < this.ranges.length && this.ranges[i]!.from < to; i++) {
      parts.push({ from: Math.max(from, this.ranges[i]!.from), to: Math.min(to, this.ranges[i]!.to) });
    }
    return parts;
  }

  /** What of `within` is not in the set, ascending. */
  missing(within: Range): Range[] {
    const gaps: Range[] = [];
    let at = within.from;
    for (const r of this.ranges) {
      if (r.to <= at) continue;
      if (r.from >= within.to) break;
      if (r.from > at) gaps.push({ from: at, to: r.from });
      at = r.to;
    }
    if (at < within.to) gaps.push({ from: at, to: within.to });
    return gaps;
  }

  /** Place of the first range whose end is `value` or later. */
  private firstEndingAt(value: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle]!.to < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
