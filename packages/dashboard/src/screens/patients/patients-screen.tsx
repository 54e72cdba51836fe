import { Link } from '@tanstack/react-router';
import type { PatientId, PatientSearch, PatientSearchResult } from '@vigil/contracts';
import { useState } from 'react';
import { openEncounters, patient, searchPatients } from '../../live/care-api.js';
import { troubleText } from '../../live/problem.js';
import { birthDateText } from '../../model/format.js';
import { BedRecord, PatientFacts } from '../bed/bed-record.js';
import { BreakGlass } from '../../shell/break-glass.js';
import { isClosed } from '../../parts/closed-record.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useGrants } from '../../shell/grants.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

/** Find by what is on the wristband. Who was found lives in this page's memory, never in its address. */
export function PatientsScreen() {
  const { checked } = useIdentity();
  const [result, setResult] = useState<PatientSearchResult | null>(null);
  const [shown, setShown] = useState<PatientId | null>(null);
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const wanted = wantedOf(form);
    setShown(null);
    void run(async () => {
      setResult(null);
      if (!wanted) return t('patients:what');
      const answer = checked(await searchPatients(wanted));
      if (!answer.ok) return troubleText(answer.trouble);
      setResult(answer.value);
      const all = [...answer.value.items.map((each) => each.patientId), ...answer.value.elsewhere];
      if (all.length === 1 && all[0]) setShown(all[0]);
      return '';
    });
  };
  return (
    <>
      <Link to="/admit" className="button admit-link">
        {t('patients:admit')}
      </Link>
      <Section title={t('patients:fromWristband')}>
        <Form error={error} onSubmit={submit}>
          <div className="fields">
            <TextField label={t('patients:mrn')} name="mrn" autoComplete="off" spellCheck={false} maxLength={32} />
            <span className="or">{t('patients:or')}</span>
            <TextField label={t('patients:familyName')} name="familyName" autoComplete="off" spellCheck={false} maxLength={80} />
            <TextField label={t('patients:birthDate')} name="birthDate" type="date" autoComplete="off" />
            <button type="submit" className="button primary" aria-disabled={busy}>
              {busy ? t('patients:looking') : t('patients:find')}
            </button>
          </div>
        </Form>
      </Section>
      {result && result.items.length + result.elsewhere.length === 0 ? (
        <p className="state-note" role="status">
          {t('patients:nobody')}
        </p>
      ) : null}
      {result && result.items.length + result.elsewhere.length > 1 ? <Found result={result} onShow={setShown} /> : null}
      {shown ? <Record key={shown} patientId={shown} /> : null}
    </>
  );
}

function wantedOf(form: FormData): PatientSearch | null {
  const [mrn, familyName, birthDate] = ['mrn', 'familyName', 'birthDate'].map((name) => String(form.get(name) ?? '').trim());
  if (mrn) return { mrn };
  return familyName && birthDate ? { familyName, birthDate } : null;
}

function Found({ result, onShow }: { result: PatientSearchResult; onShow: (id: PatientId) => void }) {
  return (
    <Section title={t('patients:found')}>
      <ul className="found">
        {result.items.map((who) => (
          <li key={who.patientId}>
            <button type="button" className="button" onClick={() => onShow(who.patientId)}>
              {t('patients:foundOne', {
                family: who.familyName.toUpperCase(),
                given: who.givenName,
                birthDate: birthDateText(who.birthDate),
                mrn: who.mrn,
              })}
            </button>
          </li>
        ))}
        {result.elsewhere.map((id, i) => (
          <li key={id}>
            <button type="button" className="button" onClick={() => onShow(id)}>
              {t('patients:notMine', { number: i + 1 })}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The record, and with it that of the bed where the patient lies now. */
function Record({ patientId }: { patientId: PatientId }) {
  const { open } = useGrants();
  const grant = open.find((each) => each.patientId === patientId);
  const { load, again } = useLoad(['patients', patientId, grant?.grantId ?? null], () => patient(patientId));
  const stays = useLoad(load.kind === 'ready' ? ['patients', patientId, 'encounters'] : null, openEncounters);
  if (isClosed(load)) {
    return <BreakGlass whom={{ patientId }} what={t('patients:theRecord')} onOpened={again} />;
  }
  const stay = stays.load.kind === 'ready' ? stays.load.value.items.find((each) => each.patientId === patientId) : undefined;
  const bedId = stay?.bedId ?? grant?.bedId ?? null;
  if (load.kind === 'ready' && bedId) return <BedRecord key={bedId} bedId={bedId} />;
  return (
    <Section title={t('patients:patient')}>
      <Loaded load={load} again={again} what={t('patients:record')}>
        {(who) => <PatientFacts who={who} sinceMs={null} />}
      </Loaded>
    </Section>
  );
}
