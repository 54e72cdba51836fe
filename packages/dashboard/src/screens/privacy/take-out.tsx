import { auditQuery, type AuditFilter } from '../../live/office-api.js';
import { t } from '../../words/words.js';

/** What leaves the platform as a file or on paper: for one patient, or all. Taking out is in the trail too. */
export function TakeOut({ filter: { patient, from, to } }: { filter: AuditFilter }) {
  const range = auditQuery({ from, to });
  const query = auditQuery({ patient, from, to });
  return (
    <div className="form-buttons">
      <a className="button" href={`/api/v1/audit/export?${query}`} download="vigil-audit.ndjson">
        {patient ? t('privacy:exportPatient') : t('privacy:exportAll')}
      </a>
      <span className="field-hint">{t('privacy:exportProved')}</span>
      <a
        className="button"
        href={`/api/v1/audit/export?${auditQuery({ patient, from, to }, { format: 'csv' })}`}
        download="vigil-audit.csv"
      >
        {t('privacy:csv')}
      </a>
      <a className="button" href={`/api/v1/fhir/AuditEvent?${fhirQuery({ patient, from, to })}`} target="_blank" rel="noreferrer">
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
