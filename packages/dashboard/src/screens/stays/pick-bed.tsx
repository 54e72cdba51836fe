import { Link } from '@tanstack/react-router';
import type { BedView } from '@vigil/contracts';
import { useState } from 'react';
import { t } from '../../words/words.js';
import { WhoBadge } from './identity-parts.js';
import type { Person } from './pick-patient.js';
import { whoIn } from './ward.js';

interface PickBedProps {
  readonly person: Person;
  readonly beds: readonly BedView[];
  readonly chosen: string | null;
  readonly onPick: (bedId: string) => void;
}

/** Free beds can be chosen. One that is taken blocks, shows both people, and leads to what helps. */
export function PickBed({ person, beds, chosen, onPick }: PickBedProps) {
  const [bedId, setBedId] = useState(chosen ?? '');
  const bed = beds.find((each) => each.bedId === bedId);
  const other = bed ? whoIn(bed) : null;
  return (
    <>
      <div className="field">
        <label htmlFor="admit-bed">{t('stays:toBed')}</label>
        <select id="admit-bed" value={bed ? bedId : ''} onChange={(event) => setBedId(event.target.value)}>
          <option value="">{t('stays:choose')}</option>
          {beds.map((each) => (
            <option key={each.bedId} value={each.bedId}>
              {each.encounter ? t('stays:bedTaken', { bed: each.label }) : t('stays:bedFree', { bed: each.label })}
            </option>
          ))}
        </select>
      </div>
      {beds.every(({ encounter }) => encounter) ? <p className="state-note">{t('stays:noFreeBed')}</p> : null}
      {bed && other ? (
        <section className="collision" aria-labelledby="taken-title" role="alert">
          <h3 id="taken-title">{t('stays:takenTitle', { bed: bed.label })}</h3>
          <div className="both-sides">
            <div>
              <p>{t('stays:thereNow', { bed: bed.label })}</p>
              <WhoBadge who={other} />
            </div>
            <div>
              <p>{t('stays:wantedAt', { bed: bed.label })}</p>
              <WhoBadge who={person.who} />
            </div>
          </div>
          <p>{t('stays:takenWhat')}</p>
          <div className="form-buttons">
            {(['transfer', 'discharge', 'correct'] as const).map((what) => (
              <Link key={what} to="/b/$bedId/stay" params={{ bedId: bed.bedId }} search={{ do: what }} className="button">
                {t(`stays:taken.${what}`)}
              </Link>
            ))}
          </div>
        </section>
      ) : (
        <button
          type="button"
          className="button primary"
          aria-disabled={!bed}
          onClick={() => (bed ? onPick(bed.bedId) : undefined)}
        >
          {t('stays:next')}
        </button>
      )}
    </>
  );
}
