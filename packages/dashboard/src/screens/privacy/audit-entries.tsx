import type { AuditFlag, AuditRow } from '@vigil/contracts';
import { useState } from 'react';
import { auditProof } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { flagText, patientsText, placeText, purposeText, rolesText } from '../../model/audit-words.js';
import { Table, whenText } from '../../parts/parts.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Entries of the trail as a time line: who, what, of whom, why, from where, and what came of it. */
export function Entries(props: {
  readonly rows: readonly AuditRow[];
  readonly names: ReadonlyMap<string, string>;
  readonly flags: ReadonlyMap<number, readonly AuditFlag[]>;
}) {
  const head = [
    ...[t('privacy:colWhen'), t('privacy:colWho'), t('privacy:colWhat'), t('privacy:colAbout'), t('privacy:colOutcome')],
    ...[t('privacy:colReason'), t('privacy:colFrom'), t('privacy:colProof')],
  ];
  return (
    <Table label={t('privacy:entriesTable')} head={head}>
      {props.rows.map((row) => (
        <Entry key={row.seq} row={row} name={props.names.get(row.actor)} flags={props.flags.get(row.seq) ?? []} />
      ))}
    </Table>
  );
}

function Entry({ row, name, flags }: { row: AuditRow; name: string | undefined; flags: readonly AuditFlag[] }) {
  // Emergency access is in the entry itself, also where the rest was not worked out.
  const shown = row.grantId === null || flags.includes('breakGlass') ? flags : (['breakGlass', ...flags] as const);
  return (
    <tr data-outcome={row.outcome} data-need={flags.length > 0}>
      <td className="nowrap">{whenText(row.atMs)}</td>
      <td>
        <b>
          <bdi>{plainText(name ?? row.actor)}</bdi>
        </b>
        <br />
        {rolesText(row.roles)}
      </td>
      <td>
        <code dir="ltr">{row.action}</code>
        {shown.map((flag) => (
          <span key={flag} className="tag">
            {flagText(flag)}
          </span>
        ))}
      </td>
      <td className="about">
        <code dir="ltr">{plainText(row.object)}</code>
        {row.patientIds.length > 0 ? <span className="patients"> {patientsText(row.patientIds)}</span> : null}
        {row.detail ? (
          <span className="detail">
            {' '}
            <bdi>{plainText(row.detail)}</bdi>
          </span>
        ) : null}
      </td>
      <td>{t(`privacy:outcome_${row.outcome}`)}</td>
      <td>{purposeText(row)}</td>
      <td>{placeText(row)}</td>
      <td>
        <Proof seq={row.seq} />
      </td>
    </tr>
  );
}

function Proof({ seq }: { seq: number }) {
  const [said, setSaid] = useState('');
  const check = (): void =>
    void auditProof(seq).then((answer) => {
      if (answer.ok) return setSaid(t('privacy:proofIs', { size: answer.value.size }));
      setSaid(answer.trouble.code === 'not-found' ? t('privacy:proofNotYet') : troubleText(answer.trouble));
    });
  return (
    <>
      <button type="button" className="button small" onClick={check}>
        #{seq}
        <span className="visually-hidden">{t('privacy:proofButton')}</span>
      </button>
      <span role="status"> {said}</span>
    </>
  );
}
