import { type BreakGlassGrant, BreakGlassOutcome, type BreakGlassState } from '@vigil/contracts';
import { useState } from 'react';
import { grants, review } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { mayReview } from '../../model/screens-of.js';
import { reasonText } from '../../shell/break-glass.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Table, TroubleNote, whenText } from '../../parts/parts.js';
import { usePages } from '../../parts/use-pages.js';

const STATES: readonly (readonly [BreakGlassState | null, string])[] = [
  [null, 'All'],
  ['open', 'Open now'],
  ['ended', 'To review'],
  ['reviewed', 'Reviewed'],
];
const OUTCOMES: readonly (readonly [BreakGlassOutcome, string])[] = [
  ['justified', 'justified'],
  ['unjustified', 'not justified'],
  ['follow-up', 'needs a follow-up'],
];

/** Every emergency access, and what came of looking at it. */
export function ReviewsScreen() {
  const [state, setState] = useState<BreakGlassState | null>(null);
  const pages = usePages<BreakGlassGrant>(state ?? 'all', (cursor) => grants(state, cursor));
  return (
    <>
      <div className="choices" role="group" aria-label="Which">
        {STATES.map(([value, text]) => (
          <button key={text} type="button" className="button" aria-pressed={state === value} onClick={() => setState(value)}>
            {text}
          </button>
        ))}
      </div>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {pages.busy && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          Loading…
        </p>
      ) : null}
      {!pages.busy && !pages.trouble && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          None.
        </p>
      ) : null}
      {pages.items.length > 0 ? (
        <Table label="Emergency accesses" head={['When', 'Who', 'Patient', 'Why', 'State', 'Review']}>
          {pages.items.map((grant) => (
            <GrantRow key={grant.grantId} grant={grant} onReviewed={pages.again} />
          ))}
        </Table>
      ) : null}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          Show older
        </button>
      ) : null}
    </>
  );
}

function GrantRow({ grant, onReviewed }: { grant: BreakGlassGrant; onReviewed: () => void }) {
  const { user } = useIdentity();
  const isMine = user?.staffId === grant.staffId;
  const isDue = grant.state === 'ended' || grant.review?.outcome === 'follow-up';
  return (
    <tr>
      <td className="nowrap">{whenText(grant.openedMs)}</td>
      <td>
        <b>{grant.staffName}</b>
        {grant.loud ? <span className="tag">UNUSUALLY MANY</span> : null}
      </td>
      <td>
        {grant.patientId}
        <br />
        {grant.bedId ? `bed ${grant.bedId}` : 'no bed'}
      </td>
      <td>
        {reasonText(grant.reason)}
        {grant.text ? <q className="detail">{grant.text}</q> : null}
      </td>
      <td>
        {grant.state}
        {grant.overdue ? <span className="tag">OVERDUE</span> : null}
      </td>
      <td>
        {grant.review ? (
          <p>
            <b>{OUTCOMES.find(([value]) => value === grant.review?.outcome)?.[1]}</b>, {grant.review.byName},{' '}
            {whenText(grant.review.atMs)}
            {grant.review.note ? <q className="detail">{grant.review.note}</q> : null}
          </p>
        ) : null}
        {isDue && mayReview(user?.roles ?? []) && !isMine ? <ReviewForm grant={grant} onReviewed={onReviewed} /> : null}
        {isDue && !grant.review && (!mayReview(user?.roles ?? []) || isMine) ? `due ${whenText(grant.reviewDueMs)}` : null}
        {grant.state === 'open' ? `open until ${whenText(grant.endsMs)}` : null}
      </td>
    </tr>
  );
}

function ReviewForm({ grant, onReviewed }: { grant: BreakGlassGrant; onReviewed: () => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const outcome = BreakGlassOutcome.safeParse(form.get('outcome'));
    const note = String(form.get('note') ?? '').trim();
    void run(async () => {
      if (!outcome.success) return 'Say what came of it.';
      const answer = checked(await review(grant.grantId, { outcome: outcome.data, ...(note ? { note } : {}) }));
      if (answer.ok) onReviewed();
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  return (
    <Form error={error} onSubmit={submit}>
      <SelectField label="Outcome" name="outcome" options={[['', 'choose…'], ...OUTCOMES]} />
      <TextField label="Note" name="note" autoComplete="off" maxLength={500} />
      <button type="submit" className="button small" aria-disabled={busy}>
        Keep the review
      </button>
    </Form>
  );
}
