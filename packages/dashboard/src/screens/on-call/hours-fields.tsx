import type { Rotation } from '@vigil/contracts';
import { weekdayIn } from '../../model/zone-time.js';
import { t } from '../../words/words.js';
import { LineField } from './line-field.js';

type Hours = NonNullable<Rotation['hours']>;

/** 5 January 1970 was a Monday. */
const MONDAY_MS = 4 * 86_400_000;
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const weekdayName = (day: number): string => weekdayIn(MONDAY_MS + (day - 1) * 86_400_000, 'UTC');
const HOURS_MAX = 14;

/** At which times of the week a rotation is on call at all; left out: always. */
export function HoursFields({ hours, onChange }: { hours: Hours | undefined; onChange: (hours: Hours | undefined) => void }) {
  const rows = hours ?? [];
  const set = (at: number, more: Partial<Hours[number]>): void =>
    onChange(rows.map((row, i) => (i === at ? { ...row, ...more } : row)));
  const add = (): void => onChange([...rows, { weekdays: [1, 2, 3, 4, 5], from: '19:00', to: '07:00' }]);
  return (
    <div className="hours">
      <p className="field-hint">{rows.length === 0 ? t('onCall:hoursAlways') : t('onCall:hoursOnly')}</p>
      {rows.map((row, at) => (
        <fieldset key={at} className="fields">
          <legend className="visually-hidden">{t('onCall:hoursNo', { n: at + 1 })}</legend>
          <span className="weekdays">
            {WEEKDAYS.map((day) => (
              <label key={day} className="check">
                <input
                  type="checkbox"
                  checked={row.weekdays.includes(day)}
                  onChange={(event) => {
                    const weekdays = WEEKDAYS.filter((each) =>
                      each === day ? event.target.checked : row.weekdays.includes(each),
                    );
                    if (weekdays.length > 0) set(at, { weekdays: [...weekdays] });
                  }}
                />
                {weekdayName(day)}
              </label>
            ))}
          </span>
          <LineField
            label={t('onCall:hoursFrom')}
            type="time"
            value={row.from}
            onChange={(from) => (from === '' ? undefined : set(at, { from }))}
          />
          <LineField
            label={t('onCall:hoursTo')}
            type="time"
            value={row.to}
            onChange={(to) => (to === '' ? undefined : set(at, { to }))}
          />
          <button
            type="button"
            className="button"
            aria-label={t('onCall:removeHours', { n: at + 1 })}
            onClick={() => {
              const left = rows.filter((_, i) => i !== at);
              onChange(left.length === 0 ? undefined : left);
            }}
          >
            ✕
          </button>
        </fieldset>
      ))}
      {rows.length < HOURS_MAX ? (
        <button type="button" className="button small" onClick={add}>
          {rows.length === 0 ? t('onCall:addHours') : t('onCall:addHoursMore')}
        </button>
      ) : null}
    </div>
  );
}
