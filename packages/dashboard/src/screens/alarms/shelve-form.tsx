import { type AlarmView, type EncounterId, NewShelf, type Shelf } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import { shelve } from '../../live/alarm-api.js';
import { notShelvedText } from '../../model/not-sent.js';
import { minutesText, shelfEndMs, shelfMinutes } from '../../model/shelf-ends.js';
import { SelectField, TextField } from '../../parts/form.js';
import { useStation } from '../../parts/hooks.js';
import { queries } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { PatientCheck } from './patient-check.js';
import { useSend } from './use-act.js';
import type { Person } from './use-person.js';

interface ShelveFormProps {
  readonly alarm: AlarmView;
  readonly encounterId: EncounterId;
  readonly person: Person;
  readonly onDone: () => void;
}

/** One condition of one patient, with a reason and an end. What is high takes a second person. */
export function ShelveForm({ alarm, encounterId, person, onDone }: ShelveFormProps) {
  const station = useStation();
  const [compared, setCompared] = useState(false);
  const [missing, setMissing] = useState('');
  const { busy, note, act } = useSend<Shelf>(alarm.alarmId, notShelvedText);
  const said = useId();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const now = station.now();
    if (person.isAway || busy) return;
    if (!compared) return setMissing(t('alarm:needCompare'));
    const reason = NewShelf.shape.reason.safeParse(form.get('reason'));
    if (!reason.success) return setMissing(t('alarm:chooseReason'));
    if (!now) return setMissing(t('alarms:noAnswer'));
    setMissing('');
    const written = String(form.get('note') ?? '').trim();
    const toMs = shelfEndMs(now.eventMs, Number(form.get('minutes')), alarm.priority) as NewShelf['toMs'];
    const wanted = { conditionCode: alarm.conditionCode, toMs, reason: reason.data, ...(written ? { note: written } : {}) };
    const done = await act(() => shelve(encounterId, wanted));
    if (!done) return;
    void queries.invalidateQueries({ queryKey: ['shelves', encounterId] });
    onDone();
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      {alarm.priority === 'high' ? <p className="alarm-note">{t('alarm:shelveHigh')}</p> : null}
      <PatientCheck person={person} compared={compared} onCompared={setCompared} />
      <SelectField
        label={t('alarm:shelveFor')}
        name="minutes"
        options={shelfMinutes(alarm.priority).map((minutes) => [String(minutes), minutesText(minutes)] as const)}
      />
      <fieldset className="reasons">
        <legend>{t('alarm:shelveReason')}</legend>
        {NewShelf.shape.reason.options.map((reason) => (
          <label key={reason} className="reason">
            <input type="radio" name="reason" value={reason} />
            {t(`alarm:shelf.${reason}`)}
          </label>
        ))}
      </fieldset>
      <TextField label={t('alarm:note')} name="note" maxLength={200} autoComplete="off" />
      <p className="form-error" role="alert" id={said}>
        {missing || note}
      </p>
      <div className="form-buttons">
        <button type="submit" className="button primary" aria-disabled={busy || person.isAway} aria-describedby={said}>
          {busy ? t('alarms:sending') : t('alarm:shelveNow')}
        </button>
        <Dialog.Close className="button">{t('alarm:cancel')}</Dialog.Close>
      </div>
    </form>
  );
}
