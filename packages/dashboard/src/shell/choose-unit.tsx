import { type ReactNode, useState } from 'react';
import { careUnits } from '../live/care-api.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import { Loaded } from '../parts/parts.js';
import { useLoad } from '../parts/use-load.js';

/** What is shown for one care unit at a time: the first is one of the person's own. */
export function ChooseUnit({ children }: { children: (careUnitId: string) => ReactNode }) {
  const { user } = useIdentity();
  const [chosen, setChosen] = useState<string | null>(null);
  const { load, again } = useLoad(['care-units'], careUnits);
  return (
    <Loaded load={load} again={again} what={t('shell:careUnits')}>
      {({ items }) => {
        const own = user?.careUnitIds ?? [];
        const shown = chosen ?? items.find((unit) => own.includes(unit.careUnitId))?.careUnitId ?? items[0]?.careUnitId;
        if (shown === undefined) return <p className="state-note">{t('shell:noCareUnits')}</p>;
        return (
          <>
            <label className="field">
              {t('shell:careUnit')}{' '}
              <select value={shown} onChange={(event) => setChosen(event.target.value)}>
                {items.map((unit) => (
                  <option key={unit.careUnitId} value={unit.careUnitId}>
                    {unit.label}
                  </option>
                ))}
              </select>
            </label>
            {children(shown)}
          </>
        );
      }}
    </Loaded>
  );
}
