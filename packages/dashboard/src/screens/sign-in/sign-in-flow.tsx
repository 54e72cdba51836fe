import type { Session, SignInMethods } from '@vigil/contracts';
import { type ReactNode, useEffect, useState } from 'react';
import * as api from '../../live/identity-api.js';
import { type Answer, troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { RecoveryCodesNote, TotpSetup } from './totp-setup.js';

type Step =
  | { readonly kind: 'start' }
  | { readonly kind: 'code'; readonly ticket: string; readonly methods: readonly string[] }
  | { readonly kind: 'newPassword'; readonly ticket: string }
  | { readonly kind: 'enrol'; readonly ticket: string }
  | { readonly kind: 'recovery'; readonly codes: readonly string[]; readonly session: Session };

const WRONG = 'Wrong username or password. Check capital letters and try again.';

/** All the steps of a sign-in, one form at a time. Each step's ticket lives here and nowhere else. */
export function SignInFlow({ onSignedIn, notice }: { onSignedIn: (session: Session) => void; notice: string }) {
  const [step, setStep] = useState<Step>({ kind: 'start' });
  const [again, setAgain] = useState('');
  const advance = (answer: Answer<Session>): string => {
    if (answer.ok) {
      onSignedIn(answer.value);
      return '';
    }
    const { code, step: next } = answer.trouble;
    const ticket = next?.ticket;
    if (ticket && code === 'second-factor-required') setStep({ kind: 'code', ticket, methods: next.methods ?? ['totp'] });
    else if (ticket && code === 'password-change-required') setStep({ kind: 'newPassword', ticket });
    else if (ticket && code === 'second-factor-enrolment-required') setStep({ kind: 'enrol', ticket });
    else if (code === 'ticket-expired') {
      setAgain(troubleText(answer.trouble));
      setStep({ kind: 'start' });
    } else return troubleText(answer.trouble);
    return '';
  };
  const startOver = (): void => {
    setAgain('');
    setStep({ kind: 'start' });
  };
  switch (step.kind) {
    case 'start':
      return <StartStep notice={again || notice} advance={advance} />;
    case 'code':
      return <CodeStep ticket={step.ticket} methods={step.methods} advance={advance} onBack={startOver} />;
    case 'newPassword':
      return <NewPasswordStep ticket={step.ticket} advance={advance} onBack={startOver} />;
    case 'enrol':
      return (
        <>
          <p className="sign-in-notice">Your role needs a second factor. Set up an authenticator app now; it takes a minute.</p>
          <TotpSetup
            begin={() => api.beginEnrolment(step.ticket)}
            confirm={api.confirmEnrolment}
            onDone={({ recoveryCodes, session }) => {
              if ('user' in session) setStep({ kind: 'recovery', codes: recoveryCodes, session });
            }}
            onCancel={startOver}
          />
        </>
      );
    case 'recovery':
      return <RecoveryCodesNote codes={step.codes} onDone={() => onSignedIn(step.session)} />;
  }
}

type Advance = (answer: Answer<Session>) => string;

function StartStep({ notice, advance }: { notice: string; advance: Advance }) {
  const ways = useMethods();
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const [username, password] = [String(form.get('username') ?? '').trim(), String(form.get('password') ?? '')];
    void run(async () => {
      if (!username || !password) return 'Enter your username and your password.';
      const answer = await api.password(username, password);
      return isWrong(answer) ? WRONG : advance(answer);
    });
  };
  return (
    <>
      {notice && !error ? (
        <p className="sign-in-notice" role="status">
          {notice}
        </p>
      ) : null}
      <Form error={error} onSubmit={submit}>
        <TextField
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          maxLength={64}
        />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" maxLength={256} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </Form>
      <OtherWays ways={ways} busy={busy} onPasskey={() => void run(async () => passkey(advance))} />
      <CannotSignIn />
    </>
  );
}

function OtherWays({ ways, busy, onPasskey }: { ways: SignInMethods | null; busy: boolean; onPasskey: () => void }) {
  const hasPasskey = ways?.passkey !== false && api.passkeysWork();
  if (!hasPasskey && !ways?.oidc) return null;
  return (
    <div className="other-ways">
      {hasPasskey ? (
        <button type="button" className="button" aria-disabled={busy} onClick={onPasskey}>
          Sign in with a passkey
        </button>
      ) : null}
      {ways?.oidc ? (
        <a className="button" href={ways.oidc.startUrl}>
          Sign in with {ways.oidc.name}
        </a>
      ) : null}
    </div>
  );
}

