import { DropdownMenu } from 'radix-ui';
import type { Asked } from '../parts/later.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import type { WhoIsHereProps } from './user-menu.js';

/** Not modal: while it is open the alarm bar and its Accept stay within reach. */
export function UserMenu({ onHelp, onSecurity, onScreen, asked }: WhoIsHereProps & Asked) {
  const { user, place, signOut, switchPerson } = useIdentity();
  return (
    <DropdownMenu.Root modal={false} defaultOpen={asked}>
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
          {place ? (
            <DropdownMenu.Item className="menu-item" onSelect={switchPerson}>
              {t('shell:switchPerson')}
            </DropdownMenu.Item>
          ) : null}
          <DropdownMenu.Item className="menu-item" onSelect={signOut}>
            {t('shell:signOut')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
