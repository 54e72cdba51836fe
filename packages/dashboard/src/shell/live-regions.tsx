import type { AlarmId, AlarmView } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import { announcements } from '../model/announce.js';
import { useSignal, useStation } from '../parts/hooks.js';

/** Changes within this time are read out as one. Wall time. */
const COALESCE_MS = 800;

/** The only two places where alarms are read out; numbers never are. */
export function LiveRegions() {
  const station = useStation();
  const alarms = useSignal(station.alarms);
  const told = useRef<ReadonlyMap<AlarmId, AlarmView>>(new Map());
  const [said, setSaid] = useState({ assertive: '', polite: '' });
  useEffect(() => {
    const timer = setTimeout(() => {
      const now = new Map(alarms.map((a) => [a.alarmId, a]));
      const news = announcements(told.current, now);
      told.current = now;
      for (const { urgency, text } of news) setSaid((before) => ({ ...before, [urgency]: text }));
    }, COALESCE_MS);
    return () => clearTimeout(timer);
  }, [alarms]);
  return (
    <>
      <div className="visually-hidden" aria-live="assertive" data-testid="assertive">
        {said.assertive}
      </div>
      <div className="visually-hidden" aria-live="polite" data-testid="polite">
        {said.polite}
      </div>
    </>
  );
}
