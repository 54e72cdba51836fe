import type { CareUnitTrends } from '@vigil/contracts';

/** What a small curve shows: the last hour. Event time. */
export const SPARK_MS = 3_600_000;
/** Width of one mean where the server has not begun a curve. Event time. */
const EVERY_MS = 60_000;
const BINS_MAX = 120;

interface Bin {
  /** Which of the equal spans since the epoch. */
  readonly index: number;
  sum: number;
  count: number;
}

/**
 * The means of an hour of one metric of one stay, in equal spans of event time. A span without a valid value has none: a gap stays
 * a gap. Bounded: what is older than the hour goes.
 */
export class Spark {
  private bins: Bin[] = [];
  private newestMs = -Infinity;

  /** @param everyMs width of a span; at least 30 s, or an hour would not fit */
  constructor(readonly everyMs: number = EVERY_MS) {}

  /** Curve that the server has kept; what came meanwhile is put on top of it. */
  static from(trends: Pick<CareUnitTrends, 'fromMs' | 'everyMs'>, means: readonly (number | null)[]): Spark {
    const spark = new Spark(Math.max(SPARK_MS / BINS_MAX, trends.everyMs));
    for (const [i, mean] of means.entries()) {
      const atMs = trends.fromMs + (i + 0.5) * trends.everyMs;
      if (mean !== null) spark.add(atMs, mean);
    }
    return spark;
  }

  /** @returns whether the picture of it has changed by more than the newest span's mean */
  add(atMs: number, value: number): boolean {
    const index = Math.floor(atMs / this.everyMs);
    const last = this.bins.at(-1);
    if (last && index < last.index) return this.addLate(index, value);
    this.newestMs = Math.max(this.newestMs, atMs);
    if (last?.index === index) {
      last.sum += value;
      last.count += 1;
      return false;
    }
    this.bins.push({ index, sum: value, count: 1 });
    const oldest = index - Math.ceil(SPARK_MS / this.everyMs);
    while (this.bins.length > BINS_MAX || (this.bins[0] && this.bins[0].index <= oldest)) this.bins.shift();
    return true;
  }

  /** A value of a span that has a mean already, or of one that is passed: backlog after an outage. */
  private addLate(index: number, value: number): boolean {
    const known = this.bins.find((bin) => bin.index === index);
    if (known) {
      known.sum += value;
      known.count += 1;
      return true;
    }
    const oldest = (this.bins.at(-1)?.index ?? index) - Math.ceil(SPARK_MS / this.everyMs);
    if (index <= oldest) return false;
    this.bins.push({ index, sum: value, count: 1 });
    this.bins.sort((a, b) => a.index - b.index);
    while (this.bins.length > BINS_MAX) this.bins.shift();
    return true;
  }

  get size(): number {
    return this.bins.length;
  }

  /**
   * An SVG path in a box of 100 by 100: the right edge is now, so that silence is seen as an empty end. Neighbouring spans are joined,
   * others are not; one alone is a point.
   *
   * @param spread least height of the box, in the metric's unit: noise of a beat is no mountain
   */
  path(eventMs: number, spread: number): string {
    const nowIndex = eventMs / this.everyMs;
    const count = SPARK_MS / this.everyMs;
    const shown = this.bins.filter(({ index }) => index >= nowIndex - count && index <= nowIndex);
    if (shown.length === 0) return '';
    const means = shown.map(({ sum, count: n }) => sum / n);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    const span = Math.max(spread, high - low);
    const base = (low + high - span) / 2;
    const parts: string[] = [];
    let before = -Infinity;
    for (const [i, { index }] of shown.entries()) {
      const x = (100 * (index + 1 - (nowIndex - count))) / count;
      const y = 100 - (100 * (means[i]! - base)) / span;
      const joined = index === before + 1;
      parts.push(`${joined ? 'L' : 'M'}${Math.min(100, x).toFixed(1)} ${y.toFixed(1)}${joined ? '' : 'h.01'}`);
      before = index;
    }
    return parts.join('');
  }
}
