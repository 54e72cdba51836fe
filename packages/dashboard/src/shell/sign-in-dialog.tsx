import type { Session } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';
import { SignInFlow } from '../screens/sign-in/sign-in-flow.js';

interface SignInDialogProps {
  readonly open: boolean;
  readonly notice: string;
  readonly onSignedIn: (session: Session) => void;
  readonly onClose: () => void;
}

/** Over the live view, which goes on. Not modal: the alarm bar stays within reach. */
export function SignInDialog({ open, notice, onSignedIn, onClose }: SignInDialogProps) {
  const { user, place } = useIdentity();
  const ref = useRef<HTMLDialogElement>(null);
  const cameFrom = useRef<Element | null>(null);
  useEffect(() => {
    if (!open) return ref.current?.close();
    cameFrom.current = document.activeElement;
    ref.current?.show();
    ref.current?.querySelector<HTMLElement>('input')?.focus();
    return undefined;
  }, [open]);
  const close = (): void => {
    onClose();
    if (cameFrom.current instanceof HTMLElement) cameFrom.current.focus();
  };
  return (
    <dialog
      ref={ref}
      className="panel"
      aria-labelledby="sign-in-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      {open ? (
        <>
          <div className="panel-head">
            <h2 id="sign-in-title">{user ? t('shell:signInAgainTitle') : t('shell:signInTitle')}</h2>
            <button type="button" className="button plain" onClick={close}>
              {t('common:close')}
            </button>
          </div>
          {place ? <p className="sign-in-lead">{t('shell:atStation', { label: place.label })}</p> : null}
          <SignInFlow notice={notice} onSignedIn={onSignedIn} />
        </>
      ) : null}
    </dialog>
  );
}
