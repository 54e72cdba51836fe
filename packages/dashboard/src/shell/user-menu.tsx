import { later } from '../parts/later.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

export interface WhoIsHereProps {
  readonly onHelp: () => void;
  readonly onSecurity: () => void;
  readonly onScreen: () => void;
}

/** The person's menu; at a station with nobody signed in, the words that say so and the way in. */
export function WhoIsHere({ onHelp, onSecurity, onScreen }: WhoIsHereProps) {
  const { user, signIn } = useIdentity();
  if (user) return <UserMenu onHelp={onHelp} onSecurity={onSecurity} onScreen={onScreen} />;
  return (
    <div className="view-only">
      <span className="view-only-words">{t('shell:viewOnly')}</span>
      <button type="button" className="button primary" onClick={signIn}>
        {t('shell:signInToAct')}
      </button>
    </div>
  );
}

const UserMenu = later(
  async () => (await import('./user-menu-items.js')).UserMenu,
  ({ ask }) => {
    const { user } = useIdentity();
    return (
      <button type="button" className="button user" aria-haspopup="menu" aria-expanded={false} onClick={ask}>
        <span className="user-name" dir="auto">
          {user?.name}
        </span>
        <span aria-hidden="true">▾</span>
      </button>
    );
  },
);
