import { type BreakGlassGrant, BreakGlassOutcome, type BreakGlassState } from '@vigil/contracts';
import { useState } from 'react';
import { grants, review } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { mayReview, screensOf } from '../../model/screens-of.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { Table, TroubleNote, whenText } from '../../parts/parts.js';
import { usePages } from '../../parts/use-pages.js';
import { reasonText } from '../../shell/break-glass.js';
import { useIdentity } from '../../shell/identity.js';
import '../../styles/privacy.css';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { LookedAt } from './looked-at.js';

const states = (): readonly (readonly [BreakGlassState | null, string])[] => [
  [null, t('privacy:stateAll')],
  ['open', t('privacy:stateOpen')],
  ['ended', t('privacy:stateEnded')],
  ['reviewed', t('privacy:stateReviewed')],
];
const verdictText = (outcome: BreakGlassOutcome): string => t(`privacy:verdict_${outcome}`);

/** Every emergency access, and what came of looking at it. */
export function ReviewsScreen() {
  const [state, setState] = useState<BreakGlassState | null>(null);
  const pages = usePages<BreakGlassGrant>(state ?? 'all', (cursor) => grants(state, cursor));
  const head = [
    ...[t('privacy:colWhen'), t('privacy:colWho'), t('privacy:colPatient'), t('privacy:colWhy')],
    ...[t('privacy:colState'), t('privacy:colReview')],
  ];
  return (
    <>
      <div className="choices" role="group" aria-label={t('privacy:which')}>
        {states().map(([value, text]) => (
          <button key={text} type="button" className="button" aria-pressed={state === value} onClick={() => setState(value)}>
            {text}
          </button>
        ))}
      </div>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {pages.busy && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          {t('common:loading')}
        </p>
      ) : null}
      {!pages.busy && !pages.trouble && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          {t('privacy:reviewsNone')}
        </p>
      ) : null}
      {pages.items.length > 0 ? (
        <Table label={t('privacy:reviewsTable')} head={head}>
          {pages.items.map((grant) => (
            <GrantRow key={grant.grantId} grant={grant} onReviewed={pages.again} />
          ))}
        </Table>
      ) : null}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          {t('privacy:older')}
        </button>
      ) : null}
    </>
  );
}

function GrantRow({ grant, onReviewed }: { grant: BreakGlassGrant; onReviewed: () => void }) {
  const { user } = useIdentity();
  const roles = user?.roles ?? [];
  return (
    <tr data-need={grant.overdue}>
      <td className="nowrap">{whenText(grant.openedMs)}</td>
      <td>
        <b>
          <bdi>{plainText(grant.staffName)}</bdi>
        </b>
        {grant.loud ? <span className="tag">{t('privacy:unusual')}</span> : null}
      </td>
      <td>
        {grant.patientId}
        <br />
        {grant.bedId ? t('privacy:bed', { bed: grant.bedId }) : t('privacy:noBed')}
      </td>
      <td>
        {reasonText(grant.reason)}
        {grant.text ? <Said text={grant.text} /> : null}
        {screensOf(roles).has('privacy') ? <LookedAt grant={grant} /> : null}
      </td>
      <td>
        {t(`privacy:grant_${grant.state}`)}
        {grant.overdue ? <span className="tag">{t('privacy:overdue')}</span> : null}
      </td>
      <td>
        <Review grant={grant} onReviewed={onReviewed} />
      </td>
    </tr>
  );
}

const Said = ({ text }: { text: string }) => (
  <q className="detail">
    <bdi>{plainText(text)}</bdi>
  </q>
);

function Review({ grant, onReviewed }: { grant: BreakGlassGrant; onReviewed: () => void }) {
  const { user } = useIdentity();
  const isDue = grant.state === 'ended' || grant.review?.outcome === 'follow-up';
  // Nobody reviews their own.
  const may = mayReview(user?.roles ?? []) && user?.staffId !== grant.staffId;
  const { review: kept } = grant;
  return (
    <>
      {kept ? (
        <p>
          <b>{verdictText(kept.outcome)}</b>, <bdi>{t('privacy:reviewBy', { who: kept.byName, when: whenText(kept.atMs) })}</bdi>
          {kept.note ? <Said text={kept.note} /> : null}
        </p>
      ) : null}
      {isDue && may ? <ReviewForm grant={grant} onReviewed={onReviewed} /> : null}
      {isDue && !kept && !may ? t('privacy:due', { when: whenText(grant.reviewDueMs) }) : null}
      {grant.state === 'open' ? t('privacy:openUntil', { when: whenText(grant.endsMs) }) : null}
    </>
  );
}

function ReviewForm({ grant, onReviewed }: { grant: BreakGlassGrant; onReviewed: () => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const outcome = BreakGlassOutcome.safeParse(form.get('outcome'));
    const note = String(form.get('note') ?? '').trim();
    void run(async () => {
      if (!outcome.success) return t('privacy:sayOutcome');
      const answer = checked(await review(grant.grantId, { outcome: outcome.data, ...(note ? { note } : {}) }));
      if (answer.ok) onReviewed();
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  const verdicts = BreakGlassOutcome.options.map((each) => [each, verdictText(each)] as const);
  return (
    <Form error={error} onSubmit={submit}>
      <SelectField label={t('privacy:verdict')} name="outcome" options={[['', t('privacy:choose')], ...verdicts]} />
      <TextField label={t('privacy:note')} name="note" autoComplete="off" maxLength={500} />
      <button type="submit" className="button small" aria-disabled={busy}>
        {t('privacy:keepReview')}
      </button>
    </Form>
  );
}
