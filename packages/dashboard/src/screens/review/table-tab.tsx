import type { BedView } from '@vigil/contracts';
import { metricShort } from '../../model/condition-words.js';
import { metricUnitText, valueText } from '../../model/format.js';
import { measuredIn, type ReviewCell, reviewRows, type ReviewSearch, ROW_MINUTES } from '../../model/review.js';
import { dayMinuteText, isOneDay, minuteText, stepText } from '../../model/time-words.js';
import { holes, type Hole, type TimeSpan } from '../../model/trend.js';
import { Table, TroubleNote } from '../../parts/parts.js';
import { leftToRight, t } from '../../words/words.js';
import { BeforeStay, Empty } from './graphical-tab.js';
import type { ReviewData } from './use-review.js';

/** Rows of one page: the newest first, the rest by the steps of time. */
const ROWS_MAX = 240;

export function TableTab(props: {
  readonly data: ReviewData;
  readonly view: BedView;
  readonly span: TimeSpan;
  readonly nowMs: number;
  readonly rows: number;
  readonly go: (change: ReviewSearch) => void;
}) {
  const { data, span, nowMs, rows, go } = props;
  return (
    <section>
      <div className="review-rows no-print" role="group" aria-label={t('review:rowsLabel')}>
        {ROW_MINUTES.map((minutes) => (
          <button
            key={minutes}
            type="button"
            className="button"
            aria-pressed={rows === minutes}
            onClick={() => go({ rows: minutes })}
          >
            {stepText(minutes * 60_000)}
          </button>
        ))}
        <span className="field-hint">{t('review:tableLegend')}</span>
      </div>
      {data.histories.kind === 'failed' ? (
        <TroubleNote trouble={data.histories.trouble} again={data.again} />
      ) : data.histories.kind === 'loading' ? (
        <p className="state-note" role="status">
          {t('common:loading')}
        </p>
      ) : (
        <Rows data={data} span={span} nowMs={nowMs} />
      )}
    </section>
  );
}

function Rows({ data, span, nowMs }: { data: ReviewData; span: TimeSpan; nowMs: number }) {
  const metrics = measuredIn(data.trends);
  const trends = metrics.flatMap((metric) => data.trends.find((trend) => trend.metric === metric) ?? []);
  const admittedMs = data.gaps.admittedMs ?? null;
  const all = reviewRows(trends);
  if (all.length === 0) return <Empty data={data} span={span} nowMs={nowMs} />;
  const shown = all.slice(-ROWS_MAX).toReversed();
  const oldestMs = shown.at(-1)?.atMs ?? span.fromMs;
  const gone = holes(trends, span, data.gaps, nowMs).filter((hole) => hole.toMs > oldestMs);
  const lines = [
    ...shown.map((row) => ({ atMs: row.atMs, row, hole: null as Hole | null })),
    ...gone.map((hole) => ({ atMs: hole.fromMs, row: null, hole })),
  ].sort((a, b) => b.atMs - a.atMs);
  const at = (ms: number): string => (isOneDay(span.fromMs, span.toMs) ? minuteText(ms) : dayMinuteText(ms));
  return (
    <>
      <BeforeStay admittedMs={admittedMs} span={span} />
      {all.length > ROWS_MAX ? <p className="state-note">{t('review:tableCut', { count: ROWS_MAX, all: all.length })}</p> : null}
      <Table
        label={t('review:tab.table')}
        head={[t('review:from'), ...metrics.map((metric) => `${metricShort(metric)} ${metricUnitText(metric)}`)]}
      >
        {lines.map(({ atMs, row, hole }) =>
          row === null ? (
            <tr key={`hole ${atMs} ${hole?.why}`} className="gap-row">
              <th scope="row">{at(atMs)}</th>
              <td colSpan={metrics.length}>
                {t('review:tableHole', { to: at(hole?.toMs ?? atMs), why: t(`review:why.${hole?.why ?? 'noData'}`) })}
              </td>
            </tr>
          ) : (
            <tr key={atMs} data-at={atMs} data-before={admittedMs !== null && atMs < admittedMs}>
              <th scope="row">{at(atMs)}</th>
              {row.cells.map((cell, i) => (
                <td key={metrics[i]}>{cell === null ? '–' : cellText(metrics[i]!, cell)}</td>
              ))}
            </tr>
          ),
        )}
      </Table>
    </>
  );
}

function cellText(metric: Parameters<typeof valueText>[0], { point, isApproximate }: ReviewCell): string {
  const [value, low, high] = [point.value, point.min, point.max].map((each) => valueText(metric, each));
  return leftToRight(`${isApproximate ? '≈ ' : ''}${value}${low === high ? '' : ` (${low}–${high})`}`);
}
