import type { TotpEnrolled, TotpEnrolment } from '@vigil/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import { encode } from 'uqr';
import { type Answer, troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';

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
  const { busy, error, run } = useSubmit();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void begin().then((answer) => (answer.ok ? setEnrolment(answer.value) : setFailed(troubleText(answer.trouble))));
  }, [begin]);
  const submit = (form: FormData): void => {
    const code = String(form.get('code') ?? '').trim();
    void run(async () => {
      if (!enrolment) return '';
      if (code.length < 6) return 'Enter the six digits that the app shows.';
      const answer = await confirm(enrolment.ticket, code);
      if (answer.ok) onDone(answer.value);
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  return (
    <section className="totp" aria-label="Set up an authenticator app">
      {failed ? (
        <p className="form-error" role="alert">
          {failed}
        </p>
      ) : null}
      {enrolment ? (
        <>
          <p>
            <b>1.</b> Scan this with an authenticator app, or type the key into it.
          </p>
          <QrCode text={enrolment.uri} />
          <p className="totp-secret">
            Key: <code>{inFours(enrolment.secret)}</code>
          </p>
          <p>
            <b>2.</b> Enter the code that the app shows now.
          </p>
          <Form error={error} onSubmit={submit}>
            <TextField
              label="Code of the app"
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              autoFocus
              maxLength={10}
            />
            <div className="form-buttons">
              <button type="submit" className="button primary" aria-disabled={busy}>
                Check and keep
              </button>
              <button type="button" className="button plain" onClick={onCancel}>
                Cancel
              </button>
            </div>
          </Form>
        </>
      ) : failed ? (
        <button type="button" className="button" onClick={onCancel}>
          Back
        </button>
      ) : (
        <p role="status">Making a key…</p>
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
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code of the key" shapeRendering="crispEdges">
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
      <h2 id="recovery-title">Recovery codes</h2>
      <p>
        Each signs you in once without the app. They are shown <b>only now</b>: print them or write them down, and keep them apart
        from the phone.
      </p>
      <ol className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <label className="check">
        <input type="checkbox" checked={kept} onChange={(event) => setKept(event.target.checked)} /> I have kept them
      </label>
      <div className="form-buttons">
        <button type="button" className="button" onClick={() => print()}>
          Print
        </button>
        <button type="button" className="button primary" aria-disabled={!kept} onClick={() => kept && onDone()}>
          Go on
        </button>
      </div>
    </section>
  );
}
