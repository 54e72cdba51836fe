import type { AuditRow } from '@vigil/contracts';
import { useMemo, useState } from 'react';
import { auditProof, auditQuery, auditRows, type AuditFilter, staff } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { Form, SelectField, TextField } from '../../parts/form.js';
import { Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { usePages } from '../../parts/use-pages.js';

const OUTCOMES = [
  ['', 'any'],
  ['allowed', 'allowed'],
  ['refused', 'refused'],
  ['failed', 'failed'],
] as const;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/;

/** Who was shown this patient, and whatever else the audit trail holds. Newest first. */
export function AuditSearch() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const [error, setError] = useState('');
  const submit = (form: FormData): void => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const day = (name: string): number | undefined => (text(name) ? new Date(text(name)).getTime() : undefined);
    const ids = [text('patient'), text('actor'), text('action')];
    if (ids.some((id) => id && !ID.test(id))) return setError('Use ids here, not names: letters, digits and . _ : -');
    const [patient, actor, action] = ids;
    setError('');
    setFilter({ patient, actor, action, outcome: text('outcome'), from: day('from'), to: day('to') });
  };
  return (
    <>
      <Section title="Who viewed">
        <Form error={error} onSubmit={submit}>
          <div className="fields">
            <TextField label="Patient id" name="patient" autoComplete="off" spellCheck={false} maxLength={64} />
            <TextField label="Who (staff id)" name="actor" autoComplete="off" spellCheck={false} maxLength={80} />
            <TextField
              label="Action"
              name="action"
              placeholder="history.read"
              autoComplete="off"
              spellCheck={false}
              maxLength={80}
            />
            <SelectField label="Outcome" name="outcome" options={OUTCOMES} />
            <TextField label="From" name="from" type="datetime-local" />
            <TextField label="Before" name="to" type="datetime-local" />
            <button type="submit" className="button primary">
              Search
            </button>
          </div>
        </Form>
        <TakeOut filter={filter} />
      </Section>
      <Results filter={filter} />
    </>
  );
}

/** What leaves the platform as a file or on paper: for one patient, or all. Taking out is in the trail too. */
function TakeOut({ filter: { patient, from, to } }: { filter: AuditFilter }) {
  const range = auditQuery({ from, to });
  return (
    <div className="form-buttons">
      <a className="button" href={`/api/v1/audit/export?${auditQuery({ patient, from, to })}`} download="vigil-audit.ndjson">
        {patient ? 'Export this patient’s entries' : 'Export all entries'}
      </a>
      {patient ? (
        <a
          className="button"
          href={`/api/v1/patients/${encodeURIComponent(patient)}/access-report${range ? `?${range}` : ''}`}
          target="_blank"
          rel="noreferrer"
        >
          Access report for the patient, to print
        </a>
      ) : (
        <span className="state-note">Search for a patient to print the patient&rsquo;s own access report.</span>
      )}
    </div>
  );
}

function Results({ filter }: { filter: AuditFilter }) {
  const key = auditQuery(filter) || 'all';
  const pages = usePages<AuditRow>(key, (cursor) => auditRows(filter, cursor));
  const people = useLoad(['staff'], staff);
  const names = useMemo(
    () => new Map(people.load.kind === 'ready' ? people.load.value.items.map((each) => [each.staffId as string, each.name]) : []),
    [people.load],
  );
  return (
    <section aria-label="Entries" aria-busy={pages.busy}>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {!pages.busy && !pages.trouble && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          Nothing was found. Whoever was never shown has no entry.
        </p>
      ) : null}
      {pages.items.length > 0 ? (
        <Table label="Entries of the audit trail" head={['When', 'Who', 'What', 'About', 'Outcome', 'From', 'Proof']}>
          {pages.items.map((row) => (
            <Entry key={row.seq} row={row} name={names.get(row.actor)} />
          ))}
        </Table>
      ) : null}
      <p className="state-note" role="status">
        {pages.busy ? 'Loading entries…' : pages.items.length > 0 ? `${pages.items.length} entries shown.` : ''}
      </p>
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          Show older
        </button>
      ) : null}
    </section>
  );
}

function Entry({ row, name }: { row: AuditRow; name: string | undefined }) {
  return (
    <tr data-outcome={row.outcome}>
      <td className="nowrap">{whenText(row.atMs)}</td>
      <td>
        <b>{name ?? row.actor}</b>
        <br />
        {row.roles.join(', ')}
      </td>
      <td>
        {row.action}
        {row.grantId ? <span className="tag">EMERGENCY ACCESS</span> : null}
      </td>
      <td className="about">
        {row.object}
        {row.patientIds.length > 0 ? <span className="patients"> {patientsText(row.patientIds)}</span> : null}
        {row.detail ? <span className="detail"> {row.detail}</span> : null}
      </td>
      <td>{row.outcome}</td>
      <td>
        {row.stationId ?? ''} {row.ip ?? ''}
      </td>
      <td>
        <Proof seq={row.seq} />
      </td>
    </tr>
  );
}

const patientsText = (ids: readonly string[]): string =>
  ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');

function Proof({ seq }: { seq: number }) {
  const [said, setSaid] = useState('');
  const check = (): void =>
    void auditProof(seq).then((answer) => {
      if (answer.ok) return setSaid(`under the checkpoint of ${answer.value.size}`);
      setSaid(answer.trouble.code === 'not-found' ? 'not signed yet: ask in a minute' : troubleText(answer.trouble));
    });
  return (
    <>
      <button type="button" className="button small" onClick={check}>
        #{seq}
        <span className="visually-hidden">: show that it is in the signed log</span>
      </button>
      <span role="status"> {said}</span>
    </>
  );
}
