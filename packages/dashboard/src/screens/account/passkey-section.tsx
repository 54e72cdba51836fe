import type { OwnAccount } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/identity-api.js';
import { type Trouble, troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { momentText } from '../../model/time-words.js';
import { Section, TroubleNote } from '../../parts/parts.js';
import { t } from '../../words/words.js';

export function PasskeySection({ account, onChanged }: { account: OwnAccount; onChanged: () => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const submit = (form: FormData): void => {
    const name = String(form.get('name') ?? '').trim();
    void run(async () => {
      if (!name) return t('account:passkeyNeedsName');
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
    <Section title={t('account:passkeys')}>
      <p>{t('account:passkeysWhat')}</p>
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      {account.passkeys.length === 0 ? <p className="state-note">{t('account:passkeysNone')}</p> : null}
      <ul className="rows">
        {account.passkeys.map((key) => (
          <li key={key.passkeyId}>
            <span>
              <b>
                <bdi>{key.name}</bdi>
              </b>
              <br />
              {usedText(key)}
            </span>
            <button type="button" className="button" onClick={() => remove(key.passkeyId)}>
              {t('account:remove')}
              <span className="visually-hidden"> {key.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {api.passkeysWork() ? (
        <Form key={account.passkeys.length} error={trouble ? '' : error} onSubmit={submit}>
          <TextField
            label={t('account:passkeyName')}
            name="name"
            placeholder={t('account:passkeyExample')}
            autoComplete="off"
            maxLength={60}
          />
          <button type="submit" className="button" aria-disabled={busy}>
            {busy ? t('account:waitingForBrowser') : t('account:addPasskey')}
          </button>
        </Form>
      ) : (
        <p>{t('account:noPasskeysHere')}</p>
      )}
    </Section>
  );
}

function usedText({ createdMs, lastUsedMs, synced }: OwnAccount['passkeys'][number]): string {
  return [
    t('account:passkeyAdded', { at: momentText(createdMs) }),
    lastUsedMs === null ? t('account:passkeyUnused') : t('account:passkeyUsed', { at: momentText(lastUsedMs) }),
    ...(synced ? [t('account:passkeySynced')] : []),
  ].join(', ');
}
