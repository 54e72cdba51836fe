import type { Schedule, ScheduleId } from '@vigil/contracts';
import type { ReactNode } from 'react';
import { dayIn, type LocalDay } from '../../model/zone-time.js';
import { t } from '../../words/words.js';

interface WeekControlsProps {
  readonly schedule: Schedule;
  readonly all: readonly Schedule[];
  readonly days: readonly LocalDay[];
  readonly onSchedule: (scheduleId: ScheduleId) => void;
  /** So many weeks on; 0: this week. */
  readonly onWeek: (weeks: number) => void;
  readonly children: ReactNode;
}

/** Which schedule and which week, and in which time zone. */
export function WeekControls({ schedule, all, days, onSchedule, onWeek, children }: WeekControlsProps) {
  const { timeZone } = schedule.content;
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="card week-controls">
      <label className="field">
        {t('onCall:schedule')}
        <select value={schedule.scheduleId} onChange={(event) => onSchedule(event.target.value as ScheduleId)}>
          {all.map(({ scheduleId, content }) => (
            <option key={scheduleId} value={scheduleId}>
              {content.label}
            </option>
          ))}
        </select>
      </label>
      <div className="choices">
        <button type="button" className="button" onClick={() => onWeek(-1)}>
          {t('onCall:weekBefore')}
        </button>
        <button type="button" className="button" onClick={() => onWeek(0)}>
          {t('onCall:thisWeek')}
        </button>
        <button type="button" className="button" onClick={() => onWeek(1)}>
          {t('onCall:weekAfter')}
        </button>
        {children}
      </div>
      <h2 aria-live="polite">
        {t('onCall:weekOf', { from: dayIn(days[0]!.fromMs, timeZone), to: dayIn(days[6]!.fromMs, timeZone) })}
      </h2>
      <p className="field-hint">
        {here === timeZone ? t('onCall:inZone', { zone: timeZone }) : t('onCall:zoneOther', { zone: timeZone, here })}
      </p>
    </div>
  );
}
