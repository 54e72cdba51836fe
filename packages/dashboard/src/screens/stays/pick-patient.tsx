import type { Patient, PatientId, PatientSearch } from '@vigil/contracts';
import { useState } from 'react';
import { searchPatients } from '../../live/care-api.js';
import { troubleText } from '../../live/problem.js';
import { createPatient } from '../../live/stays-api.js';
import { personName, type Who } from '../../model/identity-check.js';
import { mayRecordPatients } from '../../model/screens-of.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { WhoBadge } from './identity-parts.js';
import { useCommand } from './use-command.js';

export interface Person {
  readonly patientId: PatientId;
  readonly who: Who;
}

export const personOf = (patient: Patient): Person => ({
  patientId: patient.patientId,
  who: { name: personName(patient), birthDate: patient.birthDate, mrn: patient.mrn },
});

const field = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

type Found = { readonly kind: 'nobody' | 'unsure' } | { readonly kind: 'people'; readonly people: readonly Person[] };

/** Somebody by what is on the wristband, or somebody new. Who was found lives in this page's memory only. */
export function PickPatient({ onPick }: { onPick: (person: Person) => void }) {
  const { checked } = useIdentity();
  const [found, setFound] = useState<Found | null>(null);
  const { busy, error, run } = useSubmit();
  const find = (form: FormData): void => {
    void run(async () => {
      setFound(null);
      const wanted = wantedOf(form);
      if (wanted.length === 0) return t('stays:findWhat');
      const answers = [];
      for (const each of wanted) answers.push(checked(await searchPatients(each)));
      const failed = answers.find((answer) => !answer.ok);
      if (failed && !failed.ok) return troubleText(failed.trouble);
      setFound(
        foundIn(
          form,
          answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
        ),
      );
      return '';
    });
  };
  return (
    <>
      <Form error={error} onSubmit={find}>
        <div className="fields">
          <TextField label={t('stays:mrn')} name="mrn" autoComplete="off" spellCheck={false} maxLength={32} autoFocus />
          <TextField label={t('stays:familyName')} name="familyName" autoComplete="off" spellCheck={false} maxLength={80} />
          <TextField label={t('stays:birthDate')} name="birthDate" type="date" autoComplete="off" />
          <button type="submit" className="button primary" aria-disabled={busy}>
            {busy ? t('stays:finding') : t('stays:find')}
          </button>
        </div>
      </Form>
      <FoundPeople found={found} onPick={onPick} />
      <NewPatientForm onPick={onPick} />
    </>
  );
}

function FoundPeople({ found, onPick }: { found: Found | null; onPick: (person: Person) => void }) {
  if (!found) return null;
  if (found.kind !== 'people') {
    return (
      <p className="state-note" role="status">
        {found.kind === 'nobody' ? t('stays:foundNobody') : t('stays:foundUnsure')}
      </p>
    );
  }
  return (
    <ul className="people">
      {found.people.map((person) => (
        <li key={person.patientId}>
          <WhoBadge who={person.who} />
          <button type="button" className="button primary" onClick={() => onPick(person)}>
            {t('stays:thisOne')}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** By the number, by name and birth date, or by both where all was entered. */
function wantedOf(form: FormData): PatientSearch[] {
  const [mrn, familyName, birthDate] = ['mrn', 'familyName', 'birthDate'].map((name) => field(form, name)) as [
    string,
    string,
    string,
  ];
  return [...(mrn ? [{ mrn }] : []), ...(familyName && birthDate ? [{ familyName, birthDate }] : [])];
}

/**
 * Of whom one treats the record is shown. Of others nothing but that there is one: whoever knows the number, the name and the birth
 * date has the patient in front of them, and all three must lead to one record.
 */
function foundIn(
  form: FormData,
  results: readonly { readonly items: readonly Patient[]; readonly elsewhere: readonly PatientId[] }[],
): Found {
  const all = results.map(({ items, elsewhere }) => [...items.map(({ patientId }) => patientId), ...elsewhere]);
  const ids = (all[0] ?? []).filter((id) => all.every((each) => each.includes(id)));
  const shown = new Map(results.flatMap(({ items }) => items.map((patient) => [patient.patientId, personOf(patient)] as const)));
  const isProven = results.length === 2 && ids.length === 1;
  const typed = {
    name: personName({ familyName: field(form, 'familyName'), givenName: '' }),
    birthDate: field(form, 'birthDate'),
    mrn: field(form, 'mrn'),
  };
  const people = ids.flatMap((id) => shown.get(id) ?? (isProven ? [{ patientId: id, who: typed }] : []));
  if (people.length > 0) return { kind: 'people', people };
  return { kind: ids.length > 0 ? 'unsure' : 'nobody' };
}

const SEXES = ['unknown', 'female', 'male', 'other'] as const;

function NewPatientForm({ onPick }: { onPick: (person: Person) => void }) {
  const { user } = useIdentity();
  const command = useCommand();
  if (!mayRecordPatients(user?.roles ?? [])) return <p className="field-hint">{t('stays:newByCharge')}</p>;
  const submit = async (form: FormData): Promise<void> => {
    const facts = {
      mrn: field(form, 'newMrn'),
      familyName: field(form, 'newFamilyName'),
      givenName: field(form, 'newGivenName'),
      birthDate: field(form, 'newBirthDate'),
      sex: SEXES.find((sex) => sex === field(form, 'sex')) ?? 'unknown',
    };
    if (!facts.mrn || !facts.familyName || !facts.givenName || !facts.birthDate) return command.say(t('stays:newNeedsAll'));
    const patient = await command.send((by) => createPatient(facts, by));
    if (patient) onPick(personOf(patient));
  };
  return (
    <details className="new-patient">
      <summary>{t('stays:newPatient')}</summary>
      <Form error={command.error} onSubmit={(form) => void submit(form)}>
        <div className="fields">
          <TextField label={t('stays:newMrn')} name="newMrn" autoComplete="off" maxLength={32} />
          <TextField label={t('stays:newFamilyName')} name="newFamilyName" autoComplete="off" maxLength={80} />
          <TextField label={t('stays:newGivenName')} name="newGivenName" autoComplete="off" maxLength={80} />
          <TextField label={t('stays:newBirthDate')} name="newBirthDate" type="date" autoComplete="off" />
          <SelectField label={t('stays:sex')} name="sex" options={SEXES.map((sex) => [sex, t(`stays:sex.${sex}`)])} />
          <button type="submit" className="button" aria-disabled={command.busy}>
            {command.busy ? t('stays:sending') : t('stays:record')}
          </button>
        </div>
      </Form>
    </details>
  );
}
