import type { AlarmView } from '@vigil/contracts';
import { useCallback, useEffect, useState } from 'react';
import { alarmsSince } from '../../live/api.js';
import { isActive } from '../../model/alarm-order.js';
import { AlarmRow } from './alarm-row.js';
import { useSignal, useStation } from '../../parts/hooks.js';

const RECENT_MS = 60 * 60_000;

type Answer =
  { readonly kind: 'asking' } | { readonly kind: 'failed' } | { readonly kind: 'list'; readonly alarms: readonly AlarmView[] };

/** Alarms that ended within the last hour of event time, newest first. Asked anew whenever an active alarm changes. */
export function RecentAlarms() {
  const station = useStation();
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

  if (answer.kind === 'asking') return <p className="quiet">Asking the server…</p>;
  if (answer.kind === 'failed') {
    return (
      <p className="quiet" role="alert">
        The list of recent alarms could not be fetched; the active alarms are not affected.{' '}
        <button type="button" className="button" onClick={ask}>
          Try again
        </button>
      </p>
    );
  }
  if (answer.alarms.length === 0) return <p className="quiet">No alarm ended in the last 60 minutes.</p>;
  return (
    <ol className="alarm-list recent" aria-label="Alarms that ended in the last 60 minutes">
      {answer.alarms.map((alarm) => (
        <AlarmRow key={alarm.alarmId} alarm={alarm} over />
      ))}
    </ol>
  );
}
