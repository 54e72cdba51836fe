import { type FormEvent, type ReactNode, useState } from 'react';
import type { Who } from '../../model/identity-check.js';
import { t } from '../../words/words.js';
import { identifies, IdentityField, WhoBadge } from './identity-parts.js';
import type { Commanding } from './use-command.js';

interface WriteFormProps {
  readonly who: Who;
  readonly place: string;
  readonly command: Commanding;
  readonly verb: string;
  readonly danger?: boolean;
  /** Why it can't be sent yet, in words; empty when it can. */
  readonly missing?: (form: FormData) => string;
  readonly onSend: (form: FormData) => void;
  readonly children: ReactNode;
}

/**
 * Every form that writes about a patient: two identifiers on it, one of them typed or scanned anew, one press at a time. Without the
 * identifier nothing is sent, whichever way the form is submitted.
 */
export function WriteForm({ who, place, command, verb, danger = false, missing, onSend, children }: WriteFormProps) {
  const [typed, setTyped] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (command.busy) return;
    const form = new FormData(event.currentTarget);
    const why = missing?.(form) ?? '';
    if (why) return command.say(why);
    if (!identifies(typed, who)) return command.say(t('stays:identifyFirst'));
    onSend(form);
  };
  return (
    <form className="form" noValidate onSubmit={submit}>
      {children}
      <WhoBadge who={who} place={place} showMrn={false} />
      <IdentityField who={who} value={typed} onChange={setTyped} />
      <button type="submit" className={`button ${danger ? 'danger' : 'primary'}`} aria-disabled={command.busy}>
        {command.busy ? t('stays:sending') : verb}
      </button>
      <p className="form-error" role="alert">
        {command.error}
      </p>
    </form>
  );
}

export const textOf = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
