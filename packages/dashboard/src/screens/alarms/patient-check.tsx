import { useId } from 'react';
import { birthDateText } from '../../model/format.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import type { Person } from './use-person.js';

/** Two identifiers in every dialog that writes about a patient, and the word that somebody has looked at them (HZ-D9). */
export function PatientCheck(props: { person: Person; compared: boolean; onCompared: (compared: boolean) => void }) {
  const { person, compared, onCompared } = props;
  const id = useId();
  if (person.isAway) {
    return (
      <p className="alarm-note" role="alert">
        {t('alarm:nameAway')}
      </p>
    );
  }
  return (
    <fieldset className="patient-check">
      <legend>{t('alarm:patient')}</legend>
      <p className="patient-name">
        <bdi>{plainText(person.displayName)}</bdi>
      </p>
      <p className="patient-born">{t('alarm:born', { date: birthDateText(person.birthDate) })}</p>
      <p className="field-hint" id={id}>
        {t('alarm:compare')}
      </p>
      <label className="check">
        <input type="checkbox" checked={compared} aria-describedby={id} onChange={({ target }) => onCompared(target.checked)} />
        {t('alarm:compared')}
      </label>
    </fieldset>
  );
}
