import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { plainText } from '../../words/plain-text.js';

/** A dialog about one alarm or one patient. Not modal, and not closed by a press beside it: the alarm bar stays within reach. */
export function AlarmDialog({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <Dialog.Portal>
      <Dialog.Content className="alarm-dialog" onInteractOutside={(event) => event.preventDefault()}>
        <Dialog.Title>{title}</Dialog.Title>
        <Dialog.Description className="dialog-about">{plainText(about)}</Dialog.Description>
        {children}
      </Dialog.Content>
    </Dialog.Portal>
  );
}
