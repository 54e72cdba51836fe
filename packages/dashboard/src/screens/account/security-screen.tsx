import type { OwnAccount } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/identity-api.js';
import { troubleText, type Trouble } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, TroubleNote, whenText } from '../../parts/parts.js';
import { PasskeySection } from './passkey-section.js';
import { PushSection } from './push-section.js';
import { SessionsSection } from './sessions-section.js';
import { RecoveryCodesNote, TotpSetup } from '../sign-in/totp-setup.js';
import { useLoad } from '../../parts/use-load.js';

/** How the person signs in, and from where. */
export function SecurityScreen() {
  const { load, again } = useLoad(['account'], api.ownAccount);
  return (
    <Loaded load={load} again={again} what="how you sign in">
      {(account) => (
        <div className="cards">
          <PasswordSection account={account} onChanged={again} />
          <TotpSection account={account} onChanged={again} />
          <PasskeySection account={account} onChanged={again} />
          <PushSection />
          <SessionsSection />
        </div>
      )}
    </Loaded>
  );
}

interface OfAccount {
  readonly account: OwnAccount;
  readonly onChanged: () => void;
}

function PasswordSection({ account, onChanged }: OfAccount) {
  const { renewed, checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [done, setDone] = useState(0);
  const submit = (form: FormData): void => {
    const [old, first, second] = ['old', 'new', 'again'].map((name) => String(form.get(name) ?? ''));
    void run(async () => {
      if (!old || !first) return 'Enter your password and the new one.';
      if (first !== second) return 'The two new passwords are not the same. Type them again.';
      const answer = checked(await api.changePassword(old, first));
      if (!answer.ok) return troubleText(answer.trouble);
      renewed(answer.value);
      setDone(done + 1);
      onChanged();
      return '';
    });
  };
  if (!account.hasPassword) {
    return (
      <Section title="Password">
        <p>You have none here: you sign in with a passkey or with the hospital&rsquo;s sign-in.</p>
      </Section>
    );
  }
  return (
    <Section title="Password">
      <p>
        {account.passwordChangedMs === null ? 'Never changed.' : `Changed ${whenText(account.passwordChangedMs)}.`} A change ends
        all your other sessions.
      </p>
      <Form key={done} error={error} onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={account.username} readOnly />
        <TextField label="Your password" name="old" type="password" autoComplete="current-password" maxLength={256} />
        <TextField
          label="New password"
          name="new"
          type="password"
          autoComplete="new-password"
          hint="At least 12 characters; a few words are easy to keep."
          maxLength={256}
        />
        <TextField label="New password, again" name="again" type="password" autoComplete="new-password" maxLength={256} />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? 'Changing…' : 'Change the password'}
        </button>
      </Form>
      {done > 0 && !error ? <p role="status">The password is changed.</p> : null}
    </Section>
  );
}

function TotpSection({ account, onChanged }: OfAccount) {
  const { renewed, checked } = useIdentity();
  const [settingUp, setSettingUp] = useState(false);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  if (codes) {
    const done = (): void => {
      setCodes(null);
      onChanged();
    };
    return (
      <section className="card">
        <RecoveryCodesNote codes={codes} onDone={done} />
      </section>
    );
  }
  const remove = (): void =>
    void api.removeTotp().then((answer) => (checked(answer).ok ? onChanged() : setTrouble(answer.ok ? null : answer.trouble)));
  const renew = (): void =>
    void api
      .newRecoveryCodes()
      .then((answer) =>
        answer.ok ? setCodes(answer.value.recoveryCodes) : setTrouble(checked(answer).ok ? null : answer.trouble),
      );
  return (
    <Section title="Authenticator app">
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      {settingUp ? (
        <TotpSetup
          begin={api.beginTotp}
          confirm={api.confirmTotp}
          onDone={({ recoveryCodes, session }) => {
            if ('user' in session) renewed(session);
            setSettingUp(false);
            setCodes(recoveryCodes);
          }}
          onCancel={() => setSettingUp(false)}
        />
      ) : account.totp ? (
        <>
          <p>
            Set up. {account.recoveryCodesLeft} of your recovery codes are left
            {account.recoveryCodesLeft < 3 ? ': make new ones soon.' : '.'}
          </p>
          <div className="form-buttons">
            <button type="button" className="button" onClick={renew}>
              Make new recovery codes
            </button>
            {account.secondFactorRequired ? null : (
              <button type="button" className="button" onClick={remove}>
                Remove the app
              </button>
            )}
          </div>
        </>
      ) : (
        <>
          <p>
            Not set up. {account.secondFactorRequired ? 'Your role needs a second factor. ' : ''}A code from your phone then
            stands beside the password.
          </p>
          <button type="button" className="button" onClick={() => setSettingUp(true)}>
            Set up an app
          </button>
        </>
      )}
    </Section>
  );
}
