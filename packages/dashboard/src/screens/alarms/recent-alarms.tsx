import type { AlarmView, CareUnitId } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { alarmsSince } from '../../live/api.js';
import { isActive } from '../../model/alarm-order.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { later } from '../../parts/later.js';
import { useLoad } from '../../parts/use-load.js';
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

/** What ends meanwhile is asked for so often at most: a flood of alarms is no flood of questions. Wall time. */
const EVERY_MS = 3_000;

function useRecent() {
  const station = useStation();
  const active = useSignal(station.alarms);
  const sinceMs = (): number => (station.now()?.eventMs ?? Date.now()) - RECENT_MS;
  const { load, again } = useLoad(['alarms', 'recent', station.careUnitId], () => alarmsSince(sinceMs()));
  const activeIds = active.map((a) => a.alarmId).join(' ');
  const asked = useRef({ activeIds, atMs: performance.now() });
  useEffect(() => {
    if (asked.current.activeIds === activeIds) return undefined;
    const waitMs = Math.max(0, asked.current.atMs + EVERY_MS - performance.now());
    const timer = setTimeout(() => {
      asked.current = { activeIds, atMs: performance.now() };
      again();
    }, waitMs);
    return () => clearTimeout(timer);
  }, [activeIds, again]);
  const ended = (a: AlarmView): boolean =>
    a.careUnitId === station.careUnitId && !isActive(a) && (a.endedAtMs ?? a.atMs) >= sinceMs();
  const lastMs = (a: AlarmView): number => a.endedAtMs ?? a.atMs;
  const alarms = load.kind === 'ready' ? load.value.alarms.filter(ended).sort((a, b) => lastMs(b) - lastMs(a)) : [];
  return { load, again, alarms };
}

/** Alarms that ended within the last hour of event time, newest first. Asked anew when an active alarm comes or goes. */
export function RecentAlarms() {
  const station = useStation();
  const { user } = useIdentity();
  const { load, again, alarms } = useRecent();
  if (load.kind === 'loading') return <p className="quiet">{t('alarms:asking')}</p>;
  if (load.kind === 'failed') {
    return (
      <p className="quiet" role="alert">
        {t('alarms:recentFailed')}{' '}
        <button type="button" className="button" onClick={again}>
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
      {alarms.length === 0 ? <p className="quiet">{t('alarms:noRecent')}</p> : null}
      {load.value.cut ? <p className="alarm-note">{t('alarms:boardCut')}</p> : null}
      <ol className="alarm-list recent" aria-label={t('alarms:recentAlarms')}>
        {alarms.map((alarm) => (
          <AlarmRow key={alarm.alarmId} alarm={alarm} over />
        ))}
      </ol>
    </>
  );
}
