import { type AccountCreated, type AccountView, NewAccount, PersonRole } from '@vigil/contracts';
import { useState } from 'react';
import * as api from '../../live/office-api.js';
import { type Answer, type Trouble, troubleText } from '../../live/problem.js';
import { mayManageAccounts } from '../../model/screens-of.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Table, TroubleNote } from '../../parts/parts.js';
import { usePages } from '../../parts/use-pages.js';

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
          Loading accounts…
        </p>
      ) : null}
      {pages.items.length > 0 ? (
        <Table label="Accounts" head={['Person', 'Roles', 'Signs in by', 'Sessions', ...(manages ? ['Change'] : [])]}>
          {pages.items.map((account) => (
            <Row key={account.staffId} account={account} manages={manages} onChanged={pages.again} onMade={onMade} />
          ))}
        </Table>
      ) : null}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          Show more
        </button>
      ) : null}
    </>
  );
}

function TemporaryPassword({ made, onDone }: { made: AccountCreated; onDone: () => void }) {
  return (
    <section className="card shown-once" role="alert">
      <h2>Temporary password of {made.account.name}</h2>
      <p>
        Username <b>{made.account.username}</b>, password <code>{made.temporaryPassword}</code>
      </p>
      <p>
        It is shown <b>only now</b>, holds for three days, and is changed at the first sign-in. Hand it over in person.
      </p>
      <button type="button" className="button primary" onClick={onDone}>
        I have handed it over
      </button>
    </section>
  );
}

function RoleChoice({ chosen }: { chosen: readonly string[] }) {
  return (
    <fieldset className="roles">
      <legend>Roles</legend>
      {PersonRole.options.map((role) => (
        <label key={role} className="check">
          <input type="checkbox" name="role" value={role} defaultChecked={chosen.includes(role)} /> {role.replaceAll('-', ' ')}
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
      if (!wanted.success)
        return `Check: ${[...new Set(wanted.error.issues.map((issue) => FIELDS[String(issue.path[0])] ?? ''))].join(', ')}.`;
      const answer = checked(await api.createAccount(wanted.data));
      if (!answer.ok)
        return answer.trouble.code === 'conflict'
          ? 'This username or staff id has an account already.'
          : troubleText(answer.trouble);
      setCount(count + 1);
      onMade(answer.value);
      return '';
    });
  };
  return (
    <details className="card">
      <summary>New account</summary>
      <Form key={count} error={error} onSubmit={submit}>
        <div className="fields">
          <TextField label="Name" name="name" autoComplete="off" maxLength={80} />
          <TextField
            label="Username"
            name="username"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
          />
          <TextField label="Staff id" name="staffId" autoComplete="off" spellCheck={false} maxLength={64} />
        </div>
        <RoleChoice chosen={[]} />
        <label className="check">
          <input type="checkbox" name="noPassword" /> No password: signs in with the hospital&rsquo;s sign-in
        </label>
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Making…' : 'Make the account'}
        </button>
      </Form>
    </details>
  );
}

const FIELDS: Readonly<Record<string, string>> = {
  staffId: 'the staff id (letters, digits, -)',
  username: 'the username (letters, digits, and . _ @ - after the first)',
  name: 'the name',
  roles: 'the roles',
};

interface RowProps {
  readonly account: AccountView;
  readonly manages: boolean;
  readonly onChanged: () => void;
  readonly onMade: (created: AccountCreated) => void;
}

function Row({ account, manages, onChanged, onMade }: RowProps) {
  const { user } = useIdentity();
  const ways = [
    account.hasPassword ? `password${account.passwordTemporary ? ' (temporary)' : ''}` : '',
    account.totp ? 'app' : '',
    account.passkeys > 0 ? `${account.passkeys} passkeys` : '',
  ];
  return (
    <tr data-disabled={account.disabled}>
      <td>
        <b>{account.name}</b> {account.disabled ? <span className="tag">DISABLED</span> : null}
        <br />
        {account.username}
      </td>
      <td>{account.roles.join(', ') || 'none'}</td>
      <td>{ways.filter(Boolean).join(', ') || 'hospital sign-in'}</td>
      <td>{account.sessions}</td>
      {manages ? (
        <td>
          {user?.staffId === account.staffId ? (
            'Your own account: somebody else changes it.'
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
  const { staffId, name, disabled } = account;
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
    <div className="row-actions" role="group" aria-label={`Change the account of ${name}`}>
      {editing ? (
        <Form error="" onSubmit={saveRoles}>
          <RoleChoice chosen={account.roles} />
          <div className="form-buttons">
            <button type="submit" className="button small">
              Keep these roles
            </button>
            <button type="button" className="button small" onClick={() => setEditing(false)}>
              Cancel
            </button>
          </div>
        </Form>
      ) : (
        <>
          <button type="button" className="button small" onClick={() => setEditing(true)}>
            Roles
          </button>
          {disabled ? (
            <button type="button" className="button small" onClick={() => void act(api.enableAccount(staffId), changed)}>
              Enable
            </button>
          ) : (
            <ConfirmButton
              name="Disable"
              question={`No sign-in for ${name}?`}
              onConfirm={() => void act(api.disableAccount(staffId), changed)}
            />
          )}
          <ConfirmButton
            name="New password"
            question="End the old one?"
            onConfirm={() => void act(api.resetAccount(staffId, false), onMade)}
          />
          <ConfirmButton
            name="Reset all"
            question="Take away app and passkeys too?"
            onConfirm={() => void act(api.resetAccount(staffId, true), onMade)}
          />
          {account.sessions > 0 ? (
            <ConfirmButton
              name="Sign out"
              question="Everywhere?"
              onConfirm={() => void act(api.endAccountSessions(staffId), changed)}
            />
          ) : null}
        </>
      )}
      {trouble ? <TroubleNote trouble={trouble} /> : null}
    </div>
  );
}
