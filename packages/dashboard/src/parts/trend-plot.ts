import { metricRow } from '@vigil/contracts';
import uPlot from 'uplot';
import { valueText } from '../model/format.js';
import { dayText, minuteText, secondText } from '../model/time-words.js';
import type { Hole, KnownGaps, TimeSpan, Trend } from '../model/trend.js';
import { trendData, valueRange } from '../model/trend-data.js';
import { colourOf } from './trend-colours.js';
import { drawOver, drawUnder, type LimitSpan, token, type TrendMark, type Underlay } from './trend-draw.js';

export interface Drawn {
  readonly trends: readonly Trend[];
  readonly span: TimeSpan;
  readonly holes: readonly Hole[];
  readonly gaps: KnownGaps;
  readonly marks?: readonly TrendMark[] | undefined;
  readonly limits?: readonly LimitSpan[] | undefined;
  readonly heightPx?: number | undefined;
  readonly syncKey?: string | undefined;
  readonly cursorMs?: number | undefined;
  readonly isMini?: boolean | undefined;
}

const HEIGHT_PX = 150;
const MINI_HEIGHT_PX = 56;
const AXIS_PX = 46;
/** Values of these closer together than so much are not blown up to the height of the pane. */
const LEAST_SPAN: Readonly<Record<string, number>> = { '/min': 20, '%': 10, 'mm[Hg]': 40, Cel: 2, 'L/min': 4 };
/** A shorter drag was a press. */
const ZOOM_PX_MIN = 8;

/** One uPlot in an element, as wide as it, until `end`. */
export class TrendPlot {
  private readonly plot: uPlot;
  private readonly observer: ResizeObserver;

