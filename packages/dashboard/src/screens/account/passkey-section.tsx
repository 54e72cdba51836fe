import type { OwnAccount } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/identity-api.js';
import { type Trouble, troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Section, TroubleNote, whenText } from '../../parts/parts.js';

export function PasskeySection({ account, onChanged }: { account: OwnAccount; onChanged: () => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const submit = (form: FormData): void => {
    const name = String(form.get('name') ?? '').trim();
    void run(async () => {
      if (!name) return 'Give the passkey a name, so that you know it in this list.';
      const answer = checked(await api.addPasskey(name));
      setTrouble(!answer.ok && answer.trouble.code === 'reauthentication-required' ? answer.trouble : null);
      if (answer.ok) onChanged();
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  const remove = (passkeyId: string): void =>
    void api
      .removePasskey(passkeyId)
      .then((answer) => (checked(answer).ok ? onChanged() : setTrouble(answer.ok ? null : answer.trouble)));
  return (
    <Section title="Passkeys">
      <p>A passkey signs you in with a finger, a face or a PIN, without name and password.</p>
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      {account.passkeys.length === 0 ? <p className="state-note">You have none yet.</p> : null}
      <ul className="rows">
        {account.passkeys.map((key) => (
          <li key={key.passkeyId}>
            <span>
              <b>{key.name}</b>
              <br />
              added {whenText(key.createdMs)},{' '}
              {key.lastUsedMs === null ? 'not used yet' : `last used ${whenText(key.lastUsedMs)}`}
              {key.synced ? ', on several of your devices' : ''}
            </span>
            <button type="button" className="button" onClick={() => remove(key.passkeyId)}>
              Remove<span className="visually-hidden"> {key.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {api.passkeysWork() ? (
        <Form key={account.passkeys.length} error={trouble ? '' : error} onSubmit={submit}>
          <TextField label="Name of the new passkey" name="name" placeholder="My phone" autoComplete="off" maxLength={60} />
          <button type="submit" className="button" aria-disabled={busy}>
            {busy ? 'Waiting for the browser…' : 'Add a passkey'}
          </button>
        </Form>
      ) : (
        <p>This browser has no passkeys, or the page was not opened by https or as localhost.</p>
      )}
    </Section>
  );
}
