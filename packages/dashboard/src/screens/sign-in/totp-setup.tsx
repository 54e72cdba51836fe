import type { TotpEnrolled, TotpEnrolment } from '@vigil/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import { encode } from 'uqr';
import { type Answer, troubleText } from '../../live/problem.js';
import { CodeForm } from '../../parts/code-form.js';
import { useSubmit } from '../../parts/form.js';
import { Said } from '../../parts/said.js';
import { t } from '../../words/words.js';

interface TotpSetupProps {
  readonly begin: () => Promise<Answer<TotpEnrolment>>;
  readonly confirm: (ticket: string, code: string) => Promise<Answer<TotpEnrolled>>;
  readonly onDone: (enrolled: TotpEnrolled) => void;
  readonly onCancel: () => void;
}

/** Secret by picture and by text, then the first code. The secret is in this page's memory only. */
export function TotpSetup({ begin, confirm, onDone, onCancel }: TotpSetupProps) {
  const [enrolment, setEnrolment] = useState<TotpEnrolment | null>(null);
  const [failed, setFailed] = useState('');
  const submit = useSubmit();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void begin().then((answer) => (answer.ok ? setEnrolment(answer.value) : setFailed(troubleText(answer.trouble))));
  }, [begin]);
  const send = async (ticket: string, code: string): Promise<string> => {
    const answer = await confirm(ticket, code);
    if (answer.ok) onDone(answer.value);
    return answer.ok ? '' : troubleText(answer.trouble);
  };
  return (
    <section className="totp" aria-label={t('signIn:setUpApp')}>
      {failed ? (
        <p className="form-error" role="alert">
          {failed}
        </p>
      ) : null}
      {enrolment ? (
        <>
          <p>
            <Said>{t('signIn:scan')}</Said>
          </p>
          <QrCode text={enrolment.uri} />
          <p className="totp-secret">
            {t('signIn:key')} <code>{inFours(enrolment.secret)}</code>
          </p>
          <p>
            <Said>{t('signIn:enterNow')}</Said>
          </p>
          <CodeForm
            kind="digits"
            label={t('signIn:codeOfApp')}
            leastLength={6}
            tooShort={t('signIn:sixDigits')}
            submit={submit}
            send={async (code) => send(enrolment.ticket, code)}
            button={t('signIn:checkAndKeep')}
          >
            <button type="button" className="button plain" onClick={onCancel}>
              {t('signIn:cancel')}
            </button>
          </CodeForm>
        </>
      ) : failed ? (
        <button type="button" className="button" onClick={onCancel}>
          {t('signIn:back')}
        </button>
      ) : (
        <p role="status">{t('signIn:makingKey')}</p>
      )}
    </section>
  );
}

const inFours = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? secret;

/** One path of squares; white under it, because cameras want dark on light. */
function QrCode({ text }: { text: string }) {
  const { size, path } = useMemo(() => {
    const { data, size: modules } = encode(text, { ecc: 'M', border: 3 });
    const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size: modules, path: squares.join('') };
  }, [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('signIn:qrCode')} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}

/** Shown once; the person says that they are kept. */
export function RecoveryCodesNote({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const [kept, setKept] = useState(false);
  return (
    <section className="recovery" aria-labelledby="recovery-title">
      <h2 id="recovery-title">{t('signIn:recoveryCodes')}</h2>
      <p>
        <Said>{t('signIn:recoveryCodesWhat')}</Said>
      </p>
      <ol className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <label className="check">
        <input type="checkbox" checked={kept} onChange={(event) => setKept(event.target.checked)} /> {t('signIn:haveKept')}
      </label>
      <div className="form-buttons">
        <button type="button" className="button" onClick={() => print()}>
          {t('signIn:print')}
        </button>
        <button type="button" className="button primary" aria-disabled={!kept} onClick={() => kept && onDone()}>
          {t('signIn:goOn')}
        </button>
      </div>
    </section>
  );
}
