import { Link } from '@tanstack/react-router';
import type { AlarmView, BedId } from '@vigil/contracts';
import { alarmsOfBed } from '../../live/alarm-api.js';
import { shortText } from '../../model/alarm-text.js';
import { clockText, durationText } from '../../model/format.js';
import { useStation } from '../../parts/hooks.js';
import { Loaded, Section, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

const BACK_MS = 24 * 3_600_000;
const SHOWN_MAX = 20;

/** Alarms of the same condition and stay at this bed within a day before this one, newest first. */
export function AlarmHistory({ alarm, bedId }: { alarm: AlarmView; bedId: BedId }) {
  const station = useStation();
  const { load, again } = useLoad(['alarm', alarm.alarmId, 'before'], () => alarmsOfBed(bedId, alarm.onsetMs - BACK_MS));
  const isBefore = (each: AlarmView): boolean =>
    each.conditionCode === alarm.conditionCode &&
    each.encounterId === alarm.encounterId &&
    each.alarmId !== alarm.alarmId &&
    each.onsetMs < alarm.onsetMs;
  return (
    <Section title={t('alarm:before')}>
      <Loaded load={load} again={again} what={t('alarm:loadingAlarm')}>
        {({ items }) => {
          const before = items.filter(isBefore).sort((a, b) => b.onsetMs - a.onsetMs);
          if (before.length === 0) return <p className="soft">{t('alarm:noBefore')}</p>;
          return (
            <ul className="alarm-before">
              {before.slice(0, SHOWN_MAX).map((each) => (
                <li key={each.alarmId}>
                  <Link to="/a/$alarmId" params={{ alarmId: each.alarmId }}>
                    {isToday(each.onsetMs, station.now()?.wallMs) ? clockText(each.onsetMs) : whenText(each.onsetMs)}{' '}
                    {shortText(each)}
                  </Link>{' '}
                  <span className="soft">
                    {each.endedAtMs === null ? '' : t('alarm:tookText', { time: durationText(each.endedAtMs - each.onsetMs) })}
                    {each.label === null ? '' : ` · ${t(`alarm:label.${each.label.label}`)}`}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Section>
  );
}

const isToday = (ms: number, nowMs = Date.now()): boolean => new Date(ms).toDateString() === new Date(nowMs).toDateString();
