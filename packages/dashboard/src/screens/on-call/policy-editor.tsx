import { useNavigate } from '@tanstack/react-router';
import { CareUnitId, PolicyContent, type PolicyRoute } from '@vigil/contracts';
import { useId, useState } from 'react';
import { careUnits } from '../../live/care-api.js';
import { schedules } from '../../live/on-call-api.js';
import { keepPolicy } from '../../live/policies-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { policyText } from '../../model/policy-moves.js';
import { useSubmit } from '../../parts/form.js';
import { lastOf, queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { LineField, NumberField } from './line-field.js';
import { useNames } from './on-call-frame.js';
import type { EditedPolicy } from './policy-words.js';
import { emptyRoute, RouteFields } from './route-fields.js';

const ROUTES_MAX = 8;

interface EditorProps {
  readonly first: EditedPolicy;
  readonly careUnitId: string;
  readonly onDone: () => void;
}

/** A new version, as a form or as the file itself. It is kept as a draft, and changes nothing for anybody. */
export function PolicyEditor({ first, careUnitId, onDone }: EditorProps) {
  const { checked } = useIdentity();
  const navigate = useNavigate({ from: '/on-call/policies' });
  const { busy, error, run } = useSubmit();
  const [content, setContent] = useState(first.content);
  const [units, setUnits] = useState<readonly string[]>(first.careUnitIds);
  const [text, setText] = useState<string | null>(null);
  const read = (): PolicyContent | string => {
    if (text === null) return content;
    try {
      const parsed = PolicyContent.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      return t('onCall:policyTextBad', { what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` });
    } catch (failed) {
      return t('onCall:policyTextBad', { what: failed instanceof Error ? failed.message : '' });
    }
  };
  const toForm = (): void => {
    void run(() => {
      const now = read();
      if (typeof now === 'string') return Promise.resolve(now);
      setContent(now);
      setText(null);
      return Promise.resolve('');
    });
  };
  const keep = (): void =>
    void run(async () => {
      const now = read();
      if (typeof now === 'string') return now;
      if (now.routes.some(({ steps }) => steps.some(({ tell }) => tell.length === 0))) return t('onCall:needSteps');
      const answer = checked(await keepPolicy({ content: now, careUnitIds: units.map((unit) => CareUnitId.parse(unit)) }));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      await queries.invalidateQueries({ queryKey: ['policies'] });
      onDone();
      void navigate({ search: (before) => ({ ...before, policy: answer.value.hash }) });
      return '';
    });
  return (
    <section className="card policy-editor" aria-labelledby="policy-editor">
      <h2 id="policy-editor">{t('onCall:formTitle')}</h2>
      <div className="choices">
        <button type="button" className="button" aria-pressed={text === null} onClick={toForm}>
          {t('onCall:asForm')}
        </button>
        <button
          type="button"
          className="button"
          aria-pressed={text !== null}
          onClick={() => (text === null ? setText(policyText(content)) : undefined)}
        >
          {t('onCall:asText')}
        </button>
      </div>
      <UnitsField value={units} onChange={setUnits} />
      {text === null ? (
        <ContentFields content={content} careUnitId={careUnitId} onChange={setContent} />
      ) : (
        <TextArea value={text} onChange={setText} />
      )}
      <p className="field-hint">{t('onCall:keepDraftNote')}</p>
      <p className="form-error" role="alert">
        {error}
      </p>
      <div className="form-buttons">
        <button type="button" className="button primary" aria-disabled={busy} onClick={keep}>
          {busy ? t('onCall:saving') : t('onCall:keepDraft')}
        </button>
        <button type="button" className="button plain" onClick={onDone}>
          {t('onCall:cancel')}
        </button>
      </div>
    </section>
  );
}

function UnitsField({ value, onChange }: { value: readonly string[]; onChange: (units: readonly string[]) => void }) {
  const { load } = useLoad(['care-units'], careUnits);
  const known = lastOf(load);
  if (known === null) return null;
  return (
    <fieldset className="roles">
      <legend>{t('onCall:policyUnits')}</legend>
      {known.items.map(({ careUnitId, label }) => (
        <label key={careUnitId} className="check">
          <input
            type="checkbox"
            checked={value.includes(careUnitId)}
            onChange={(event) =>
              onChange(event.target.checked ? [...value, careUnitId] : value.filter((unit) => unit !== careUnitId))
            }
          />
          <bdi>{label}</bdi>
        </label>
      ))}
      <span className="field-hint">{t('onCall:policyUnitsHint')}</span>
    </fieldset>
  );
}

function ContentFields(props: {
  readonly content: PolicyContent;
  readonly careUnitId: string;
  readonly onChange: (content: PolicyContent) => void;
}) {
  const { content, careUnitId, onChange } = props;
  const { people } = useNames();
  const known = useLoad(['on-call', careUnitId, 'schedules'], () => schedules(careUnitId));
  const plans = known.load.kind === 'ready' ? known.load.value.items : [];
  const set = (more: Partial<PolicyContent>): void => onChange({ ...content, ...more });
  const setRoute = (at: number, route: PolicyRoute | null): void =>
    set({ routes: content.routes.flatMap((each, i) => (i !== at ? [each] : route === null ? [] : [route])) });
  return (
    <>
      <LineField
        label={t('onCall:policyName')}
        hint={t('onCall:policyNameHint')}
        value={content.name}
        onChange={(name) => set({ name })}
        maxLength={60}
      />
      <p className="field-hint">{t('onCall:routeFirst')}</p>
      {content.routes.map((route, at) => (
        <RouteFields
          key={at}
          n={at + 1}
          {...{ route, people }}
          schedules={plans.map(({ scheduleId, content: { label } }) => ({ scheduleId, label }))}
          onChange={(next) => setRoute(at, next)}
          onRemove={content.routes.length > 1 ? () => setRoute(at, null) : null}
        />
      ))}
      {content.routes.length < ROUTES_MAX ? (
        <button type="button" className="button" onClick={() => set({ routes: [...content.routes, emptyRoute()] })}>
          {t('onCall:addRoute')}
        </button>
      ) : null}
      <div className="fields">
        <NumberField
          label={t('onCall:nextChannelS')}
          value={content.nextChannelS}
          {...{ min: 5, max: 120 }}
          onChange={(s) => set({ nextChannelS: s ?? 20 })}
        />
        <NumberField
          label={t('onCall:burstS')}
          value={content.burstS}
          {...{ min: 0, max: 120 }}
          onChange={(s) => set({ burstS: s ?? 0 })}
        />
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={content.declineEscalates}
          onChange={(event) => set({ declineEscalates: event.target.checked })}
        />
        {t('onCall:declineEscalates')}
      </label>
    </>
  );
}

function TextArea({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t('onCall:policyText')}</label>
      <textarea
        id={id}
        className="policy-text"
        rows={24}
        spellCheck={false}
        dir="ltr"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
