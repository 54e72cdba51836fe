import type { AuditPatient, AuditPersonCount, AuditSummary } from '@vigil/contracts';
import { flagText, misses, rolesText, standsOut, viewsText } from '../../model/audit-words.js';
import { Table, whenText } from '../../parts/parts.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { nameOf } from './find-patient.js';

/** What the search found, in one sentence; what stands out behind it. */
export function SummaryLine({ summary, patient }: { summary: AuditSummary; patient: AuditPatient | null }) {
  const out = standsOut(summary);
  const knowsRelations = summary.flagged.noRelation !== null;
  return (
    <div className="summary" role="status">
      <p className="summary-views">
        <b>{viewsText(summary)}</b>
        {patient === null ? null : <bdi> {t('privacy:ofPatient', { name: nameOf(patient) })}</bdi>}
      </p>
      <ul className="summary-flags">
        {out.map((text) => (
          <li key={text} className="tag">
            {text}
          </li>
        ))}
        {misses(summary).map((text) => (
          <li key={text}>{text}</li>
        ))}
        {knowsRelations && out.length === 0 ? <li>{t('privacy:noFlags')}</li> : null}
      </ul>
      {summary.cut ? <p className="state-note trouble">{t('privacy:cut', { count: summary.entries })}</p> : null}
      <p className="state-note">{knowsRelations ? t('privacy:relationHow') : t('privacy:relationNone')}</p>
    </div>
  );
}

export const personName = ({ actor, name }: Pick<AuditPersonCount, 'actor' | 'name'>): string =>
  name === null ? t('privacy:nobodyMore', { id: actor }) : plainText(name);

/** The same by who it was, those first of whom something stands out. */
export function Persons({ summary, onOnly }: { summary: AuditSummary; onOnly: (actor: string) => void }) {
  const head = [
    ...[t('privacy:colPerson'), t('privacy:colViews'), t('privacy:colOthers'), t('privacy:colRefused')],
    ...[t('privacy:colFirst'), t('privacy:colLast'), t('privacy:colFlags'), t('privacy:onlyThis')],
  ];
  return (
    <Table label={t('privacy:persons')} head={head}>
      {summary.byPerson.map((person) => (
        <tr key={person.actor} data-need={person.flags.length > 0}>
          <th scope="row">
            <bdi>{personName(person)}</bdi>
            <span className="detail">{rolesText(person.roles)}</span>
          </th>
          <td>{person.views}</td>
          <td>{person.others}</td>
          <td>{person.refused + person.failed}</td>
          <td className="nowrap">{whenText(person.firstMs)}</td>
          <td className="nowrap">{whenText(person.lastMs)}</td>
          <td>
            {person.flags.map((flag) => (
              <span key={flag} className="tag">
                {flagText(flag)}
              </span>
            ))}
          </td>
          <td>
            <button type="button" className="button small" onClick={() => onOnly(person.actor)}>
              {t('privacy:onlyThis')}
              <span className="visually-hidden"> {t('privacy:onlyThisOf', { name: personName(person) })}</span>
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
