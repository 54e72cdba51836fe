import { useIdentity } from '../shell/identity.js';
import { t } from '../words/words.js';

/** Stands where a screen would that nobody sees without signing in: which one it is, why not, and the way in. */
export function SignInNote({ title, why, button = t('common:signIn') }: { title: string; why: string; button?: string }) {
  const { signIn } = useIdentity();
  return (
    <div className="page-note">
      <h1>{title}</h1>
      <p>{why}</p>
      <button type="button" className="button primary" onClick={signIn}>
        {button}
      </button>
    </div>
  );
}
