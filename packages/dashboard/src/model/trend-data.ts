import type { HistoryPoint } from '@vigil/contracts';
import { isEpisodic, type KnownGaps, pieces, type Trend } from './trend.js';

/** `null` breaks a line, `undefined` belongs to another series. */
export type Column = (number | null | undefined)[];

/** What uPlot draws: times, then mean, least and most of each trend. */
export interface TrendData {
  readonly xs: readonly number[];
  readonly columns: readonly Column[];
  /** Of each trend: indexes of values that have no neighbour to be joined to. */
  readonly alone: readonly (readonly number[])[];
  /** Least and most differ somewhere: the band says more than the line. */
  readonly hasBand: readonly boolean[];
}

/** Puts trends on one axis of time. A break is a moment of its own, just after the last value before it. */
export function trendData(trends: readonly Trend[], lost: KnownGaps['lost']): TrendData {
  const drawn = trends.map((trend) => pieces(trend, lost));
  const times = new Set<number>();
  for (const piece of drawn.flat()) {
    for (const point of piece) times.add(point.atMs);
    times.add(piece.at(-1)!.atMs + 1);
  }
  const xs = [...times].sort((a, b) => a - b);
  const indexOf = new Map(xs.map((x, i) => [x, i]));
  const columns: Column[] = [];
  const alone: number[][] = [];
  const hasBand: boolean[] = [];
  for (const [i, list] of drawn.entries()) {
    const three = [0, 1, 2].map((): Column => new Array<number | null | undefined>(xs.length).fill(undefined));
    for (const piece of list) {
      for (const point of piece) put(three, indexOf.get(point.atMs)!, point);
      const end = indexOf.get(piece.at(-1)!.atMs + 1)!;
      for (const column of three) column[end] ??= null;
    }
    columns.push(...three);
    alone.push(list.filter((piece) => piece.length === 1).map((piece) => indexOf.get(piece[0]!.atMs)!));
    hasBand.push(!isEpisodic(trends[i]!.metric) && list.flat().some((point) => point.min !== point.max));
  }
  return { xs, columns, alone, hasBand };
}

function put([mean, least, most]: readonly Column[], at: number, { value, min, max }: HistoryPoint): void {
  mean![at] = value;
  least![at] = min ?? value;
  most![at] = max ?? value;
}

/** The newest measured point at or before a moment, unless it is too old to stand for it. */
export function pointAt(trend: Trend, atMs: number, reachMs: number): HistoryPoint | null {
  let found: HistoryPoint | null = null;
  for (const point of trend.points) {
    if (point.atMs > atMs) break;
    if (point.value !== null) found = point;
  }
  return found !== null && atMs - found.atMs <= reachMs ? found : null;
}

/** What the axis shows: all that was measured and the limits, with a little room, and never a hair's breadth. */
export function valueRange(
  trends: readonly Trend[],
  limits: readonly (number | null)[],
  leastSpan: number,
): readonly [number, number] {
  const all = trends.flatMap(({ points }) =>
    points.flatMap((p) => (p.value === null ? [] : [p.min ?? p.value, p.max ?? p.value])),
  );
  for (const limit of limits) if (limit !== null) all.push(limit);
  if (all.length === 0) return [0, leastSpan];
  let [low, high] = [Math.min(...all), Math.max(...all)];
  const missing = Math.max(0, leastSpan - (high - low)) / 2;
  low -= missing;
  high += missing;
  const room = (high - low) * 0.08;
  return [low - room, high + room];
}
