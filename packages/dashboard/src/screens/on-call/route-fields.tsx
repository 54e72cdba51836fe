import { PolicyRoute, type PolicyStep } from '@vigil/contracts';
import { t } from '../../words/words.js';
import { ChoiceField, LineField, NumberField } from './line-field.js';
import type { Person } from './on-call-frame.js';
import { StepFields } from './step-fields.js';

const PRIORITIES = ['high', 'medium', 'low'] as const;
const STEPS_MAX = 10;

export const emptyStep = (): PolicyStep => ({ tell: [{ kind: 'role', role: 'charge' }], waitS: 60 });
export const emptyRoute = (): PolicyRoute => PolicyRoute.parse({ priorities: ['low'], steps: [emptyStep()] });

interface RouteFieldsProps {
  readonly n: number;
  readonly route: PolicyRoute;
  readonly people: readonly Person[];
  readonly schedules: readonly { readonly scheduleId: string; readonly label: string }[];
  readonly onChange: (route: PolicyRoute) => void;
  /** Null: it is the last one. */
  readonly onRemove: (() => void) | null;
}

/** Which alarms, and who is told of them. */
export function RouteFields({ n, route, people, schedules, onChange, onRemove }: RouteFieldsProps) {
  const set = (more: Partial<PolicyRoute>): void => onChange({ ...route, ...more });
  const setStep = (at: number, step: PolicyStep | null): void =>
    set({ steps: route.steps.flatMap((each, i) => (i !== at ? [each] : step === null ? [] : [step])) });
  return (
    <fieldset className="route">
      <legend>{t('onCall:routeNo', { n })}</legend>
      <WhichAlarms route={route} onChange={onChange} />
      {route.steps.map((step, at) => (
        <StepFields
          key={at}
          n={at + 1}
          {...{ step, people, schedules }}
          onChange={(next) => setStep(at, next)}
          onRemove={() => setStep(at, null)}
        />
      ))}
      <div className="form-buttons">
        {route.steps.length < STEPS_MAX ? (
          <button type="button" className="button" onClick={() => set({ steps: [...route.steps, emptyStep()] })}>
            {t('onCall:addStep')}
          </button>
        ) : null}
        {onRemove === null ? null : (
          <button type="button" className="button plain" onClick={onRemove}>
            {t('onCall:removeRoute', { n })}
          </button>
        )}
      </div>
      <AfterLast route={route} set={set} />
    </fieldset>
  );
}

function WhichAlarms({ route, onChange }: Pick<RouteFieldsProps, 'route' | 'onChange'>) {
  const kind = route.kinds?.length === 1 ? route.kinds[0]! : 'both';
  const setKind = (chosen: 'both' | 'physiological' | 'technical'): void => {
    const { kinds: _, ...rest } = route;
    onChange(chosen === 'both' ? rest : { ...rest, kinds: [chosen] });
  };
  const setConditions = (text: string): void => {
    const { conditionCodes: _, ...rest } = route;
    const codes = text.split(/[\s,;]+/).filter((code) => code !== '');
    onChange(codes.length === 0 ? rest : { ...rest, conditionCodes: codes });
  };
  return (
    <div className="fields">
      <fieldset className="roles">
        <legend>{t('onCall:priorities')}</legend>
        {PRIORITIES.map((each) => (
          <label key={each} className="check">
            <input
              type="checkbox"
              checked={route.priorities.includes(each)}
              onChange={(event) => {
                const chosen = PRIORITIES.filter((p) => (p === each ? event.target.checked : route.priorities.includes(p)));
                if (chosen.length > 0) onChange({ ...route, priorities: chosen });
              }}
            />
            {t(`onCall:priority_${each}`)}
          </label>
        ))}
      </fieldset>
      <ChoiceField
        label={t('onCall:kinds')}
        value={kind}
        options={[
          ['both', t('onCall:bothKinds')],
          ['physiological', t('onCall:kind_physiological')],
          ['technical', t('onCall:kind_technical')],
        ]}
        onChange={setKind}
      />
      <LineField
        key={route.conditionCodes?.length ?? 0}
        label={t('onCall:conditions')}
        hint={t('onCall:conditionsHint')}
        value={route.conditionCodes?.join(', ') ?? ''}
        onChange={setConditions}
      />
    </div>
  );
}

type Again = 'none' | 'always' | 'times';

function AfterLast({ route, set }: { route: PolicyRoute; set: (more: Partial<PolicyRoute>) => void }) {
  const { repeat, acceptsNeeded, arriveWithinS } = route;
  const again: Again = repeat === null ? 'none' : repeat.times === null ? 'always' : 'times';
  const setAgain = (chosen: Again): void => {
    const afterS = repeat?.afterS ?? 300;
    set({ repeat: chosen === 'none' ? null : { afterS, times: chosen === 'always' ? null : (repeat?.times ?? 3) } });
  };
  return (
    <div className="fields">
      <ChoiceField
        label={t('onCall:repeats')}
        value={again}
        options={[
          ['none', t('onCall:repeatNone')],
          ['always', t('onCall:repeatAlways')],
          ['times', t('onCall:repeatTimes')],
        ]}
        onChange={setAgain}
      />
      {repeat === null ? null : (
        <NumberField
          label={t('onCall:repeatAfter')}
          value={repeat.afterS}
          {...{ min: 30, max: 3_600 }}
          onChange={(afterS) => set({ repeat: { ...repeat, afterS: afterS ?? 300 } })}
        />
      )}
      {repeat === null || repeat.times === null ? null : (
        <NumberField
          label={t('onCall:repeatCount')}
          value={repeat.times}
          {...{ min: 1, max: 20 }}
          onChange={(times) => set({ repeat: { ...repeat, times: times ?? 1 } })}
        />
      )}
      <NumberField
        label={t('onCall:accepts')}
        value={acceptsNeeded}
        {...{ min: 1, max: 5 }}
        onChange={(accepts) => set({ acceptsNeeded: accepts ?? 1 })}
      />
      <NumberField
        label={t('onCall:arriveS')}
        hint={t('onCall:arriveHint')}
        value={arriveWithinS}
        {...{ min: 30, max: 3_600 }}
        onChange={(s) => set({ arriveWithinS: s })}
      />
    </div>
  );
}
