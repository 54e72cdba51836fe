import type { ScoreView } from '@vigil/contracts';
import { durationText } from '../../model/format.js';
import { responseOf } from '../../model/news2.js';
import { dayMinuteText } from '../../model/time-words.js';
import { useStaffName } from '../../parts/use-staff-name.js';
import { t } from '../../words/words.js';

/** The score that somebody stands for, and when the next set is due. */
export function ChartedNow(props: {
  readonly charted: ScoreView | null;
  readonly nowMs: number;
  readonly isWaiting: boolean;
  readonly onEnter: () => void;
}) {
  const { charted, nowMs, isWaiting, onEnter } = props;
  return (
    <section className="card news-box" aria-label={t('observations:charted')} data-box="charted">
      <h2>{t('observations:charted')}</h2>
      {charted === null ? <p>{t('observations:noneYet')}</p> : <Newest charted={charted} nowMs={nowMs} />}
      {isWaiting ? (
        <p role="status" className="state-note">
          {t('observations:recordedWaiting')}
        </p>
      ) : null}
      <button type="button" className="button primary no-print" onClick={onEnter}>
        {t('observations:enter')}
      </button>
    </section>
  );
}

function Newest({ charted, nowMs }: { charted: ScoreView; nowMs: number }) {
  const { total, singleParameter, atMs, validUntilMs, by } = charted;
  const nameOf = useStaffName();
  const isOverdue = nowMs >= validUntilMs;
  return (
    <>
      <p className="news-total">
        <b>{t('observations:total', { total: total ?? '–' })}</b>
        {total === null ? null : <span>{t(`observations:response.${responseOf(total, singleParameter)}`)}</span>}
      </p>
      <p>{t('observations:by', { by: nameOf(by), at: dayMinuteText(atMs), age: durationText(nowMs - atMs) })}</p>
      <p data-overdue={isOverdue}>
        <span aria-hidden="true">◷ </span>
        {isOverdue
          ? t('observations:overdue', { for: durationText(nowMs - validUntilMs) })
          : t('observations:due', { at: dayMinuteText(validUntilMs), in: durationText(validUntilMs - nowMs) })}
      </p>
    </>
  );
}
