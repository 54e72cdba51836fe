import type { ScoreView } from '@vigil/contracts';
import { durationText } from '../../model/format.js';
import { partValueText, partWord } from './part-words.js';
import { t } from '../../words/words.js';

/** What the score would be about now, from devices and single observations: another thing than the charted one, by another name. */
export function EstimateBox({ estimate, nowMs }: { estimate: ScoreView | null; nowMs: number }) {
  return (
    <section className="card news-box" aria-label={t('observations:estimate')} data-box="estimate">
      <h2>{t('observations:estimate')}</h2>
      <p className="field-hint">{t('observations:estimateWhat')}</p>
      {estimate === null || !estimate.isValid ? (
        <p>{t('observations:estimateNone')}</p>
      ) : (
        <Parts estimate={estimate} nowMs={nowMs} />
      )}
    </section>
  );
}

function Parts({ estimate, nowMs }: { estimate: ScoreView; nowMs: number }) {
  const { total, min, max, parts, missing } = estimate;
  return (
    <>
      <p>
        <b>{total === null ? t('observations:estimateRange', { min, max }) : t('observations:estimateTotal', { total })}</b>
      </p>
      <ul className="news-parts">
        {parts.map(({ part, value, points, atMs, source }) => (
          <li key={part}>
            <span>{partWord(part)}</span>{' '}
            {value === null ? (
              <b>{t('observations:missing')}</b>
            ) : (
              <span>
                {partValueText(part, value)} · {points === null ? '?' : t('observations:points', { count: points })}
                {atMs === null
                  ? ''
                  : ` · ${t(source === 'charted' ? 'observations:agoCharted' : 'observations:agoDevice', { age: durationText(nowMs - atMs) })}`}
              </span>
            )}
          </li>
        ))}
      </ul>
      {missing.length > 0 ? <p>{t('observations:missingParts', { parts: missing.map(partWord).join(', ') })}</p> : null}
    </>
  );
}
