import { type ChartRow, NEWS2_CHART, type News2Section, type ScoreView } from '@vigil/contracts';
import { oxygenOf, rowOf, totalBefore } from '../../model/news2.js';
import { dayText, minuteText } from '../../model/time-words.js';
import { useStaffName } from '../../parts/use-staff-name.js';
import { t } from '../../words/words.js';
import { partValueText } from './part-words.js';

/** Longest that a set can be corrected: the server takes nothing older. */
const AMEND_MS_MAX = 12 * 3_600_000;

interface NewsChartProps {
  /** Oldest first. */
  readonly sets: readonly ScoreView[];
  readonly scale: 1 | 2;
  readonly nowMs: number;
  readonly onAmend: (atMs: number) => void;
}

const SECTIONS: readonly (readonly [News2Section, part: string])[] = [
  ['respirationRate', 'respirationRate'],
  ['spo2Scale1', 'spo2'],
  ['spo2Scale2', 'spo2'],
  ['supplementalOxygen', 'supplementalOxygen'],
  ['systolic', 'systolic'],
  ['pulse', 'pulse'],
  ['consciousness', 'consciousness'],
  ['temperature', 'temperature'],
];

/** The observation chart of the RCP: always light, its rows and colours as they are on paper, a column for each charted set. */
export function NewsChart({ sets, scale, nowMs, onAmend }: NewsChartProps) {
  return (
    <section className="news-chart" aria-label={t('observations:chart')}>
      <div className="news-scroll" role="region" aria-label={t('observations:chartTable')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('observations:parameter')}</th>
              <th scope="col">{t('observations:range')}</th>
              {sets.map((set) => (
                <th key={keyOf(set)} scope="col" className="news-when" data-replaced={set.replaced}>
                  {dayText(set.atMs)}
                  <br />
                  {minuteText(set.atMs)}
                  {set.replaced ? <small className="news-replaced">{t('observations:replaced')}</small> : null}
                </th>
              ))}
              {sets.length === 0 ? <th scope="col">{t('observations:noSets')}</th> : null}
            </tr>
          </thead>
          {SECTIONS.map(([section, part]) => (
            <Section key={section} section={section} part={part} sets={sets} scale={scale} />
          ))}
          <tfoot>
            <Totals sets={sets} nowMs={nowMs} onAmend={onAmend} />
          </tfoot>
        </table>
      </div>
      <p className="news-credit">
        <bdi>{t('observations:credit')}</bdi>
      </p>
    </section>
  );
}

function Section({
  section,
  part,
  sets,
  scale,
}: {
  section: News2Section;
  part: string;
  sets: readonly ScoreView[];
  scale: 1 | 2;
}) {
  const rows: readonly ChartRow[] = NEWS2_CHART[section];
  const isOff = (section === 'spo2Scale1' && scale === 2) || (section === 'spo2Scale2' && scale === 1);
  return (
    <tbody data-off={isOff}>
      {rows.map((row, i) => (
        <tr key={row.text} data-points={row.points}>
          {i === 0 ? (
            <th scope="rowgroup" rowSpan={rows.length}>
              {t(`observations:section.${section}`)}
              {isOff ? <small> {t('observations:notInUse')}</small> : null}
            </th>
          ) : null}
          <td className="news-range">
            <span dir="ltr">{rangeText(row.text)}</span>
            <span className="news-points">{row.points === 0 ? '' : row.points}</span>
          </td>
          {sets.map((set) => (
            <Mark key={keyOf(set)} set={set} section={section} part={part} row={i} />
          ))}
          {sets.length === 0 ? <td /> : null}
        </tr>
      ))}
    </tbody>
  );
}

/** A value stands in its row; all other cells of its column stay empty. */
function Mark({ set, section, part, row }: { set: ScoreView; section: News2Section; part: string; row: number }) {
  const found = set.parts.find((each) => each.part === part);
  if (found === undefined || found.value === null) return <td />;
  const at = rowOf(part, found.value, set.spo2Scale ?? 1, oxygenOf(set));
  if (at === null || at.section !== section || at.row !== row) return <td />;
  const text = partValueText(part, found.value).split(' ')[0];
  return set.replaced ? (
    <td className="news-struck">
      <s>{text}</s>
    </td>
  ) : (
    <td className="news-mark">{text}</td>
  );
}

/** A moment may have a set that counts and others that it took the place of. */
const keyOf = ({ atMs, replaced, by, total, parts }: ScoreView): string =>
  replaced ? `${atMs} ${by} ${total} ${parts.map(({ value }) => value).join()}` : String(atMs);

function Totals({ sets, nowMs, onAmend }: Pick<NewsChartProps, 'sets' | 'nowMs' | 'onAmend'>) {
  const nameOf = useStaffName();
  return (
    <>
      <tr>
        <th scope="row" colSpan={2}>
          {t('observations:totals')}
        </th>
        {sets.map((set, i) => (
          <td key={keyOf(set)} className={set.replaced ? 'news-struck' : 'news-sum'}>
            {set.replaced ? (
              <s>{set.total ?? '–'}</s>
            ) : (
              <>
                <b>{set.total ?? '–'}</b>
                <Trend now={set.total} before={totalBefore(sets, i)} />
              </>
            )}
          </td>
        ))}
        {sets.length === 0 ? <td>–</td> : null}
      </tr>
      <tr>
        <th scope="row" colSpan={2}>
          {t('observations:chartedBy')}
        </th>
        {sets.map((set) => (
          <td key={keyOf(set)}>
            <bdi className="news-by">{nameOf(set.by)}</bdi>
            {set.replaced !== true && nowMs - set.atMs < AMEND_MS_MAX ? (
              <button
                type="button"
                className="news-amend no-print"
                onClick={() => onAmend(set.atMs)}
                aria-label={t('observations:amendOf', { at: minuteText(set.atMs) })}
              >
                {t('observations:amend')}
              </button>
            ) : null}
          </td>
        ))}
        {sets.length === 0 ? <td>–</td> : null}
      </tr>
    </>
  );
}

function Trend({ now, before }: { now: number | null; before: number | null }) {
  if (now === null || before === null || now === before) return null;
  const by = Math.abs(now - before);
  return (
    <small>
      {now > before ? (
        <span aria-label={t('observations:up', { count: by })}>▲{by}</span>
      ) : (
        <span aria-label={t('observations:down', { count: by })}>▼{by}</span>
      )}
    </small>
  );
}

/** A range of the chart: `≥ 25`, `88–92`, `≥ 93 air`. Never turned round: in a line from right to left `≤ 8` would read `8 ≥`. */
const rangeText = (text: string): string =>
  text === 'Air' ? t('observations:oxygen.air') : text.replace(/air$/, t('observations:onAir'));
