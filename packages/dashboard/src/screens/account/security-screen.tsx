import type { OwnAccount } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/identity-api.js';
import { troubleText, type Trouble } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { NewPasswordFields } from '../../parts/new-password.js';
import { useIdentity } from '../../shell/identity.js';
import { momentText } from '../../model/time-words.js';
import { Loaded, Section, TroubleNote } from '../../parts/parts.js';
import { t } from '../../words/words.js';
import { PasskeySection } from './passkey-section.js';
import { PushSection } from './push-section.js';
import { SessionsSection } from './sessions-section.js';
import { RecoveryCodesNote, TotpSetup } from '../sign-in/totp-setup.js';
import { useLoad } from '../../parts/use-load.js';

/** How the person signs in, and from where. */
export function SecurityScreen() {
  const { load, again } = useLoad(['account'], api.ownAccount);
  return (
    <Loaded load={load} again={again} what={t('account:what')}>
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
      if (!old || !first) return t('account:enterBoth');
      if (first !== second) return t('account:notSame');
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
      <Section title={t('account:password')}>
        <p>{t('account:passwordNone')}</p>
      </Section>
    );
  }
  return (
    <Section title={t('account:password')}>
      <p>
        {account.passwordChangedMs === null
          ? t('account:neverChanged')
          : t('account:changedAt', { at: momentText(account.passwordChangedMs) })}{' '}
        {t('account:changeEnds')}
      </p>
      <Form key={done} error={error} onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={account.username} readOnly />
        <TextField label={t('account:yourPassword')} name="old" type="password" autoComplete="current-password" maxLength={256} />
        <NewPasswordFields
          label={t('account:newPassword')}
          labelAgain={t('account:newPasswordAgain')}
          hint={t('account:newPasswordHint')}
        />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? t('account:changing') : t('account:change')}
        </button>
      </Form>
      {done > 0 && !error ? <p role="status">{t('account:changed')}</p> : null}
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
    <Section title={t('account:app')}>
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
            {account.recoveryCodesLeft < 3
              ? t('account:appSetFew', { n: account.recoveryCodesLeft })
              : t('account:appSet', { n: account.recoveryCodesLeft })}
          </p>
          <div className="form-buttons">
            <button type="button" className="button" onClick={renew}>
              {t('account:newCodes')}
            </button>
            {account.secondFactorRequired ? null : (
              <button type="button" className="button" onClick={remove}>
                {t('account:removeApp')}
              </button>
            )}
          </div>
        </>
      ) : (
        <>
          <p>
            {t('account:appNotSet')} {account.secondFactorRequired ? `${t('account:appNeeded')} ` : ''}
            {t('account:appWhat')}
          </p>
          <button type="button" className="button" onClick={() => setSettingUp(true)}>
            {t('account:setUpApp')}
          </button>
        </>
      )}
    </Section>
  );
}
