import { AlarmLabel, type AlarmView } from '@vigil/contracts';
import { labelAlarm } from '../../live/alarm-api.js';
import { clockText } from '../../model/format.js';
import { Section } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useAct } from './use-act.js';

/** What the alarm was worth, in one tap, by whoever handled it. */
export function LabelButtons({ alarm }: { alarm: AlarmView }) {
  const { user } = useIdentity();
  const { busy, note, act } = useAct(alarm.alarmId, alarm.label?.atMs ?? 0);
  const said = alarm.label;
  const say = (label: AlarmLabel | null): void => void act(() => labelAlarm(alarm.alarmId, label));
  return (
    <Section title={t('alarm:label')}>
      <div className="label-buttons" role="group" aria-label={t('alarm:label')}>
        {AlarmLabel.options.map((label) => (
          <button
            key={label}
            type="button"
            className="button"
            aria-pressed={said?.label === label}
            aria-disabled={busy || !user}
            title={user ? undefined : t('alarm:viewOnly')}
            onClick={() => busy || !user || said?.label === label || say(label)}
          >
            {t(`alarm:label.${label}`)}
          </button>
        ))}
      </div>
      {said === null ? (
        <p className="field-hint">{t('alarm:labelWhy')}</p>
      ) : (
        <p className="soft">
          {t('alarm:labelledBy', { name: said.byName, time: clockText(said.atMs) })}{' '}
          {user ? (
            <button type="button" className="button small" aria-disabled={busy} onClick={() => busy || say(null)}>
              {t('alarm:labelTakeBack')}
            </button>
          ) : null}
        </p>
      )}
      <span className="command-note" role="status" data-kind={note === '' ? 'idle' : 'notSent'}>
        {busy ? t('alarms:sending') : note}
      </span>
    </Section>
  );
}
