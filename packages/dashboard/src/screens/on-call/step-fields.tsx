import { type PageTarget, PageTarget as Target, type PolicyStep } from '@vigil/contracts';
import { useId } from 'react';
import { roleWord, targetText } from '../../model/on-call-words.js';
import { t } from '../../words/words.js';
import { NumberField } from './line-field.js';
import type { Person } from './on-call-frame.js';

const ROLES = ['primary', 'buddy', 'charge', 'rapid-response'] as const;
const TARGETS_MAX = 8;

interface Known {
  readonly people: readonly Person[];
  readonly schedules: readonly { readonly scheduleId: string; readonly label: string }[];
}
interface StepFieldsProps extends Known {
  readonly n: number;
  readonly step: PolicyStep;
  readonly onChange: (step: PolicyStep) => void;
  readonly onRemove: () => void;
}

/** Who is told at once, and for how long nobody else is. */
export function StepFields({ n, step, people, schedules, onChange, onRemove }: StepFieldsProps) {
  const known = { people, schedules };
  const names = {
    personName: (id: string) => people.find(({ staffId }) => staffId === id)?.name ?? id,
    scheduleName: (id: string) => schedules.find(({ scheduleId }) => scheduleId === id)?.label ?? id,
  };
  const setTarget = (at: number, target: PageTarget | null): void =>
    onChange({ ...step, tell: step.tell.flatMap((each, i) => (i !== at ? [each] : target === null ? [] : [target])) });
  return (
    <fieldset className="step">
      <legend>{t('onCall:stepNo', { n })}</legend>
      <div className="fields">
        {step.tell.map((target, at) => (
          <span key={at} className="target">
            <TargetSelect
              {...known}
              label={t('onCall:targetNo', { n: at + 1 })}
              value={target}
              onChange={(next) => setTarget(at, next)}
            />
            {step.tell.length > 1 ? (
              <button
                type="button"
                className="button"
                aria-label={t('onCall:removeTarget', { n, who: targetText(target, names) })}
                onClick={() => setTarget(at, null)}
              >
                ✕
              </button>
            ) : null}
          </span>
        ))}
        <NumberField
          label={t('onCall:waitS')}
          value={step.waitS}
          {...{ min: 5, max: 3_600 }}
          onChange={(waitS) => onChange({ ...step, waitS: waitS ?? 60 })}
        />
      </div>
      <div className="form-buttons">
        {step.tell.length < TARGETS_MAX ? (
          <button
            type="button"
            className="button small"
            onClick={() => onChange({ ...step, tell: [...step.tell, { kind: 'role', role: 'charge' }] })}
          >
            {t('onCall:addTarget')}
          </button>
        ) : null}
        <button type="button" className="button small" onClick={onRemove}>
          {t('onCall:removeStep', { n })}
        </button>
      </div>
    </fieldset>
  );
}

function TargetSelect(props: Known & { label: string; value: PageTarget; onChange: (target: PageTarget) => void }) {
  const { label, value, onChange, people, schedules } = props;
  const id = useId();
  const isKnown =
    value.kind === 'role' ||
    (value.kind === 'schedule'
      ? schedules.some(({ scheduleId }) => scheduleId === value.scheduleId)
      : people.some(({ staffId }) => staffId === value.staffId));
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={JSON.stringify(value)} onChange={(event) => onChange(Target.parse(JSON.parse(event.target.value)))}>
        {isKnown ? null : <option value={JSON.stringify(value)}>{targetText(value)}</option>}
        <optgroup label={t('onCall:groupRoles')}>
          {ROLES.map((role) => (
            <option key={role} value={JSON.stringify({ kind: 'role', role })}>
              {roleWord(role)}
            </option>
          ))}
        </optgroup>
        <optgroup label={t('onCall:groupSchedules')}>
          {schedules.map(({ scheduleId, label: name }) => (
            <option key={scheduleId} value={JSON.stringify({ kind: 'schedule', scheduleId })}>
              {name}
            </option>
          ))}
        </optgroup>
        <optgroup label={t('onCall:groupPeople')}>
          {people.map(({ staffId, name }) => (
            <option key={staffId} value={JSON.stringify({ kind: 'person', staffId })}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
    </div>
  );
}
