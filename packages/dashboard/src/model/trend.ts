import { type HistoryGap, type HistoryPoint, type MetricName, metricRow } from '@vigil/contracts';

/** Half-open, event time. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was measured of one metric, and how finely it was asked for (`everyMs` 0: single samples). */
export interface Trend {
  readonly metric: MetricName;
  readonly points: readonly HistoryPoint[];
  readonly everyMs: number;
}

export type HoleWhy = HistoryGap['reason'] | 'standby' | 'notShown' | 'notAdmitted' | 'noData';

/** A time in which nothing is drawn, and why. */
export interface Hole extends TimeSpan {
  readonly why: HoleWhy;
}

/** What is known about a time in which nothing came. */
export interface KnownGaps {
  /** Messages that are missing; both ends inclusive. */
  readonly lost: readonly Pick<HistoryGap, 'fromMs' | 'toMs' | 'reason'>[];
  readonly standby?: readonly TimeSpan[];
  /** The times that the caller may look at; the rest is of somebody else. Left out: all. */
  readonly shown?: readonly TimeSpan[] | undefined;
  /** Whoever lies there came then. */
  readonly admittedMs?: number | null;
}

/** Measured now and then: a line between two of them would say what nobody measured. */
const EPISODIC_FROM_MS = 5 * 60_000;
/** Two samples further apart than so many of their usual distances are not joined. */
const JOIN_FACTOR = 2.5;
/** A device that is slower than its kind is joined up to this distance. */
const JOIN_MS_MAX = 5 * 60_000;
/** So many distances say how often a device sends. */
const DISTANCES_MIN = 8;

export const isEpisodic = (metric: MetricName): boolean => metricRow(metric).nominalIntervalMs >= EPISODIC_FROM_MS;

/** Samples further apart than this have a hole between them. */
export function joinMs({ metric, points, everyMs }: Trend): number {
  const nominal = JOIN_FACTOR * metricRow(metric).nominalIntervalMs;
  const usual = Math.min(JOIN_FACTOR * medianDistanceMs(points), JOIN_MS_MAX);
  return Math.max(1.5 * everyMs, nominal, usual);
}

function medianDistanceMs(points: readonly HistoryPoint[]): number {
  if (points.length <= DISTANCES_MIN) return 0;
  const distances = points.slice(1).map((point, i) => point.atMs - points[i]!.atMs);
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)]!;
}

/** Points that count, in pieces that may be drawn as one line: nothing is joined over missing messages or a silence. */
export function pieces(trend: Trend, lost: KnownGaps['lost']): readonly (readonly HistoryPoint[])[] {
  const measured = trend.points.filter((point) => point.value !== null);
  if (isEpisodic(trend.metric)) return measured.map((point) => [point]);
  const far = joinMs(trend);
  const found: HistoryPoint[][] = [];
  for (const point of measured) {
    const before = found.at(-1)?.at(-1);
    const isJoined =
      before !== undefined &&
      point.atMs - before.atMs <= far &&
      !lost.some((gap) => gap.toMs >= before.atMs && gap.fromMs < point.atMs);
    if (isJoined) found.at(-1)!.push(point);
    else found.push([point]);
  }
  return found;
}

/**
 * The times without values of all trends of one pane, oldest first, each with its reason: lost messages as they are known, and
 * every other silence that is longer than the metric is usually silent.
 *
 * @param span up to `nowMs` where it reaches further: what is to come is no hole
 */