  constructor(
    private readonly holder: HTMLElement,
    private readonly drawn: Drawn,
    private readonly onCursor: (atMs: number | null) => void,
    private readonly onZoom: (span: TimeSpan) => void,
  ) {
    const { trends, gaps } = drawn;
    const data = trendData(trends, gaps.lost);
    this.plot = new uPlot(this.options(data), [data.xs, ...data.columns] as uPlot.AlignedData, holder);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: holder.clientWidth, height: this.height() }));
    this.observer.observe(holder);
  }

  /** The cursor of this chart and of those that share it. */
  private at(ms: number): void {
    const { syncKey } = this.drawn;
    const plots = syncKey === undefined ? [this.plot] : uPlot.sync(syncKey).plots;
    for (const plot of plots)
      plot.setCursor({ left: plot.valToPos(ms, 'x'), top: plot.bbox.height / devicePixelRatio / 2 }, true);
  }

  end(): void {
    this.observer.disconnect();
    this.plot.destroy();
  }

  /** Moves the cursor by so many times that were measured; infinite: to an end. */
  step(by: number): void {
    const xs = this.plot.data[0];
    if (xs.length === 0) return;
    const now = this.plot.cursor.idx ?? (by > 0 ? -1 : xs.length);
    const next = Math.max(0, Math.min(xs.length - 1, now + by));
    this.at(xs[next]!);
  }

  private height(): number {
    return this.drawn.heightPx ?? (this.drawn.isMini ? MINI_HEIGHT_PX : HEIGHT_PX);
  }

  private options(data: ReturnType<typeof trendData>): uPlot.Options {
    const { span, gaps, holes, marks = [], limits = [], isMini = false, syncKey, cursorMs, trends } = this.drawn;
    const before =
      gaps.admittedMs === undefined || gaps.admittedMs === null ? [] : [{ fromMs: span.fromMs, toMs: gaps.admittedMs }];
    const shades = [...before.filter(({ toMs }) => toMs > span.fromMs), ...(gaps.standby ?? [])];
    const underlay: Underlay = { holes, marks, limits, shades };
    const unit = trends[0] ? metricRow(trends[0].metric).unit : '';
    const all = limits.flatMap(({ low, high }) => [low, high]);
    const range = valueRange(trends, all, LEAST_SPAN[unit] ?? 10);
    return {
      width: Math.max(60, this.holder.clientWidth),
      height: this.height(),
      ms: 1,
      padding: [isMini ? 2 : 12, isMini ? 2 : 22, 0, 0],
      legend: { show: false },
      scales: { x: { time: true, range: [span.fromMs, span.toMs] }, y: { range: [...range] } },
      axes: isMini ? [{ show: false }, { show: false }] : this.axes(),
      series: [{}, ...trends.flatMap((trend, i) => this.series(trend, data, i))],
      bands: trends.flatMap((trend, i) =>
        data.hasBand[i] ? [{ series: [3 * i + 3, 3 * i + 2] as [number, number], fill: this.band(trend) }] : [],
      ),
      cursor: {
        show: !isMini,
        y: false,
        drag: { x: true, y: false, setScale: false, dist: ZOOM_PX_MIN },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
        points: { show: false },
      },
      hooks: {
        drawClear: [(u) => drawUnder(u, underlay)],
        draw: [(u) => drawOver(u, underlay)],
        setCursor: [(u) => this.onCursor(cursorAt(u))],
        ready: [(u) => (cursorMs === undefined ? undefined : u.setCursor({ left: u.valToPos(cursorMs, 'x'), top: 9 }, true))],
        setSelect: [(u) => this.selected(u)],
      },
    };
  }

  private selected(u: uPlot): void {
    const { left, width } = u.select;
    if (width < ZOOM_PX_MIN) return;
    this.onZoom({ fromMs: Math.round(u.posToVal(left, 'x')), toMs: Math.round(u.posToVal(left + width, 'x')) });
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  private axes(): uPlot.Axis[] {
    const look = {
      stroke: () => token(this.holder, '--soft'),
      grid: { stroke: () => token(this.holder, '--line'), width: 1 },
      ticks: { stroke: () => token(this.holder, '--line'), width: 1 },
      font: '12px sans-serif',
    };
    const metric = this.drawn.trends[0]?.metric ?? 'heartRate';
    return [
      { ...look, size: 30, space: 76, values: (_u, splits) => axisTimes(splits) },
      { ...look, size: AXIS_PX, space: 28, values: (_u, splits) => splits.map((each) => valueText(metric, each)) },
    ];
  }

  private series({ metric }: Trend, { alone }: ReturnType<typeof trendData>, i: number): uPlot.Series[] {
    const stroke = (): string => token(this.holder, colourOf(metric));
    const dashed = DASHED.has(metric) ? { dash: [5, 4] } : {};
    const dot = { show: true, size: 6, stroke, fill: stroke, filter: () => [...alone[i]!] };
    const edge: uPlot.Series = { stroke, width: 0, points: { show: false } };
    return [{ stroke, width: 1.5, spanGaps: false, points: dot, ...dashed }, edge, edge];
  }

  private band({ metric }: Trend): (u: uPlot) => string {
    return () => `color-mix(in srgb, ${token(this.holder, colourOf(metric))} 28%, transparent)`;
  }
}

function cursorAt(u: uPlot): number | null {
  const { left } = u.cursor;
  const ms = typeof left === 'number' && left >= 0 ? u.posToVal(left, 'x') : Number.NaN;
  return Number.isFinite(ms) ? ms : null;
}

/** The second of its kind in a pane, told apart by more than colour. */
const DASHED: ReadonlySet<string> = new Set(['pulseRate', 'arterialMean', 'nibpMean', 'inspiredOxygen']);

/** The day is said where it begins. */
function axisTimes(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return splits.map((ms, i) => {
    const isNewDay = i > 0 && dayText(ms) !== dayText(splits[i - 1]!);
    if (step >= 86_400_000 || isNewDay) return dayText(ms);
    return step < 60_000 ? secondText(ms) : minuteText(ms);
  });
}
