import { DropdownMenu } from 'radix-ui';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

interface WhoIsHereProps {
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

/** Not modal: while it is open the alarm bar and its Accept stay within reach. */
function UserMenu({ onHelp, onSecurity, onScreen }: WhoIsHereProps) {
  const { user, signOut } = useIdentity();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button user">
        <span className="user-name">{user?.name}</span>
        <span aria-hidden="true">▾</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.Label className="menu-label">{user?.roles.join(', ')}</DropdownMenu.Label>
          <DropdownMenu.Item className="menu-item" onSelect={onSecurity}>
            {t('shell:security')}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={onScreen}>
            {t('shell:screenSettings')}
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={onHelp}>
            {t('shell:helpAndKeys')} <kbd>?</kbd>
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={signOut}>
            {t('shell:signOut')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