function CannotSignIn() {
  return (
    <details className="sign-in-help">
      <summary>I cannot sign in</summary>
      <ul>
        <li>In an emergency go to the patient. The bedside monitor is the primary alarm and needs no sign-in.</li>
        <li>Stations of the care unit show its beds and alarms with nobody signed in.</li>
        <li>Too many tries hold up passwords only: a passkey still works, and so does a workstation that you used before.</li>
        <li>
          A lost phone: enter a recovery code where the code is asked for. Nothing left: an administrator resets your account.
        </li>
        <li>Once signed in, you can open any patient&rsquo;s record in an emergency; nothing locks that.</li>
      </ul>
    </details>
  );
}

function CodeStep(props: { ticket: string; methods: readonly string[]; advance: Advance; onBack: () => void }) {
  const { ticket, methods, advance, onBack } = props;
  const [recovery, setRecovery] = useState(!methods.includes('totp') && methods.includes('recovery-code'));
  const { busy, error, run } = useSubmit();
  const takesCode = methods.includes('totp') || methods.includes('recovery-code');
  const submit = (form: FormData): void => {
    const code = String(form.get('code') ?? '').trim();
    void run(async () => (code.length < 6 ? 'Enter the whole code.' : advance(await api.secondFactor(ticket, code))));
  };
  return (
    <>
      <h2>Second factor</h2>
      <p className="sign-in-lead">The password is right. Now show that it is you.</p>
      <Form error={error} onSubmit={submit}>
        {takesCode ? (
          <>
            <CodeField key={String(recovery)} recovery={recovery} />
            <button type="submit" className="button primary" aria-disabled={busy}>
              {busy ? 'Checking…' : 'Go on'}
            </button>
          </>
        ) : null}
      </Form>
      <div className="other-ways">
        {methods.includes('recovery-code') && methods.includes('totp') ? (
          <button type="button" className="button plain" onClick={() => setRecovery(!recovery)}>
            {recovery ? 'Use the authenticator app' : 'I have no phone: use a recovery code'}
          </button>
        ) : null}
        {methods.includes('passkey') && api.passkeysWork() ? (
          <button type="button" className="button" onClick={() => void run(async () => passkey(advance))}>
            Use a passkey
          </button>
        ) : null}
        <BackButton onBack={onBack} />
      </div>
    </>
  );
}

function CodeField({ recovery }: { recovery: boolean }): ReactNode {
  return recovery ? (
    <TextField
      label="Recovery code"
      name="code"
      hint="One of the ten that you were given, like abcd-efgh-ijkl. Each works once."
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      autoFocus
      maxLength={32}
    />
  ) : (
    <TextField
      label="Code of your authenticator app"
      name="code"
      hint="Six digits; a new one every 30 seconds."
      inputMode="numeric"
      autoComplete="one-time-code"
      autoFocus
      maxLength={10}
    />
  );
}

function NewPasswordStep({ ticket, advance, onBack }: { ticket: string; advance: Advance; onBack: () => void }) {
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const [first, second] = [String(form.get('new') ?? ''), String(form.get('again') ?? '')];
    void run(async () => {
      if (first !== second) return 'The two passwords are not the same. Type them again.';
      return advance(await api.requiredPassword(ticket, first));
    });
  };
  return (
    <>
      <h2>Choose a password</h2>
      <p className="sign-in-lead">Yours was temporary. Take at least 12 characters; a few words are easy to keep.</p>
      <Form error={error} onSubmit={submit}>
        <TextField label="New password" name="new" type="password" autoComplete="new-password" autoFocus maxLength={256} />
        <TextField label="New password, again" name="again" type="password" autoComplete="new-password" maxLength={256} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Checking…' : 'Keep this password'}
        </button>
      </Form>
      <div className="other-ways">
        <BackButton onBack={onBack} />
      </div>
    </>
  );
}

function BackButton({ onBack }: { onBack: () => void }) {
  return (
    <button type="button" className="button plain" onClick={onBack}>
      Start again
    </button>
  );
}

async function passkey(advance: Advance): Promise<string> {
  const answer = await api.passkeySignIn();
  if (!answer.ok && answer.trouble.code === 'unauthenticated') return 'This passkey is not known here. Use your password.';
  return advance(answer);
}

function isWrong(answer: Answer<Session>): boolean {
  return !answer.ok && ['unauthenticated', 'invalid-request'].includes(answer.trouble.code);
}

function useMethods(): SignInMethods | null {
  const [ways, setWays] = useState<SignInMethods | null>(null);
  useEffect(() => {
    let here = true;
    void api.methods().then((answer) => {
      if (here && answer.ok) setWays(answer.value);
    });
    return () => {
      here = false;
    };
  }, []);
  return ways;
}
