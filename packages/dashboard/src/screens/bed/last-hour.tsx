import type { History, MetricName } from '@vigil/contracts';
import { clockText, metricUnitText, valueText } from '../../model/format.js';
import { chartRows, gapText } from '../../model/history-rows.js';
import { metricShort } from '../../model/condition-words.js';
import { Table } from '../../parts/parts.js';
import { leftToRight, t } from '../../words/words.js';

export const HOUR_METRICS: readonly MetricName[] = ['heartRate', 'spo2', 'respirationRate', 'temperature'];

/** The values of an hour in words and digits, with what is missing of it and why. */
export function LastHour({ histories }: { histories: readonly History[] }) {
  /* Every metric of the bed tells the same gaps. */
  const rows = chartRows(histories, histories[0]?.gaps ?? []);
  if (rows.length === 0) return <p className="state-note">{t('bed:noValues')}</p>;
  const head = HOUR_METRICS.map((metric) => `${metricShort(metric)} ${metricUnitText(metric)}`.trim());
  return (
    <Table label={t('bed:valuesOfHour')} head={[t('bed:from'), ...head]}>
      {rows.map((row) =>
        row.kind === 'values' ? (
          <Values key={row.atMs} atMs={row.atMs} histories={histories} />
        ) : (
          <tr key={`gap ${row.atMs} ${row.gap.toMs} ${row.gap.deviceId}`} className="gap-row">
            <th scope="row">{minuteText(row.atMs)}</th>
            <td colSpan={HOUR_METRICS.length}>{gapText(row.gap)}</td>
          </tr>
        ),
      )}
    </Table>
  );
}

const minuteText = (ms: number): string => clockText(ms).replace(/^(\d+:\d\d):\d\d/, '$1');

function Values({ atMs, histories }: { atMs: number; histories: readonly History[] }) {
  return (
    <tr>
      <th scope="row">{minuteText(atMs)}</th>
      {HOUR_METRICS.map((metric) => {
        const point = histories.find((each) => each.metric === metric)?.items.find((p) => p.atMs === atMs);
        return <td key={metric}>{point ? rangeText(metric, point) : '–'}</td>;
      })}
    </tr>
  );
}

function rangeText(metric: MetricName, { value, min, max }: History['items'][number]): string {
  if (value === null) return '–';
  const [mean, low, high] = [value, min, max].map((each) => valueText(metric, each));
  return min === null || max === null || low === high ? `${mean}` : leftToRight(`${mean} (${low}–${high})`);
}
