import type { BedView, MetricName } from '@vigil/contracts';
import { useMemo } from 'react';
import { marksOf } from '../../model/review-events.js';
import { PANES, type PaneId, type ReviewSearch } from '../../model/review.js';
import { atText } from '../../model/time-words.js';
import { holes, type TimeSpan, type Trend } from '../../model/trend.js';
import { TroubleNote } from '../../parts/parts.js';
import { type LimitSpan, TrendChart, type TrendMark } from '../../parts/trend-chart.js';
import { useLoad } from '../../parts/use-load.js';
import { stayLimits } from '../../live/history-api.js';
import { t } from '../../words/words.js';
import type { ReviewData } from './use-review.js';

interface GraphicalProps {
  readonly data: ReviewData;
  readonly span: TimeSpan;
  readonly nowMs: number;
  readonly panes: readonly PaneId[];
  readonly view: BedView;
  readonly search: ReviewSearch;
  readonly go: (change: ReviewSearch) => void;
}

/** One picture a group of metrics, one time axis, one cursor. */
export function GraphicalTab({ data, span, nowMs, panes, view, search, go }: GraphicalProps) {
  const encounterId = view.encounter?.encounterId ?? null;
  const limits = useLoad(encounterId === null ? null : ['limits', encounterId], () => stayLimits(encounterId ?? ''));
  const own = useMemo(() => (limits.load.kind === 'ready' ? limits.load.value : []), [limits.load]);
  const { alarms } = data;
  const marks = useMemo(
    () => (alarms.kind === 'ready' ? marksOf(alarms.value.alarms, span) : []),
    [alarms, span.fromMs, span.toMs],
  );
  if (data.histories.kind === 'failed') return <TroubleNote trouble={data.histories.trouble} again={data.again} />;
  if (data.histories.kind === 'loading') return <Progress data={data} />;
  const zoom = ({ fromMs, toMs }: TimeSpan): void => {
    if (toMs - fromMs >= 60_000) go({ span: toMs - fromMs, to: toMs });
  };
  const isEmpty = data.trends.every((trend) => trend.points.length === 0);
  return (
    <div className="review-panes">
      {isEmpty ? <Empty data={data} span={span} nowMs={nowMs} /> : null}
      {alarms.kind === 'failed' ? <p className="state-note">{t('review:noMarks')}</p> : null}
      <MarkKeys marks={marks} />
      <BeforeStay admittedMs={data.gaps.admittedMs ?? null} span={span} />
      {panes.map((id) => (
        <Pane
          key={id}
          id={id}
          data={data}
          span={span}
          nowMs={nowMs}
          marks={marks}
          own={own}
          cursorMs={search.cursor}
          onZoom={zoom}
        />
      ))}
    </div>
  );
}

function Pane(props: {
  readonly id: PaneId;
  readonly data: ReviewData;
  readonly span: TimeSpan;
  readonly nowMs: number;
  readonly marks: readonly TrendMark[];
  readonly own: readonly (LimitSpan & { readonly metric: MetricName })[];
  readonly cursorMs: number | undefined;
  readonly onZoom: (span: TimeSpan) => void;
}) {
  const { id, data, span, nowMs, marks, own, cursorMs, onZoom } = props;
  const trends = useMemo((): readonly Trend[] => {
    const metrics: readonly MetricName[] = PANES[id];
    const all = data.trends.filter((trend) => metrics.includes(trend.metric));
    const measured = all.filter((trend) => trend.points.length > 0);
    return measured.length > 0 ? measured : all.slice(0, 1);
  }, [data.trends, id]);
  const title = t(`review:pane.${id}`);
  const limits = useMemo(() => own.filter((each) => trends.some((trend) => trend.metric === each.metric)), [own, trends]);
  return (
    <div className="review-pane" data-pane={id}>
      <TrendChart
        title={title}
        trends={trends}
        span={span}
        gaps={data.gaps}
        nowMs={nowMs}
        marks={marks}
        limits={limits}
        syncKey="review"
        cursorMs={cursorMs}
        onZoom={onZoom}
      />
    </div>
  );
}

function Progress({ data: { progress } }: { data: ReviewData }) {
  return (
    <p className="state-note" role="status">
      {progress.all === 0 ? t('common:loading') : t('review:progress', progress)}
    </p>
  );
}

/** Why there is nothing, and what to do next. */
export function Empty({ data, span, nowMs }: { data: ReviewData; span: TimeSpan; nowMs: number }) {
  const why = [...new Set(holes(data.trends, span, data.gaps, nowMs).map((hole) => hole.why))];
  const words = { from: atText(span.fromMs, span.toMs - span.fromMs), to: atText(span.toMs, span.toMs - span.fromMs) };
  return (
    <div className="state-note" data-empty="true">
      <p>{t('review:summaryNone', words)}</p>
      {why.map((each) => (
        <p key={each}>{t(`review:empty.${each}`)}</p>
      ))}
    </div>
  );
}

/** Part of what is shown was before the stay: it is marked, and this says so. */
export function BeforeStay({ admittedMs, span }: { admittedMs: number | null; span: TimeSpan }) {
  if (admittedMs === null || admittedMs <= span.fromMs) return null;
  return (
    <p className="review-marks" data-before>
      {t('review:beforeStay', { at: atText(admittedMs, 86_400_000) })}
    </p>
  );
}

/** What the marks mean; alarms that are on the picture are told by name in the list of events. */
function MarkKeys({ marks }: { marks: readonly TrendMark[] }) {
  if (marks.length === 0) return null;
  const count = (priority: string): number => marks.filter((mark) => mark.priority === priority).length;
  return <p className="review-marks">{t('review:marks', { high: count('high'), medium: count('medium'), low: count('low') })}</p>;
}
