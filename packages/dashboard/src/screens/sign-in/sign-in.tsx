import type { Session } from '@vigil/contracts';
import { t } from '../../words/words.js';
import { SignInFlow } from './sign-in-flow.js';

/** @param notice why the person is asked to sign in again, where there is a reason */
export function SignIn({ notice, onSignedIn }: { notice: string; onSignedIn: (session: Session) => void }) {
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> {t('shell:product')}
        </h1>
        <p className="sign-in-lead">{t('signIn:lead')}</p>
        <SignInFlow notice={notice} onSignedIn={onSignedIn} />
        <p className="intended-use">{t('signIn:intendedUse')}</p>
        <p className="sign-in-station">
          <a href="/station">{t('signIn:makeStation')}</a>
        </p>
      </div>
    </main>
  );
}
