import { useEffect, useRef, useState } from 'react';
import { lowTechnical } from '../../model/alarm-filter.js';
import { HoldButton } from '../../parts/hold-button.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { t } from '../../words/words.js';

/** Between two presses of the same hand: the server takes what comes faster for a broken screen. */
const BETWEEN_MS = 700;
/** As many as one person may press in five seconds; the rest is held down for once more. */
const AT_ONCE_MAX = 6;

/** The only acknowledging in bulk: low technical alarms of one bed, held down for, one request after the other. */
export function AcknowledgeLow({ bedId }: { bedId: string }) {
  const station = useStation();
  const alarms = lowTechnical(useSignal(station.alarms), bedId);
  const viewOnly = useSignal(station.commands.viewOnly);
  const [busy, setBusy] = useState(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  if (viewOnly || (alarms.length < 2 && !busy)) return null;
  const run = async (): Promise<void> => {
    const shownSinceMs = performance.now() - BETWEEN_MS;
    setBusy(true);
    for (const { alarmId } of alarms.slice(0, AT_ONCE_MAX)) {
      if (gone.current) return;
      // As it is now: what was seen or ended meanwhile is left alone.
      const now = lowTechnical(station.alarms.get(), bedId).find((each) => each.alarmId === alarmId);
      if (!now) continue;
      await station.commands.press('acknowledge', now, shownSinceMs);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    setBusy(false);
  };
  return (
    <div className="bulk no-print">
      <HoldButton busy={busy} onHeld={() => void run()}>
        {busy ? t('alarms:sending') : t('alarms:ackLow', { count: alarms.length })}
      </HoldButton>
    </div>
  );
}
