import { BreakGlassReason } from '@vigil/contracts';
import { useState } from 'react';
import { type Grant, openRecord, type Whom } from '../live/care-api.js';
import { troubleText } from '../live/problem.js';
import { Form, TextField, useSubmit } from '../parts/form.js';
import { useGrants } from './grants.js';
import { useIdentity } from './identity.js';

const REASONS: Readonly<Record<BreakGlassReason, string>> = {
  emergency: 'Emergency: the patient needs help now',
  'covering-a-colleague': 'I cover for a colleague',
  'advice-asked-for': 'I was asked for advice',
  other: 'Another reason',
};

/** What stands where a record would: not yours, and how to open it when it cannot wait. One reason and Enter are enough. */
export function BreakGlass({ whom, what, onOpened }: { whom: Whom; what: string; onOpened: (grant: Grant) => void }) {
  const { checked } = useIdentity();
  const { add } = useGrants();
  const [reason, setReason] = useState<BreakGlassReason | null>(null);
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    void run(async () => {
      if (!reason) return 'Choose a reason; one tap is enough.';
      const answer = checked(await openRecord(whom, reason, String(form.get('text') ?? '').trim()));
      if (!answer.ok)
        return answer.trouble.code === 'not-found'
          ? 'Nobody lies here now, or the patient is not known.'
          : troubleText(answer.trouble);
      add(answer.value);
      onOpened(answer.value);
      return '';
    });
  };
  return (
    <section className="break-glass" aria-labelledby="break-glass-title">
      <h2 id="break-glass-title">You are not treating this patient</h2>
      <p>
        {what} is for those who treat the patient. You can open it <b>in an emergency</b>: for you, for this patient, for a
        limited time. The security officers are told at once, every look is recorded, and it is reviewed afterwards.
      </p>
      <Form error={error} onSubmit={submit}>
        <fieldset className="reasons">
          <legend>Why do you open it?</legend>
          {BreakGlassReason.options.map((value, i) => (
            <label key={value} className="reason">
              <input
                type="radio"
                name="reason"
                value={value}
                autoFocus={i === 0}
                checked={reason === value}
                onChange={() => setReason(value)}
              />
              {REASONS[value]}
            </label>
          ))}
        </fieldset>
        <TextField label="In your own words (may be left empty)" name="text" autoComplete="off" maxLength={500} />
        <button type="submit" className="button danger" aria-disabled={busy}>
          {busy ? 'Opening…' : 'Open in an emergency'}
        </button>
      </Form>
    </section>
  );
}

export const reasonText = (reason: BreakGlassReason): string => REASONS[reason];
