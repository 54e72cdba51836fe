import { Link } from '@tanstack/react-router';
import type { AlarmView, BedId } from '@vigil/contracts';
import { needOf } from '../../model/alarm-order.js';
import { shortText } from '../../model/alarm-text.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { Shape, shapeOf } from '../../parts/shape.js';
import type { Station } from '../../live/station.js';
import { t } from '../../words/words.js';

/** The same bed as it is now, on the screen of its past: its worst alarm, or that there is none. */
export function LiveChip({ bedId, label }: { bedId: BedId; label: string }) {
  const station = useStationIfAny();
  if (station) return <OfStation station={station} bedId={bedId} label={label} />;
  return <span className="live-chip">{t('review:notWatchedHere')}</span>;
}

function OfStation({ station, bedId, label }: { station: Station; bedId: BedId; label: string }) {
  const alarms = useSignal(station.alarms).filter((alarm) => alarm.bedId === bedId);
  const { kind } = useSignal(station.picture);
  const isOfUnit = useSignal(station.unit)?.beds.has(bedId) ?? false;
  if (kind !== 'live')
    return (
      <span className="live-chip" data-live="false">
        {t('review:chipNotLive', { bed: label })}
      </span>
    );
  if (!isOfUnit) return <span className="live-chip">{t('review:notWatchedHere')}</span>;
  const [worst, ...more] = alarms;
  return (
    <Link to="/b/$bedId" params={{ bedId }} className="live-chip" data-live="true">
      <b>{t('review:chipLive', { bed: label })}</b>
      {worst === undefined ? <span>{t('review:chipNoAlarm')}</span> : <Worst alarm={worst} more={more.length} />}
    </Link>
  );
}

function Worst({ alarm, more }: { alarm: AlarmView; more: number }) {
  return (
    <span className="live-chip-alarm alarm-fill" data-priority={alarm.priority} data-need={needOf(alarm)}>
      <Shape name={shapeOf(alarm)} />
      <span>{shortText(alarm)}</span>
      {more > 0 ? <b>{t('review:chipMore', { count: more })}</b> : null}
    </span>
  );
}
