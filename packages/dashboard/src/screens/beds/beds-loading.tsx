import { type CSSProperties, useEffect, useState } from 'react';
import { useSignal, useStation } from '../../parts/hooks.js';
import { t } from '../../words/words.js';

const SLOW_MS = 2_000;
const FAILED_MS = 8_000;

/** The final layout without a number. Says after 2 s that it takes long, and after 8 s what to do. */
export function BedsLoading() {
  const station = useStation();
  const refusal = useSignal(station.refusal);
  const [waitedMs, setWaitedMs] = useState(0);
  useEffect(() => {
    const timers = [SLOW_MS, FAILED_MS].map((ms) => setTimeout(() => setWaitedMs(ms), ms));
    return () => timers.forEach(clearTimeout);
  }, []);
  if (refusal === 'forbidden') return <p className="page-note">{t('beds:notYours')}</p>;
  if (refusal === 'invalid') return <p className="page-note">{t('beds:otherVersion')}</p>;
  if (refusal) return <p className="page-note">{t('beds:unknownUnit')}</p>;
  return (
    <div className="beds" aria-busy="true">
      <div className="grid" style={{ '--rows': 2 } as CSSProperties} aria-hidden="true">
        <div className="grid-tiles">
          {Array.from({ length: 8 }, (_, i) => (
            <div key={i} className="tile" />
          ))}
        </div>
      </div>
      <div className="loading-note" role="status">
        {waitedMs >= FAILED_MS ? (
          <>
            <b>{t('beds:noServer')}</b> {t('beds:watchMonitors')}{' '}
            <button type="button" className="button" onClick={() => location.reload()}>
              {t('common:tryAgain')}
            </button>
          </>
        ) : waitedMs >= SLOW_MS ? (
          t('beds:loading')
        ) : null}
      </div>
    </div>
  );
}
