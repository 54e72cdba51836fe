import type { SessionUser } from '@vigil/contracts';
import { DropdownMenu } from 'radix-ui';

interface UserMenuProps {
  readonly user: SessionUser;
  readonly onHelp: () => void;
  readonly onSignOut: () => void;
}

/** Not modal: while it is open the alarm bar and its Accept stay within reach. */
export function UserMenu({ user, onHelp, onSignOut }: UserMenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button user">
        <span className="user-name">{user.name}</span>
        <span aria-hidden="true">▾</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.Label className="menu-label">{user.roles.join(', ')}</DropdownMenu.Label>
          <DropdownMenu.Item className="menu-item" onSelect={onHelp}>
            Help and keys <kbd>?</kbd>
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={onSignOut}>
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
