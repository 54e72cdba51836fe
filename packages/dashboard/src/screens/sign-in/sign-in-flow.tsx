import type { Session, SignInMethods } from '@vigil/contracts';
import { useEffect, useState } from 'react';
import * as api from '../../live/identity-api.js';
import { type Answer, troubleText } from '../../live/problem.js';
import { CodeForm } from '../../parts/code-form.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { later } from '../../parts/later.js';
import { NewPasswordFields } from '../../parts/new-password.js';
import { t } from '../../words/words.js';

const TotpSetup = later(async () => (await import('./totp-setup.js')).TotpSetup);
const RecoveryCodesNote = later(async () => (await import('./totp-setup.js')).RecoveryCodesNote);

type Step =
  | { readonly kind: 'start' }
  | { readonly kind: 'code'; readonly ticket: string; readonly methods: readonly string[] }
  | { readonly kind: 'newPassword'; readonly ticket: string }
  | { readonly kind: 'enrol'; readonly ticket: string }
  | { readonly kind: 'recovery'; readonly codes: readonly string[]; readonly session: Session };

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
          <p className="sign-in-notice">{t('signIn:needsFactor')}</p>
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
      if (!username || !password) return t('signIn:enterBoth');
      const answer = await api.password(username, password);
      return isWrong(answer) ? t('signIn:wrong') : advance(answer);
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
          label={t('signIn:username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          maxLength={64}
        />
        <TextField label={t('signIn:password')} name="password" type="password" autoComplete="current-password" maxLength={256} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t('signIn:signingIn') : t('signIn:signIn')}
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
          {t('signIn:withPasskey')}
        </button>
      ) : null}
      {ways?.oidc ? (
        <a className="button" href={ways.oidc.startUrl}>
          {t('signIn:withProvider', { name: ways.oidc.name })}
        </a>
      ) : null}
    </div>
  );
}

function CannotSignIn() {
  return (
    <details className="sign-in-help">
      <summary>{t('signIn:cannot')}</summary>
      <ul>
        <li>{t('signIn:cannot.emergency')}</li>
        <li>{t('signIn:cannot.stations')}</li>
        <li>{t('signIn:cannot.tries')}</li>
        <li>{t('signIn:cannot.phone')}</li>
        <li>{t('signIn:cannot.record')}</li>
      </ul>
    </details>
  );
}

function CodeStep(props: { ticket: string; methods: readonly string[]; advance: Advance; onBack: () => void }) {
  const { ticket, methods, advance, onBack } = props;
  const [recovery, setRecovery] = useState(!methods.includes('totp') && methods.includes('recovery-code'));
  const submit = useSubmit();
  const takesCode = methods.includes('totp') || methods.includes('recovery-code');
  return (
    <>
      <h2>{t('signIn:secondFactor')}</h2>
      <p className="sign-in-lead">{t('signIn:secondFactorWhat')}</p>
      {takesCode ? (
        <CodeForm
          kind={recovery ? 'characters' : 'digits'}
          label={recovery ? t('signIn:recoveryCode') : t('signIn:appCode')}
          hint={recovery ? t('signIn:recoveryHint') : t('signIn:appHint')}
          leastLength={6}
          tooShort={t('signIn:wholeCode')}
          submit={submit}
          send={async (code) => advance(await api.secondFactor(ticket, code))}
          button={t('signIn:goOn')}
        />
      ) : (
        <p className="form-error" role="alert">
          {submit.error}
        </p>
      )}
      <div className="other-ways">
        {methods.includes('recovery-code') && methods.includes('totp') ? (
          <button type="button" className="button plain" onClick={() => setRecovery(!recovery)}>
            {recovery ? t('signIn:useApp') : t('signIn:useRecovery')}
          </button>
        ) : null}
        {methods.includes('passkey') && api.passkeysWork() ? (
          <button type="button" className="button" onClick={() => void submit.run(async () => passkey(advance))}>
            {t('signIn:usePasskey')}
          </button>
        ) : null}
        <BackButton onBack={onBack} />
      </div>
    </>
  );
}

function NewPasswordStep({ ticket, advance, onBack }: { ticket: string; advance: Advance; onBack: () => void }) {
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const [first, second] = [String(form.get('new') ?? ''), String(form.get('again') ?? '')];
    void run(async () => {
      if (first !== second) return t('signIn:notSame');
      return advance(await api.requiredPassword(ticket, first));
    });
  };
  return (
    <>
      <h2>{t('signIn:choosePassword')}</h2>
      <p className="sign-in-lead">{t('signIn:choosePasswordWhat')}</p>
      <Form error={error} onSubmit={submit}>
        <NewPasswordFields label={t('signIn:newPassword')} labelAgain={t('signIn:newPasswordAgain')} autoFocus />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t('signIn:checking') : t('signIn:keepPassword')}
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
      {t('signIn:startAgain')}
    </button>
  );
}

async function passkey(advance: Advance): Promise<string> {
  const answer = await api.passkeySignIn();
  if (!answer.ok && answer.trouble.code === 'unauthenticated') return t('signIn:passkeyUnknown');
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
