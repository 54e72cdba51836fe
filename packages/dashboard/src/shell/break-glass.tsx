import { BreakGlassReason } from '@vigil/contracts';
import { useState } from 'react';
import { type Grant, openRecord, type Whom } from '../live/care-api.js';
import { troubleText } from '../live/problem.js';
import { Form, TextField, useSubmit } from '../parts/form.js';
import { useGrants } from './grants.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/** What stands where a record would: not yours, and how to open it when it cannot wait. One reason and Enter are enough. */
export function BreakGlass({ whom, what, onOpened }: { whom: Whom; what: string; onOpened: (grant: Grant) => void }) {
  const { checked } = useIdentity();
  const { add } = useGrants();
  const [reason, setReason] = useState<BreakGlassReason | null>(null);
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    void run(async () => {
      if (!reason) return t('shell:chooseReason');
      const answer = checked(await openRecord(whom, reason, String(form.get('text') ?? '').trim()));
      if (!answer.ok) return answer.trouble.code === 'not-found' ? t('shell:nobodyHere') : troubleText(answer.trouble);
      add(answer.value);
      onOpened(answer.value);
      return '';
    });
  };
  return (
    <section className="break-glass" aria-labelledby="break-glass-title">
      <h2 id="break-glass-title">{t('shell:notTreating')}</h2>
      <p>
        <Said>{t('shell:glassWhat', { what })}</Said>
      </p>
      <Form error={error} onSubmit={submit}>
        <fieldset className="reasons">
          <legend>{t('shell:whyOpen')}</legend>
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
              {reasonText(value)}
            </label>
          ))}
        </fieldset>
        <TextField label={t('shell:ownWords')} name="text" autoComplete="off" maxLength={500} />
        <button type="submit" className="button danger" aria-disabled={busy}>
          {busy ? t('shell:opening') : t('shell:openInEmergency')}
        </button>
      </Form>
    </section>
  );
}

export const reasonText = (reason: BreakGlassReason): string => t(`shell:reason.${reason}`);
