import 'uplot/dist/uPlot.min.css';
import '../styles/trend.css';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from 'react';
import { metricLabel, metricShort } from '../model/condition-words.js';
import { metricUnitText, valueText } from '../model/format.js';
import { atText, secondText, stepText } from '../model/time-words.js';
import { type Hole, holes, isEpisodic, joinMs, type KnownGaps, type TimeSpan, type Trend, trendSummary } from '../model/trend.js';
import { pointAt } from '../model/trend-data.js';
import { leftToRight, t } from '../words/words.js';
import type { LimitSpan, TrendMark } from './trend-draw.js';
import { TrendPlot } from './trend-plot.js';

export type { LimitSpan, TrendMark } from './trend-draw.js';

export interface TrendChartProps {
  /** What the pane is of: `Heart rate`. */
  readonly title: string;
  readonly trends: readonly Trend[];
  readonly span: TimeSpan;
  readonly gaps: KnownGaps;
  /** Event time: what is later has not happened. */
  readonly nowMs?: number | undefined;
  readonly marks?: readonly TrendMark[];
  readonly limits?: readonly LimitSpan[];
  readonly heightPx?: number;
  /** Charts with the same key share their cursor. */
  readonly syncKey?: string | undefined;
  /** Where the cursor stands at first. */
  readonly cursorMs?: number | undefined;
  /** Somebody dragged over a time. Absent: the chart is only looked at. */
  readonly onZoom?: ((span: TimeSpan) => void) | undefined;
  /** Without cursor, readout and keys: a small picture of a course. */
  readonly isMini?: boolean;
}

/**
 * Trends of metrics of one unit over time. A time without values is hatched and never joined; where a point stands for many
 * samples, the band shows the least and the most, and the title says so. The same in words stands beside the picture, and
 * the arrow keys move the cursor and read it out.
 */
