import type { BedView, Patient } from '@vigil/contracts';
import { useEffect, useMemo } from 'react';
import { personName } from '../../model/identity-check.js';
import { useSignal, useStation, useStationIfAny } from '../../parts/hooks.js';
import { useSteadyState } from '../../parts/steady-state.js';
import { t } from '../../words/words.js';
import { BedActions } from './bed-actions.js';
import { BedLimits } from './bed-limits.js';
import { BedNumbers } from './bed-numbers.js';
import { BedSheet } from './bed-sheet.js';
import { BedAlarms, BedDevices, BedScores } from './bed-side.js';
import { BedTrends } from './bed-trends.js';

const MINUTE_MS = 60_000;

interface LiveBedProps {
  readonly view: BedView;
  readonly who: Patient | null;
  readonly rights: string;
  readonly again: () => void;
}

/** What of a bed is live: only on the screens of its care unit. */
export function LiveBed(props: LiveBedProps) {
  const station = useStationIfAny();
  if (!station || station.careUnitId !== props.view.careUnitId) return <p className="state-note">{t('bed:elsewhere')}</p>;
  return <OfUnit {...props} />;
}

function OfUnit({ view, who, rights, again }: LiveBedProps) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const all = useSignal(station.alarms);
  const alarms = useMemo(() => all.filter((alarm) => alarm.bedId === view.bedId), [all, view.bedId]);
  const toMs = useMinute();
  const live = unit?.beds.get(view.bedId);
  const encounterId = view.encounter?.encounterId;
  /* Somebody else lies here now: nothing of what was asked for is theirs. */
  const isOther = live !== undefined && live.encounter?.encounterId !== encounterId;
  useEffect(() => {
    if (isOther) again();
  }, [isOther, again]);
  if (!live || isOther || !view.encounter || !encounterId) return null;
  const newest = { ...view, ...live };
  const measured = new Set(station.readings()?.readings.get(view.bedId)?.keys());
  const identity = who
    ? { name: personName(who), birthDate: who.birthDate, mrn: who.mrn }
    : { name: view.encounter.displayName, birthDate: view.encounter.birthDate, mrn: null };
  return (
    <>
      <BedActions bedId={view.bedId} />
      <BedNumbers bed={live} alarms={alarms} measured={measured} />
      <BedAlarms bedId={view.bedId} alarms={all} />
      {who && toMs > 0 ? (
        <BedTrends bedId={view.bedId} toMs={toMs} admittedMs={view.encounter.sinceMs} alarms={all} rights={rights} />
      ) : null}
      <div className="bed-columns">
        <BedScores view={newest} />
        <BedDevices view={newest} />
      </div>
      {who ? (
        <BedLimits encounterId={encounterId} version={JSON.stringify(live.limits)} who={identity} place={live.label} />
      ) : null}
      <BedSheet bed={live} who={who} alarms={alarms} />
    </>
  );
}

/** Event time to the minute; nought before the server has told it. */
function useMinute(): number {
  const station = useStation();
  const [minute, setMinute] = useSteadyState(0);
  useEffect(
    () =>
      station.painter.add((now) => {
        if (now) setMinute(Math.floor(now.eventMs / MINUTE_MS) * MINUTE_MS);
      }),
    [station, setMinute],
  );
  return minute;
}
