import type { BedView } from '@vigil/contracts';
import { birthDateText } from '../model/format.js';
import { plainText } from '../words/plain-text.js';
import { t } from '../words/words.js';

/** Who it is, by two identifiers. A bed is none: it stands beside them elsewhere. */
export function PatientLine({ encounter, mrn }: { encounter: NonNullable<BedView['encounter']>; mrn: string | null }) {
  return (
    <p className="patient-line">
      {encounter.nameMissing ? (
        <span>{t('review:nameMissing')}</span>
      ) : (
        <bdi className="patient-name">{plainText(encounter.displayName)}</bdi>
      )}
      {encounter.birthDate === '' ? null : <span>{t('review:born', { date: birthDateText(encounter.birthDate) })}</span>}
      {mrn === null ? null : <span>{t('review:mrn', { mrn })}</span>}
    </p>
  );
}
