import { useNavigate } from '@tanstack/react-router';
import { type AlarmView, Priority } from '@vigil/contracts';
import { useId } from 'react';
import { type AlarmSearch, alarmSearch, NO_BED } from '../../model/alarm-filter.js';
import { NEEDS } from '../../model/alarm-order.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Bed, priority and state of the list, kept in the address. */
export function AlarmFilter(props: { search: AlarmSearch; alarms: readonly AlarmView[]; hidden: number }) {
  const { search, alarms, hidden } = props;
  const unit = useSignal(useStation().unit);
  const navigate = useNavigate();
  const go = (change: Readonly<Record<string, string | undefined>>): void =>
    void navigate({
      to: '/alarms',
      search: (now) => ({ unit: now.unit, ...alarmSearch({ ...search, ...change }) }),
      replace: true,
    });
  const beds = (unit?.order ?? []).flatMap((bedId) => {
    const bed = unit?.beds.get(bedId);
    return bed ? [[bedId, plainText(bed.label)] as const] : [];
  });
  const hasNoBed = search.bed === NO_BED || alarms.some(({ bedId }) => bedId === null);
  return (
    <div className="alarm-filter" role="group" aria-label={t('alarms:filter')}>
      <Choice
        label={t('alarms:bed')}
        value={search.bed}
        options={[...beds, ...(hasNoBed ? [[NO_BED, t('alarms:unitWide')] as const] : [])]}
        onChange={(bed) => go({ bed })}
      />
      <Choice
        label={t('alarms:priority')}
        value={search.priority}
        options={[...Priority.options].reverse().map((each) => [each, t(`alarms:priority.${each}`)] as const)}
        onChange={(priority) => go({ priority })}
      />
      <Choice
        label={t('alarms:state')}
        value={search.state}
        options={NEEDS.flatMap((need) => (need === 'over' ? [] : [[need, t(`alarms:need.${need}`)] as const]))}
        onChange={(state) => go({ state })}
      />
      <button type="button" className="button small no-print" onClick={() => print()}>
        {t('alarms:print')}
      </button>
      {hidden > 0 ? (
        <p className="alarm-hidden" role="status">
          {t('alarms:hidden', { count: hidden })}{' '}
          <button
            type="button"
            className="button small"
            onClick={() => go({ show: undefined, bed: undefined, priority: undefined, state: undefined })}
          >
            {t('alarms:showAll')}
          </button>
        </p>
      ) : null}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string | undefined) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <span className="alarm-choice">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ''}
        data-set={value !== undefined}
        onChange={({ target }) => onChange(target.value || undefined)}
      >
        <option value="">{t('alarms:any')}</option>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
