import { useId } from 'react';
import { birthDateText } from '../../model/format.js';
import { canBeIdentified, identifies, type Who } from '../../model/identity-check.js';
import { t } from '../../words/words.js';

/** Two identifiers of whom something is written about. A bed is none. */
export function WhoBadge({ who, place, showMrn = true }: { who: Who; place?: string | undefined; showMrn?: boolean }) {
  return (
    <p className="who-badge">
      <b>
        <bdi>{who.name || t('stays:nameUnreadable')}</bdi>
      </b>
      <span>{who.birthDate ? t('stays:born', { date: birthDateText(who.birthDate) }) : t('stays:birthUnknown')}</span>
      {showMrn && who.mrn ? (
        <span>
          {t('stays:mrnIs')} <bdi>{who.mrn}</bdi>
        </span>
      ) : null}
      {place ? <span>{place}</span> : null}
    </p>
  );
}

/** The check before a write: one identifier, typed or scanned from the wristband. */
export function IdentityField(props: { who: Who; value: string; onChange: (typed: string) => void; label?: string }) {
  const { who, value, onChange, label } = props;
  const id = useId();
  if (!canBeIdentified(who)) {
    return (
      <p className="state-note trouble" role="alert">
        {t('stays:cannotIdentify')}
      </p>
    );
  }
  const fits = identifies(value, who);
  return (
    <div className="field identity-field" data-fits={value === '' ? undefined : fits}>
      <label htmlFor={id}>{label ?? t('stays:identify')}</label>
      <input
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={80}
        aria-describedby={`${id}-hint`}
      />
      <span className="field-hint" id={`${id}-hint`} role="status">
        {value === '' ? t('stays:identifyHint') : fits ? t('stays:identified') : t('stays:notIdentified')}
      </span>
    </div>
  );
}

export { identifies };
