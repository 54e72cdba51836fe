import { type AccountCreated, type AccountView, NewAccount, PersonRole } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/office-api.js';
import { type Answer, type Trouble, troubleText } from '../../live/problem.js';
import { mayManageAccounts } from '../../model/screens-of.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Table, TroubleNote } from '../../parts/parts.js';
import { Said } from '../../parts/said.js';
import { usePages } from '../../parts/use-pages.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

const head = (manages: boolean): readonly string[] => [
  ...[t('accounts:colPerson'), t('accounts:colRoles'), t('accounts:colWays'), t('accounts:colSessions')],
  ...(manages ? [t('accounts:colChange')] : []),
];

/** Accounts of the site. A temporary password is shown once, here, and nowhere else. */
export function AccountsScreen() {
  const { user } = useIdentity();
  const pages = usePages<AccountView>('accounts', api.accounts);
  const [made, setMade] = useState<AccountCreated | null>(null);
  const manages = mayManageAccounts(user?.roles ?? []);
  const onMade = (created: AccountCreated): void => {
    setMade(created);
    pages.again();
  };
  return (
    <>
      {made?.temporaryPassword ? <TemporaryPassword made={made} onDone={() => setMade(null)} /> : null}
      {manages ? <CreateAccount onMade={onMade} /> : null}
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {pages.busy && pages.items.length === 0 ? (
        <p className="state-note" role="status">
          {t('accounts:loading')}
        </p>
      ) : null}
      {pages.items.length > 0 ? (
        <Table label={t('accounts:table')} head={head(manages)}>
          {pages.items.map((account) => (
            <Row key={account.staffId} account={account} manages={manages} onChanged={pages.again} onMade={onMade} />
          ))}
        </Table>
      ) : null}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          {t('accounts:more')}
        </button>
      ) : null}
    </>
  );
}

function TemporaryPassword({ made, onDone }: { made: AccountCreated; onDone: () => void }) {
  return (
    <section className="card shown-once" role="alert">
      <h2>
        <bdi>{t('accounts:temporaryOf', { name: plainText(made.account.name) })}</bdi>
      </h2>
      <p>
        <Said>{t('accounts:handOver', { username: made.account.username })}</Said> <code>{made.temporaryPassword}</code>
      </p>
      <p>
        <Said>{t('accounts:handOverHow')}</Said>
      </p>
      <button type="button" className="button primary" onClick={onDone}>
        {t('accounts:handedOver')}
      </button>
    </section>
  );
}

function RoleChoice({ chosen }: { chosen: readonly string[] }) {
  return (
    <fieldset className="roles">
      <legend>{t('accounts:roles')}</legend>
      {PersonRole.options.map((role) => (
        <label key={role} className="check">
          <input type="checkbox" name="role" value={role} defaultChecked={chosen.includes(role)} /> {t(`accounts:role.${role}`)}
        </label>
      ))}
    </fieldset>
  );
}

function CreateAccount({ onMade }: { onMade: (created: AccountCreated) => void }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [count, setCount] = useState(0);
  const submit = (form: FormData): void => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const wanted = NewAccount.safeParse({
      staffId: text('staffId'),
      username: text('username'),
      name: text('name'),
      roles: form.getAll('role'),
      password: !form.has('noPassword'),
    });
    void run(async () => {
      if (!wanted.success) return t('accounts:check', { what: wrongFields(wanted.error.issues) });
      const answer = checked(await api.createAccount(wanted.data));
      if (!answer.ok) return answer.trouble.code === 'conflict' ? t('accounts:taken') : troubleText(answer.trouble);
      setCount(count + 1);
      onMade(answer.value);
      return '';
    });
  };
  return (
    <details className="card">
      <summary>{t('accounts:newAccount')}</summary>
      <Form key={count} error={error} onSubmit={submit}>
        <div className="fields">
          <TextField label={t('accounts:name')} name="name" autoComplete="off" maxLength={80} />
          <TextField
            label={t('accounts:username')}
            name="username"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
          />
          <TextField label={t('accounts:staffId')} name="staffId" autoComplete="off" spellCheck={false} maxLength={64} />
        </div>
        <RoleChoice chosen={[]} />
        <label className="check">
          <input type="checkbox" name="noPassword" /> {t('accounts:noPassword')}
        </label>
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t('accounts:making') : t('accounts:make')}
        </button>
      </Form>
    </details>
  );
}

