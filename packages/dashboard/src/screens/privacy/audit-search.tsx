import type { AuditPatient, AuditRow, AuditSummary } from '@vigil/contracts';
import { useMemo, useState } from 'react';
import { auditQuery, auditRows, auditSummary, type AuditFilter, staff } from '../../live/office-api.js';
import { Form, SelectField, TextField } from '../../parts/form.js';
import { Section, TroubleNote } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { usePages } from '../../parts/use-pages.js';
import { t } from '../../words/words.js';
import { Entries } from './audit-entries.js';
import { Persons, SummaryLine } from './audit-summary.js';
import { FindPatient } from './find-patient.js';
import { TakeOut } from './take-out.js';

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/;

const outcomes = (): readonly (readonly [string, string])[] => [
  ['', t('privacy:outcomeAny')],
  ['allowed', t('privacy:outcome_allowed')],
  ['refused', t('privacy:outcome_refused')],
  ['failed', t('privacy:outcome_failed')],
];

/** An action as the audit trail names it, in every language. */
const EXAMPLE = 'history.read';

/** Who was shown this patient, and whatever else the audit trail holds. Newest first. */
export function AuditSearch() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const [patient, setPatient] = useState<AuditPatient | null>(null);
  const choose = (chosen: AuditPatient): void => {
    setPatient(chosen);
    setFilter({ patient: chosen.patientId });
  };
  const search = (wanted: AuditFilter): void => {
    if (wanted.patient !== patient?.patientId) setPatient(null);
    setFilter(wanted);
  };
  return (
    <>
      <p className="state-note">{t('privacy:lookedAt')}</p>
      <FindPatient onChosen={choose} />
      <Section title={t('privacy:whoViewed')}>
        {/* A patient or person that was chosen elsewhere stands in the fields. */}
        <Fields key={auditQuery(filter)} filter={filter} onSearch={search} />
        <TakeOut filter={filter} />
      </Section>
      <Results filter={filter} patient={patient} onOnly={(actor) => setFilter({ ...filter, actor })} />
    </>
  );
}

function Fields({ filter, onSearch }: { filter: AuditFilter; onSearch: (filter: AuditFilter) => void }) {
  const [error, setError] = useState('');
  const submit = (form: FormData): void => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const day = (name: string): number | undefined => (text(name) ? new Date(text(name)).getTime() : undefined);
    const ids = [text('patient'), text('actor'), text('action')];
    if (ids.some((id) => id && !ID.test(id))) return setError(t('privacy:idsOnly'));
    const [patient, actor, action] = ids.map((id) => id || undefined);
    setError('');
    onSearch({ patient, actor, action, outcome: text('outcome') || undefined, from: day('from'), to: day('to') });
  };
  const plain = { autoComplete: 'off', spellCheck: false } as const;
  return (
    <Form error={error} onSubmit={submit}>
      <div className="fields">
        <TextField label={t('privacy:patientId')} name="patient" defaultValue={filter.patient} maxLength={64} {...plain} />
        <TextField label={t('privacy:who')} name="actor" defaultValue={filter.actor} maxLength={80} {...plain} />
        <TextField
          label={t('privacy:action')}
          name="action"
          placeholder={EXAMPLE}
          defaultValue={filter.action}
          maxLength={80}
          {...plain}
        />
        <SelectField label={t('privacy:outcome')} name="outcome" options={outcomes()} defaultValue={filter.outcome ?? ''} />
        <TextField label={t('privacy:from')} name="from" type="datetime-local" defaultValue={localText(filter.from)} />
        <TextField label={t('privacy:before')} name="to" type="datetime-local" defaultValue={localText(filter.to)} />
        <button type="submit" className="button primary">
          {t('privacy:search')}
        </button>
      </div>
    </Form>
  );
}

/** As the field of the browser takes it, in the station's time zone. */
function localText(ms: number | undefined): string {
  if (ms === undefined) return '';
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

type View = 'timeLine' | 'byPerson' | 'flagged';

function Results(props: {
  readonly filter: AuditFilter;
  readonly patient: AuditPatient | null;
  readonly onOnly: (actor: string) => void;
}) {
  const { filter, patient, onOnly } = props;
  const [view, setView] = useState<View>('timeLine');
  const key = auditQuery(filter) || 'all';
  const { load, again } = useLoad(['audit', 'summary', key], () => auditSummary(filter));
  const summary = load.kind === 'ready' ? load.value : null;
  const hasFlags = (summary?.flags.length ?? 0) > 0;
  const views: readonly View[] = hasFlags ? ['timeLine', 'byPerson', 'flagged'] : ['timeLine', 'byPerson'];
  const words = { timeLine: t('privacy:timeLine'), byPerson: t('privacy:byPerson'), flagged: t('privacy:flaggedOnly') };
  return (
    <section className="card" aria-label={t('privacy:summary')} aria-busy={summary === null}>
      {load.kind === 'failed' ? <TroubleNote trouble={load.trouble} again={again} /> : null}
      {load.kind === 'loading' ? (
        <p className="state-note" role="status">
          {t('privacy:counting')}
        </p>
      ) : null}
      {summary === null ? null : <SummaryLine summary={summary} patient={patient} />}
      <div className="choices" role="group" aria-label={t('privacy:showAs')}>
        {views.map((each) => (
          <button key={each} type="button" className="button" aria-pressed={view === each} onClick={() => setView(each)}>
            {words[each]}
          </button>
        ))}
      </div>
      {view === 'byPerson' && summary !== null ? (
        <Persons summary={summary} onOnly={onOnly} />
      ) : (
        <TimeLine key={key} filter={filter} summary={summary} flaggedOnly={view === 'flagged' && hasFlags} />
      )}
    </section>
  );
}

function TimeLine(props: { readonly filter: AuditFilter; readonly summary: AuditSummary | null; readonly flaggedOnly: boolean }) {
  const { filter, summary, flaggedOnly } = props;
  const pages = usePages<AuditRow>(auditQuery(filter) || 'all', (cursor) => auditRows(filter, cursor));
  const people = useLoad(['staff'], staff);
  const names = useMemo(
    () => new Map(people.load.kind === 'ready' ? people.load.value.items.map((each) => [each.staffId as string, each.name]) : []),
    [people.load],
  );
  const flags = useMemo(() => new Map((summary?.flags ?? []).map((each) => [each.seq, each.flags])), [summary]);
  const rows = flaggedOnly ? pages.items.filter(({ seq }) => flags.has(seq)) : pages.items;
  return (
    <section aria-label={t('privacy:entries')} aria-busy={pages.busy}>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {!pages.busy && !pages.trouble && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          {t('privacy:none')}
        </p>
      ) : null}
      {rows.length > 0 ? <Entries rows={rows} names={names} flags={flags} /> : null}
      <p className="state-note" role="status">
        {pages.busy ? t('privacy:loadingEntries') : pages.items.length > 0 ? t('privacy:shown', { count: rows.length }) : ''}
      </p>
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          {t('privacy:older')}
        </button>
      ) : null}
    </section>
  );
}
