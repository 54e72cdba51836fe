import type { AuditPatient } from '@vigil/contracts';
import { useState } from 'react';
import { auditPatients } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { birthDateText } from '../../model/format.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

export const nameOf = ({ familyName, givenName }: Pick<AuditPatient, 'familyName' | 'givenName'>): string =>
  plainText(`${familyName}, ${givenName}`);

/** Whose trail: by two identifiers, and chosen by whoever sees that it is the right one. */
export function FindPatient({ onChosen }: { onChosen: (patient: AuditPatient) => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [found, setFound] = useState<readonly AuditPatient[] | null>(null);
  const submit = (form: FormData): void => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const [mrn, familyName, birthDate] = [text('mrn'), text('familyName'), text('birthDate')];
    void run(async () => {
      setFound(null);
      if (!mrn && !(familyName && birthDate)) return t('privacy:findBoth');
      const answer = checked(await auditPatients(mrn ? { mrn } : { familyName, birthDate }));
      if (!answer.ok) return troubleText(answer.trouble);
      setFound(answer.value.items);
      return '';
    });
  };
  return (
    <details className="card" open>
      <summary>{t('privacy:findPatient')}</summary>
      <p>{t('privacy:findPatientWhat')}</p>
      <Form error={error} onSubmit={submit}>
        <div className="fields">
          <TextField label={t('privacy:mrn')} name="mrn" autoComplete="off" spellCheck={false} maxLength={32} />
          <span className="or">{t('privacy:or')}</span>
          <TextField label={t('privacy:familyName')} name="familyName" autoComplete="off" spellCheck={false} maxLength={80} />
          <TextField label={t('privacy:birthDate')} name="birthDate" type="date" />
          <button type="submit" className="button" aria-disabled={busy}>
            {busy ? t('privacy:finding') : t('privacy:find')}
          </button>
        </div>
      </Form>
      <div role="status">
        {found?.length === 0 ? <p className="state-note">{t('privacy:foundNobody')}</p> : null}
        {found?.map((patient) => (
          <p key={patient.patientId} className="found">
            <bdi>
              {t('privacy:foundIs', {
                name: nameOf(patient),
                birthDate: birthDateText(patient.birthDate),
                mrn: plainText(patient.mrn),
              })}
            </bdi>
            <button type="button" className="button primary" onClick={() => onChosen(patient)}>
              {t('privacy:takePatient', { name: nameOf(patient) })}
            </button>
          </p>
        ))}
      </div>
    </details>
  );
}