const FIELDS = ['staffId', 'username', 'name', 'roles'] as const;
const isField = (name: string): name is (typeof FIELDS)[number] => (FIELDS as readonly string[]).includes(name);

function wrongFields(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  const wrong = new Set(issues.map(({ path }) => String(path[0])).filter(isField));
  return [...wrong].map((name) => t(`accounts:field.${name}`)).join(', ');
}

function waysOf({ hasPassword, passwordTemporary, totp, passkeys }: AccountView): string {
  const ways = [
    hasPassword ? (passwordTemporary ? t('accounts:way.temporary') : t('accounts:way.password')) : '',
    totp ? t('accounts:way.app') : '',
    passkeys > 0 ? t('accounts:way.passkeys', { count: passkeys }) : '',
  ];
  return ways.filter(Boolean).join(', ') || t('accounts:way.hospital');
}

interface RowProps {
  readonly account: AccountView;
  readonly manages: boolean;
  readonly onChanged: () => void;
  readonly onMade: (created: AccountCreated) => void;
}

function Row({ account, manages, onChanged, onMade }: RowProps) {
  const { user } = useIdentity();
  return (
    <tr data-disabled={account.disabled}>
      <td>
        <b>
          <bdi>{plainText(account.name)}</bdi>
        </b>{' '}
        {account.disabled ? <span className="tag">{t('accounts:disabled')}</span> : null}
        <br />
        {account.username}
      </td>
      <td>{account.roles.map((role) => t(`accounts:role.${role}`)).join(', ') || t('accounts:none')}</td>
      <td>{waysOf(account)}</td>
      <td>{account.sessions}</td>
      {manages ? (
        <td>
          {user?.staffId === account.staffId ? (
            t('accounts:own')
          ) : (
            <Changes account={account} onChanged={onChanged} onMade={onMade} />
          )}
        </td>
      ) : null}
    </tr>
  );
}

function Changes({ account, onChanged, onMade }: Omit<RowProps, 'manages'>) {
  const { checked } = useIdentity();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [editing, setEditing] = useState(false);
  const { staffId, disabled } = account;
  const name = plainText(account.name);
  const act = async <T,>(asked: Promise<Answer<T>>, done: (value: T) => void): Promise<void> => {
    const answer = checked(await asked);
    setTrouble(answer.ok ? null : answer.trouble);
    if (answer.ok) done(answer.value);
  };
  const changed = (): void => {
    setEditing(false);
    onChanged();
  };
  const saveRoles = (form: FormData): void => {
    const roles = form.getAll('role').map((role) => PersonRole.parse(role));
    void act(api.setRoles(staffId, roles), changed);
  };
  return (
    <div className="row-actions" role="group" aria-label={t('accounts:changeOf', { name })}>
      {editing ? (
        <Form error="" onSubmit={saveRoles}>
          <RoleChoice chosen={account.roles} />
          <div className="form-buttons">
            <button type="submit" className="button small">
              {t('accounts:keepRoles')}
            </button>
            <button type="button" className="button small" onClick={() => setEditing(false)}>
              {t('accounts:cancel')}
            </button>
          </div>
        </Form>
      ) : (
        <>
          <button type="button" className="button small" onClick={() => setEditing(true)}>
            {t('accounts:roles')}
          </button>
          {disabled ? (
            <button type="button" className="button small" onClick={() => void act(api.enableAccount(staffId), changed)}>
              {t('accounts:enable')}
            </button>
          ) : (
            <ConfirmButton
              name={t('accounts:disable')}
              question={t('accounts:disableAsk', { name })}
              onConfirm={() => void act(api.disableAccount(staffId), changed)}
            />
          )}
          <ConfirmButton
            name={t('accounts:newPassword')}
            question={t('accounts:newPasswordAsk')}
            onConfirm={() => void act(api.resetAccount(staffId, false), onMade)}
          />
          <ConfirmButton
            name={t('accounts:resetAll')}
            question={t('accounts:resetAllAsk')}
            onConfirm={() => void act(api.resetAccount(staffId, true), onMade)}
          />
          {account.sessions > 0 ? (
            <ConfirmButton
              name={t('accounts:signOut')}
              question={t('accounts:signOutAsk')}
              onConfirm={() => void act(api.endAccountSessions(staffId), changed)}
            />
          ) : null}
        </>
      )}
      {trouble ? <TroubleNote trouble={trouble} /> : null}
    </div>
  );
}