export function TrendChart(props: TrendChartProps) {
  const { title, trends, span, gaps, nowMs, isMini = false } = props;
  const readout = useRef<HTMLParagraphElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<TrendPlot | null>(null);
  const id = useId();
  const found = useMemo(() => holes(trends, span, gaps, nowMs), [trends, span, gaps, nowMs]);
  const newest = useRef(props);
  useEffect(() => {
    newest.current = props;
  });
  /** Where the reader's cursor is, and where it was put from outside. */
  const cursor = useRef<{ atMs: number | null; putMs: number | undefined }>({ atMs: null, putMs: props.cursorMs });

  useEffect(() => {
    if (!holder.current) return;
    // Drawn anew under a reader, as when alarms come after the values: the cursor stays where it is.
    const { atMs: wasMs, putMs } = cursor.current;
    const cursorMs = putMs === props.cursorMs ? (wasMs ?? putMs) : props.cursorMs;
    cursor.current.putMs = props.cursorMs;
    const say = (atMs: number | null): void => {
      cursor.current.atMs = atMs;
      const text = atMs === null ? '' : readoutText(newest.current, atMs);
      if (readout.current) readout.current.textContent = text;
    };
    plot.current = new TrendPlot(holder.current, { ...props, cursorMs, holes: found }, say, (zoomed) =>
      newest.current.onZoom?.(zoomed),
    );
    return () => plot.current?.end();
    // Drawn anew when what is drawn changes; who is told of a zoom is looked up then.
  }, [trends, span, found, props.marks, props.limits, props.heightPx, props.syncKey, props.cursorMs, isMini]);

  const onKey = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    plot.current?.step(step);
  };
  const everyMs = Math.max(0, ...trends.filter((trend) => !isEpisodic(trend.metric)).map((trend) => trend.everyMs));
  return (
    <figure
      className="trend"
      data-mini={isMini}
      data-holes={found.length}
      data-points={trends.reduce((n, each) => n + each.points.length, 0)}
    >
      <figcaption>
        <span className="trend-title">{title}</span>
        <Legend trends={trends} />
        {everyMs > 0 ? <span className="trend-every">{t('review:downsampled', { step: stepText(everyMs) })}</span> : null}
        {isMini ? null : <p className="trend-readout" ref={readout} role="status" />}
      </figcaption>
      <div
        className="trend-plot"
        dir="ltr"
        ref={holder}
        aria-describedby={id}
        aria-label={t('review:chartOf', { title })}
        {...(isMini ? { role: 'img' } : { role: 'group', tabIndex: 0, onKeyDown: onKey })}
      />
      <p className="visually-hidden" id={id}>
        {summaryText(trends, found, span)}
      </p>
    </figure>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

function Legend({ trends }: { trends: readonly Trend[] }) {
  const shown = trends.filter((trend) => trend.points.length > 0);
  return (
    <span className="trend-legend">
      {shown.map(({ metric }) => (
        <span key={metric} data-metric={metric} className="trend-key">
          {metricShort(metric)} <small>{metricUnitText(metric)}</small>
        </span>
      ))}
    </span>
  );
}

/** `13:47:10 · HR 82 (78–96) /min`; a time in a hole says why there is nothing. */
function readoutText({ trends, span, gaps, nowMs }: TrendChartProps, atMs: number): string {
  const hole = holes(trends, span, gaps, nowMs).find((each) => each.fromMs <= atMs && each.toMs > atMs);
  const at = atText(atMs, span.toMs - span.fromMs);
  const values = trends.flatMap((trend) => {
    const point = pointAt(trend, atMs, isEpisodic(trend.metric) ? joinMs(trend) : Math.max(1, joinMs(trend)));
    return point === null ? [] : [valueWords(trend, point, span)];
  });
  if (values.length > 0 && hole === undefined) return [at, ...values].join(' · ');
  return `${at} · ${hole === undefined ? t('review:noValueHere') : t(`review:why.${hole.why}`)}`;
}

function valueWords(trend: Trend, point: Trend['points'][number], span: TimeSpan): string {
  const [value, low, high] = [point.value, point.min, point.max].map((each) => valueText(trend.metric, each));
  const range = low === high ? '' : ` (${low}–${high})`;
  const when = isEpisodic(trend.metric) ? ` ${t('review:measuredAt', { at: atText(point.atMs, span.toMs - span.fromMs) })}` : '';
  return `${metricShort(trend.metric)} ${leftToRight(`${value}${range}`)} ${metricUnitText(trend.metric)}${when}`;
}

/** The chart in words: what was measured, and when nothing was. */
export function summaryText(trends: readonly Trend[], found: readonly Hole[], { fromMs, toMs }: TimeSpan): string {
  const spanMs = toMs - fromMs;
  const said = trends.flatMap((trend) => {
    const summary = trendSummary(trend.points);
    if (summary === null) return [];
    const say = (value: number): string => valueText(trend.metric, value);
    const { min, max, mean, last } = summary;
    const what = { label: metricLabel(trend.metric), unit: metricUnitText(trend.metric) };
    const words = { ...what, min: say(min), max: say(max), mean: say(mean), last: say(last.value ?? mean) };
    return [t('review:summary', { ...words, at: atText(last.atMs, spanMs) })];
  });
  const empty = said.length === 0 ? [t('review:summaryNone', { from: atText(fromMs, spanMs), to: atText(toMs, spanMs) })] : [];
  const gone = found.slice(0, HOLES_SAID).map((hole) =>
    t('review:summaryHole', {
      from: spanMs > 43_200_000 ? atText(hole.fromMs, spanMs) : secondText(hole.fromMs),
      to: spanMs > 43_200_000 ? atText(hole.toMs, spanMs) : secondText(hole.toMs),
      why: t(`review:why.${hole.why}`),
    }),
  );
  const more = found.length > HOLES_SAID ? [t('review:summaryMoreHoles', { count: found.length - HOLES_SAID })] : [];
  return [...said, ...empty, ...gone, ...more].join(' ');
}

const HOLES_SAID = 8;
