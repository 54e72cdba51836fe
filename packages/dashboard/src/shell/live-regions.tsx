import type { AlarmId, AlarmView } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import { announcements } from '../model/announce.js';
import { useStation } from '../parts/hooks.js';

/** The first change is read out after so long, together with what comes with it. Wall time. */
const COALESCE_MS = 800;
/** At most one announcement in this time (dashboard.md §2.5): what comes meanwhile is told together. Wall time. */
const APART_MS = 3_000;

/** The only two places where alarms are read out; numbers never are. */
export function LiveRegions({ spoken }: { spoken: string }) {
  const station = useStation();
  const [said, setSaid] = useState({ assertive: '', polite: '' });
  const told = useRef<ReadonlyMap<AlarmId, AlarmView>>(new Map());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let saidMs = -Infinity;
    const tell = (): void => {
      timer = undefined;
      saidMs = performance.now();
      const now = new Map(station.alarms.get().map((alarm) => [alarm.alarmId, alarm]));
      const news = announcements(told.current, now);
      told.current = now;
      for (const { urgency, text } of news) setSaid((before) => ({ ...before, [urgency]: text }));
    };
    /* Never put off by a later change: in a flood something is said every three seconds. */
    const soon = (): void => {
      timer ??= setTimeout(tell, Math.max(COALESCE_MS, saidMs + APART_MS - performance.now()));
    };
    soon();
    const end = station.alarms.subscribe(soon);
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [station]);
  useEffect(() => {
    if (spoken) setSaid((before) => ({ ...before, polite: spoken }));
  }, [spoken]);
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
