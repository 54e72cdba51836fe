import { auditQuery, type AuditFilter, exportAudit } from '../../live/office-api.js';
import { noFileText } from '../../model/not-sent.js';
import { useSubmit } from '../../parts/form.js';
import { saveFile } from '../../parts/save-file.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

/** What leaves the platform as a file or on paper: for one patient, or all. Taking out is in the trail too. */
export function TakeOut({ filter: { patient, from, to } }: { filter: AuditFilter }) {
  const range = auditQuery({ from, to });
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const save = (format: 'ndjson' | 'csv'): void =>
    void run(async () => {
      const answer = checked(await exportAudit({ patient, from, to }, format));
      if (!answer.ok) return noFileText(answer.trouble, { canBeCoarser: false });
      saveFile(answer.value, `vigil-audit.${format}`);
      return '';
    });
  return (
    <>
      <div className="form-buttons">
        <button type="button" className="button" aria-disabled={busy} onClick={() => save('ndjson')}>
          {patient ? t('privacy:exportPatient') : t('privacy:exportAll')}
        </button>
        <span className="field-hint">{t('privacy:exportProved')}</span>
        <button type="button" className="button" aria-disabled={busy} onClick={() => save('csv')}>
          {t('privacy:csv')}
        </button>
        <span className="field-hint" role="status">
          {busy ? t('review:exportMaking') : ''}
        </span>
        <a
          className="button"
          href={`/api/v1/fhir/AuditEvent?${fhirQuery({ patient, from, to })}`}
          target="_blank"
          rel="noreferrer"
        >
          {t('privacy:fhir')}
        </a>
        {patient ? (
          <a
            className="button"
            href={`/api/v1/patients/${encodeURIComponent(patient)}/access-report${range ? `?${range}` : ''}`}
            target="_blank"
            rel="noreferrer"
          >
            {t('privacy:report')}
          </a>
        ) : (
          <span className="state-note">{t('privacy:reportFirst')}</span>
        )}
      </div>
      <p className="form-error" role="alert">
        {error}
      </p>
    </>
  );
}

/** IHE ITI-81: half-open in instants. */
function fhirQuery({ patient, from, to }: Pick<AuditFilter, 'patient' | 'from' | 'to'>): string {
  const query = new URLSearchParams();
  if (patient) query.set('patient', patient);
  if (from !== undefined) query.append('date', `ge${new Date(from).toISOString()}`);
  if (to !== undefined) query.append('date', `lt${new Date(to).toISOString()}`);
  return query.toString();
}
