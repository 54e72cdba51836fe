import type { Session } from '@vigil/contracts';
import { SignInFlow } from './sign-in-flow.js';

export const INTENDED_USE =
  'Secondary alarm notification and display: the bedside monitor stays the primary alarm. Not a cleared medical device.';

/** @param notice why the person is asked to sign in again, where there is a reason */
export function SignIn({ notice, onSignedIn }: { notice: string; onSignedIn: (session: Session) => void }) {
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> Vigil
        </h1>
        <p className="sign-in-lead">Patient monitoring for the care unit</p>
        <SignInFlow notice={notice} onSignedIn={onSignedIn} />
        <p className="intended-use">{INTENDED_USE}</p>
        <p className="sign-in-station">
          <a href="/station">Make this screen a station</a>
        </p>
      </div>
    </main>
  );
}
