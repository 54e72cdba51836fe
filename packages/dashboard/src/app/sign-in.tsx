import type { Session } from '@vigil/contracts';
import { type FormEvent, useState } from 'react';
import { signIn } from '../live/api.js';

export const INTENDED_USE =
  'Secondary alarm notification and display: the bedside monitor stays the primary alarm. Not a cleared medical device.';

const ERRORS = {
  wrong: 'Wrong username or password. Check capital letters and try again.',
  limited: 'Too many tries. Wait a minute, then try again.',
  unreachable: 'Vigil cannot be reached. Watch the bedside monitors; try again, or call the technical service.',
} as const;

/** @param notice why the person is asked to sign in again, where there is a reason */
export function SignIn({ notice, onSignedIn }: { notice: string; onSignedIn: (session: Session) => void }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    const [username, password] = [String(form.get('username') ?? '').trim(), String(form.get('password') ?? '')];
    if (!username || !password) return setError('Enter your username and your password.');
    setBusy(true);
    setError('');
    const outcome = await signIn(username, password);
    setBusy(false);
    if (outcome.kind === 'signedIn') onSignedIn(outcome.session);
    else setError(ERRORS[outcome.kind]);
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)} noValidate>
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> Vigil
        </h1>
        <p className="sign-in-lead">Patient monitoring for the care unit</p>
        {notice && !error ? <p className="sign-in-notice">{notice}</p> : null}
        <label htmlFor="username">Username</label>
        <input
          id="username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          maxLength={64}
        />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" maxLength={256} />
        <p className="sign-in-error" role="alert">
          {error}
        </p>
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p className="intended-use">{INTENDED_USE}</p>
      </form>
    </main>
  );
}
