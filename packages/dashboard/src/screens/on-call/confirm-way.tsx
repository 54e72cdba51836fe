import type { ContactView } from '@vigil/contracts';
import { useState } from 'react';
import { confirmWay, sendCode } from '../../live/contacts-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { wayName, waysChanged } from './ways.js';

const OFFERED: ReadonlySet<ContactView['state']> = new Set(['unconfirmed', 'untested', 'failing', 'works']);

/** A code of six digits goes there and comes back by the hands of the person: then the way is known to work. */
export function ConfirmWay({ way }: { way: ContactView }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [isSent, setSent] = useState(false);
  const [isDone, setDone] = useState(false);
  if (!OFFERED.has(way.state)) return null;
  const send = (): void =>
    void run(async () => {
      const answer = checked(await sendCode(way));
      if (answer.ok) setSent(true);
      if (answer.ok) return '';
      return answer.trouble.code === 'conflict' ? t('onCall:codeConflict') : onCallTroubleText(answer.trouble);
    });
  const confirm = (form: FormData): void =>
    void run(async () => {
      const code = String(form.get('code') ?? '').replace(/\s/g, '');
      if (!/^\d{6}$/.test(code)) return t('onCall:needCode');
      const answer = checked(await confirmWay(way, code));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setSent(false);
      setDone(true);
      await waysChanged();
      return '';
    });
  return (
    <div className="confirm-way" role="group" aria-label={`${t('onCall:confirmWay')}: ${wayName(way)}`}>
      {isDone ? <p role="status">{t('onCall:wayConfirmed')}</p> : null}
      {isSent ? (
        <Form error={error} onSubmit={confirm}>
          <p role="status">{t('onCall:codeSent')}</p>
          <TextField
            label={t('onCall:code')}
            name="code"
            hint={t('onCall:codeHint')}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={8}
          />
          <div className="form-buttons">
            <button type="submit" className="button primary" aria-disabled={busy}>
              {busy ? t('onCall:saving') : t('onCall:checkCode')}
            </button>
            <button type="button" className="button" aria-disabled={busy} onClick={send}>
              {t('onCall:sendCodeAgain')}
            </button>
          </div>
        </Form>
      ) : (
        <>
          <button type="button" className="button" aria-disabled={busy} onClick={send}>
            {busy ? t('onCall:saving') : t('onCall:sendCode')}
            <span className="visually-hidden">: {wayName(way)}</span>
          </button>
          {error ? (
            <p className="form-error" role="alert">
              {error}
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}