export function holes(trends: readonly Trend[], span: TimeSpan, known: KnownGaps, nowMs: number = span.toMs): readonly Hole[] {
  const endMs = Math.min(span.toMs, nowMs);
  const silent = intersection(trends.map((trend) => silences(trend, { fromMs: span.fromMs, toMs: endMs })));
  const found = silent.flatMap((each) => reasoned(each, known));
  const lost = known.lost
    .map(({ fromMs, toMs, reason }): Hole => ({
      fromMs: Math.max(fromMs, span.fromMs),
      toMs: Math.min(toMs + 1, endMs),
      why: reason,
    }))
    .filter(
      (each) =>
        each.fromMs < each.toMs &&
        !found.some((hole) => hole.fromMs <= each.fromMs && hole.toMs >= each.toMs && hole.why === each.why),
    );
  return [...found, ...lost].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

/** What one point stands for begins at it and lasts its bucket, or as long as the next is not late. */
function silences(trend: Trend, span: TimeSpan): TimeSpan[] {
  const far = joinMs(trend);
  const found: TimeSpan[] = [];
  let untilMs = span.fromMs;
  const silent = (toMs: number, slackMs: number): void => {
    if (toMs - untilMs > slackMs) found.push({ fromMs: untilMs, toMs });
  };
  for (const { atMs, value } of trend.points) {
    if (value === null) continue;
    silent(atMs, untilMs === span.fromMs ? far : far - trend.everyMs);
    untilMs = Math.max(untilMs, atMs + trend.everyMs);
  }
  silent(span.toMs, far);
  return found;
}

/** Where all are silent. */
function intersection(lists: readonly (readonly TimeSpan[])[]): readonly TimeSpan[] {
  const [first = [], ...rest] = lists;
  return rest.reduce((both, list) => both.flatMap((a) => list.flatMap((b) => common(a, b))), first);
}

/** A silence, cut where its reason changes. */
function reasoned(silence: TimeSpan, { lost, standby = [], shown, admittedMs = null }: KnownGaps): Hole[] {
  const cuts: Hole[] = [];
  const notShown = shown === undefined ? [] : without([silence], shown);
  for (const each of notShown) cuts.push({ ...each, why: 'notShown' });
  let rest = without([silence], notShown);
  const away = standby.flatMap((each) => rest.flatMap((part) => common(each, part)));
  for (const each of away) cuts.push({ ...each, why: 'standby' });
  rest = without(rest, away);
  if (admittedMs !== null) {
    const before = rest.flatMap((part) => common(part, { fromMs: -Infinity, toMs: admittedMs }));
    for (const each of before) cuts.push({ ...each, why: 'notAdmitted' });
    rest = without(rest, before);
  }
  for (const each of rest) cuts.push({ ...each, why: lostWhy(each, lost) });
  return cuts;
}

/** Lost messages explain a silence of which they are the greater part. */
function lostWhy({ fromMs, toMs }: TimeSpan, lost: KnownGaps['lost']): HoleWhy {
  const covers = (gap: (typeof lost)[number]): number => Math.min(gap.toMs + 1, toMs) - Math.max(gap.fromMs, fromMs);
  return lost.find((gap) => covers(gap) >= (toMs - fromMs) / 2)?.reason ?? 'noData';
}

function common(a: TimeSpan, b: TimeSpan): TimeSpan[] {
  const both = { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
  return both.fromMs < both.toMs ? [both] : [];
}

/** What is left of times when others are taken away. */
function without(spans: readonly TimeSpan[], taken: readonly TimeSpan[]): TimeSpan[] {
  return taken.reduce<TimeSpan[]>(
    (left, { fromMs, toMs }) =>
      left.flatMap((span) => [
        ...common(span, { fromMs: -Infinity, toMs: fromMs }),
        ...common(span, { fromMs: toMs, toMs: Infinity }),
      ]),
    [...spans],
  );
}

/** Least, most and mean of what was measured; null without any. */
export function trendSummary(points: readonly HistoryPoint[]): {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly count: number;
  readonly last: HistoryPoint;
} | null {
  const measured = points.filter((point) => point.value !== null);
  const last = measured.at(-1);
  if (last === undefined) return null;
  const count = measured.reduce((sum, point) => sum + point.count, 0);
  return {
    min: Math.min(...measured.map((point) => point.min ?? point.value!)),
    max: Math.max(...measured.map((point) => point.max ?? point.value!)),
    mean: measured.reduce((sum, point) => sum + point.value! * point.count, 0) / count,
    count,
    last,
  };
}
