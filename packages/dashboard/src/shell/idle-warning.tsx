import { durationText } from '../model/format.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/** The last minute before the person is signed out for idleness. What is announced does not change by the second. */
export function IdleWarning() {
  const { idleLeftS, stay, place } = useIdentity();
  if (idleLeftS === null) return null;
  return (
    <section className="banner idle" aria-label={t('shell:idleRegion')}>
      <span role="alert">
        <b>{t('shell:idle')}</b> {place ? t('shell:idleSoonStation') : t('shell:idleSoon')}
      </span>
      <span className="idle-left" aria-hidden="true">
        {durationText(idleLeftS * 1_000)}
      </span>
      <button type="button" className="button primary" onClick={stay}>
        {t('shell:staySignedIn')}
      </button>
    </section>
  );
}
