import { type HistoryPoint, METRIC_NAMES, type MetricName, metricRow } from '@vigil/contracts';
import { z } from 'zod';
import type { TimeSpan, Trend } from './trend.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Metrics that share a picture have one unit. */
export const PANES = {
  rate: ['heartRate', 'pulseRate'],
  spo2: ['spo2'],
  breathing: ['respirationRate'],
  pressure: ['arterialSystolic', 'arterialMean', 'arterialDiastolic', 'nibpSystolic', 'nibpMean', 'nibpDiastolic'],
  temperature: ['temperature'],
  co2: ['etco2'],
  flow: ['oxygenFlow'],
  fio2: ['inspiredOxygen'],
} as const satisfies Record<string, readonly MetricName[]>;
export type PaneId = keyof typeof PANES;
export const PANE_IDS = Object.keys(PANES) as [PaneId, ...PaneId[]];
const PANES_AT_FIRST: readonly PaneId[] = ['rate', 'spo2', 'breathing', 'pressure', 'temperature'];

export const SPANS_H = [1, 4, 12, 24, 72, 240] as const;
export const SPAN_MS_MAX = 240 * HOUR_MS;
export const SPAN_MS_MIN = MINUTE_MS;
const SPAN_MS = 4 * HOUR_MS;
export const TABS = ['graphical', 'table', 'events'] as const;
export type ReviewTab = (typeof TABS)[number];
export const ROW_MINUTES = [1, 5, 15] as const;

/** What the address says of the screen; what it says wrong is as if it were not said. */
export interface ReviewSearch {
  /** Event time of the end; left out: now. */
  readonly to?: number | undefined;
  readonly span?: number | undefined;
  readonly panes?: string | undefined;
  readonly tab?: ReviewTab | undefined;
  readonly rows?: (typeof ROW_MINUTES)[number] | undefined;
  /** Where the cursor stands. */
  readonly cursor?: number | undefined;
}

const timeMs = z.coerce.number().int().min(0).max(8_640_000_000_000).optional().catch(undefined);
const Search = z.object({
  to: timeMs,
  span: z.coerce.number().int().min(SPAN_MS_MIN).max(SPAN_MS_MAX).optional().catch(undefined),
  panes: z.string().max(80).optional().catch(undefined),
  tab: z.enum(TABS).optional().catch(undefined),
  rows: z
    .union([z.literal(1), z.literal(5), z.literal(15)])
    .optional()
    .catch(undefined),
  cursor: timeMs,
});

/** Total: any address shows something. */
export function reviewSearch(search: Record<string, unknown>): ReviewSearch {
  return Object.fromEntries(Object.entries(Search.parse(search)).filter(([, value]) => value !== undefined));
}

export function panesOf({ panes }: ReviewSearch): readonly PaneId[] {
  const wanted = new Set((panes ?? '').split(','));
  const known = PANE_IDS.filter((id) => wanted.has(id));
  return known.length > 0 ? known : PANES_AT_FIRST;
}

export const metricsOf = (panes: readonly PaneId[]): readonly MetricName[] => panes.flatMap((id) => [...PANES[id]]);

/** Widths of points, and up to which span each is used: some hundreds of points, which a screen can show. */
const STEPS: readonly (readonly [spanMs: number, everyMs: number])[] = [
  [10 * MINUTE_MS, 0],
  [HOUR_MS, 10_000],
  [4 * HOUR_MS, 30_000],
  [12 * HOUR_MS, MINUTE_MS],
  [24 * HOUR_MS, 2 * MINUTE_MS],
  [72 * HOUR_MS, 5 * MINUTE_MS],
  [SPAN_MS_MAX, 15 * MINUTE_MS],
];

export const everyFor = (spanMs: number): number => STEPS.find(([most]) => spanMs <= most)?.[1] ?? 15 * MINUTE_MS;

/** The time on the screen: on whole points, so that two visits show the same ones. */
export function spanOf({ to, span = SPAN_MS, tab, rows = 1 }: ReviewSearch, nowMs: number): TimeSpan {
  const step = Math.max(1_000, tab === 'table' ? rows * MINUTE_MS : everyFor(span));
  const toMs = Math.ceil(Math.max(to ?? nowMs, step) / step) * step;
  return { fromMs: Math.max(0, toMs - span), toMs };
}

/** Half a screen on or back; `null` where the future begins, which is now. */
export function stepped({ fromMs, toMs }: TimeSpan, direction: -1 | 1, nowMs: number): number | undefined {
  const next = toMs + (direction * (toMs - fromMs)) / 2;
  return next >= nowMs ? undefined : Math.round(Math.max(toMs - fromMs, next));
}

/** Twice as near or as far, around the cursor where it is on the screen, else around the middle. */
export function zoomed(span: TimeSpan, factor: number, nowMs: number, cursorMs?: number): TimeSpan {
  const length = Math.round(Math.min(SPAN_MS_MAX, Math.max(SPAN_MS_MIN, (span.toMs - span.fromMs) * factor)));
  const isInside = cursorMs !== undefined && cursorMs > span.fromMs && cursorMs < span.toMs;
  const middle = isInside ? cursorMs : (span.fromMs + span.toMs) / 2;
  const toMs = Math.round(Math.min(Math.max(middle + length / 2, length), Math.max(nowMs, length)));
  return { fromMs: toMs - length, toMs };
}

/** One line of the table. */
export interface ReviewRow {
  readonly atMs: number;
  /** In the order of the metrics; null: nothing was measured. */
  readonly cells: readonly (ReviewCell | null)[];
}
export interface ReviewCell {
  readonly point: HistoryPoint;
  /** Fewer than half of the samples that were to be expected: it says what was, roughly. */
  readonly isApproximate: boolean;
}

/** Buckets of all metrics by time, oldest first. */
export function reviewRows(trends: readonly Trend[]): readonly ReviewRow[] {
  const byTime = new Map<number, (ReviewCell | null)[]>();
  for (const [i, trend] of trends.entries()) {
    for (const point of trend.points) {
      if (point.value === null) continue;
      const cells = byTime.get(point.atMs) ?? new Array<ReviewCell | null>(trends.length).fill(null);
      cells[i] = { point, isApproximate: isApproximate(trend, point) };
      byTime.set(point.atMs, cells);
    }
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([atMs, cells]) => ({ atMs, cells }));
}

function isApproximate({ metric, everyMs }: Trend, { count }: HistoryPoint): boolean {
  const expected = Math.floor(everyMs / metricRow(metric).nominalIntervalMs);
  return expected > 1 && count < expected / 2;
}

/** Metrics of which something was measured, in the order of the contract. */
export const measuredIn = (trends: readonly Trend[]): readonly MetricName[] =>
  METRIC_NAMES.filter((metric) => trends.some((trend) => trend.metric === metric && trend.points.length > 0));
