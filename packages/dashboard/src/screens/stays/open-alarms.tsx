import type { AlarmView } from '@vigil/contracts';
import { useSyncExternalStore } from 'react';
import { kindText, shortText } from '../../model/alarm-text.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { t } from '../../words/words.js';

const NONE: readonly AlarmView[] = [];
const never = (): (() => void) => () => undefined;
const none = (): readonly AlarmView[] => NONE;

/** Open alarms of one bed, as the live channel says; null where this screen has none. */
export function useOpenAlarms(bedId: string): readonly AlarmView[] | null {
  const station = useStationIfAny();
  const alarms = useSyncExternalStore(station?.alarms.subscribe ?? never, station?.alarms.get ?? none);
  return station ? alarms.filter((alarm) => alarm.bedId === bedId) : null;
}

/** Which alarms are open, and who has said that they go. */
export function OpenAlarms({ bedId }: { bedId: string }) {
  const alarms = useOpenAlarms(bedId);
  if (alarms === null) return <p>{t('stays:alarmsUnknown')}</p>;
  return (
    <>
      <p>{t('stays:openAlarms', { count: alarms.length })}</p>
      <ul className="open-alarms">
        {alarms.map((alarm) => (
          <li key={alarm.alarmId}>
            {kindText(alarm)} <b>{shortText(alarm)}</b>{' '}
            {alarm.escalation.acceptedByName ? t('stays:goes', { name: alarm.escalation.acceptedByName }) : t('stays:nobodyGoes')}
          </li>
        ))}
      </ul>
    </>
  );
}
