import type { AlarmView, CareUnitId } from '@vigil/contracts';
import { useCallback, useEffect, useState } from 'react';
import { alarmsSince } from '../../live/api.js';
import { isActive } from '../../model/alarm-order.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { later } from '../../parts/later.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { AlarmRow } from './alarm-row.js';

const ExportAlarms = later<{ readonly careUnitId: CareUnitId }>(
  async () => (await import('./export-alarms.js')).ExportAlarms,
  ({ ask }) => (
    <button type="button" className="button small" aria-haspopup="dialog" onClick={ask}>
      {t('alarms:export')}
    </button>
  ),
);

const RECENT_MS = 60 * 60_000;

type Answer =
  { readonly kind: 'asking' } | { readonly kind: 'failed' } | { readonly kind: 'list'; readonly alarms: readonly AlarmView[] };

/** Alarms that ended within the last hour of event time, newest first. Asked anew whenever an active alarm changes. */
export function RecentAlarms() {
  const station = useStation();
  const { user } = useIdentity();
  const active = useSignal(station.alarms);
  const [answer, setAnswer] = useState<Answer>({ kind: 'asking' });
  const ask = useCallback(() => {
    const sinceMs = (station.now()?.eventMs ?? Date.now()) - RECENT_MS;
    const ended = (a: AlarmView): boolean =>
      a.careUnitId === station.careUnitId && !isActive(a) && (a.endedAtMs ?? a.atMs) >= sinceMs;
    alarmsSince(sinceMs).then(
      (all) =>
        setAnswer({ kind: 'list', alarms: all.filter(ended).sort((a, b) => (b.endedAtMs ?? b.atMs) - (a.endedAtMs ?? a.atMs)) }),
      () => setAnswer({ kind: 'failed' }),
    );
  }, [station]);
  const activeIds = active.map((a) => a.alarmId).join(' ');
  useEffect(ask, [ask, activeIds]);

  if (answer.kind === 'asking') return <p className="quiet">{t('alarms:asking')}</p>;
  if (answer.kind === 'failed') {
    return (
      <p className="quiet" role="alert">
        {t('alarms:recentFailed')}{' '}
        <button type="button" className="button" onClick={ask}>
          {t('common:tryAgain')}
        </button>
      </p>
    );
  }
  return (
    <>
      <div className="alarm-filter no-print">
        <button type="button" className="button small" onClick={() => print()}>
          {t('alarms:print')}
        </button>
        {user ? <ExportAlarms careUnitId={station.careUnitId} /> : null}
      </div>
      {answer.alarms.length === 0 ? <p className="quiet">{t('alarms:noRecent')}</p> : null}
      <ol className="alarm-list recent" aria-label={t('alarms:recentAlarms')}>
        {answer.alarms.map((alarm) => (
          <AlarmRow key={alarm.alarmId} alarm={alarm} over />
        ))}
      </ol>
    </>
  );
}
