import type { AccountView, Page, PersonRole, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  type Account,
  type AccountChange,
  Accounts,
  type AccountToCreate,
  type TemporaryPassword,
} from '../../ports/accounts.js';
import { accountView, accountViews } from './account-views.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { removeFactorsOf } from './sql-second-factors.js';
import { endSessionsOf } from './sql-sessions.js';
import { userOf } from './session-user.js';
import type { Tx } from './sql.js';

/** Accounts in SQL. Care units are those of the person's assignments now. */
export class SqlAccounts extends Accounts {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'clock'>) {
    super();
  }

  override byUsername(username: string): Promise<Account | null> {
    return this.account('username', username);
  }

  override byStaffId(staffId: StaffId): Promise<Account | null> {
    return this.account('staff_id', staffId);
  }

  /** Disabled ones too. */
  async staffIdOf(username: string): Promise<StaffId | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('account').select('staff_id').where('username', '=', username).executeTakeFirst(),
    );
    return row === undefined ? null : (row.staff_id as StaffId);
  }

  override list(query: { limit: number; cursor?: string | undefined; wallMs: number }): Promise<Page<AccountView>> {
    return this.context.sql.query((db) => accountViews(db, query));
  }

  override view(staffId: StaffId, wallMs: number): Promise<AccountView | null> {
    return this.context.sql.query((db) => accountView(db, staffId, wallMs));
  }

  override create(account: AccountToCreate, change: AccountChange): Promise<void> {
    const { staffId, username, name, roles, password } = account;
    return this.change(change, async ({ db }) => {
      const taken = await db
        .selectFrom('account')
        .select('staff_id')
        .where((eb) => eb.or([eb('username', '=', username), eb('staff_id', '=', staffId)]))
        .executeTakeFirst();
      if (taken !== undefined) throw new PlatformError('conflict', { ids: [`staff:${staffId}`] });
      const person = { name, roles_json: JSON.stringify(roles) };
      await db
        .insertInto('staff')
        .values({ staff_id: staffId, ...person })
        .onConflict((c) => c.column('staff_id').doUpdateSet(person))
        .execute();
      await db
        .insertInto('account')
        .values({ username, staff_id: staffId, ...temporaryColumns(password, change.wallMs) })
        .execute();
    });
  }

  override setRoles(staffId: StaffId, roles: readonly PersonRole[], change: AccountChange): Promise<void> {
    return this.change(change, async (tx) => {
      await requireAccount(tx, staffId);
      await tx.db
        .updateTable('staff')
        .set({ roles_json: JSON.stringify(roles) })
        .where('staff_id', '=', staffId)
        .execute();
      await requireAnAdmin(tx);
      await endSessionsOf(tx, staffId);
    });
  }

  override setDisabled(staffId: StaffId, disabled: boolean, change: AccountChange): Promise<void> {
    return this.change(change, async (tx) => {
      await requireAccount(tx, staffId);
      await tx.db
        .updateTable('account')
        .set({ disabled: disabled ? 1 : 0 })
        .where('staff_id', '=', staffId)
        .execute();
      if (!disabled) return;
      await requireAnAdmin(tx);
      await endSessionsOf(tx, staffId);
    });
  }

  override reset(
    staffId: StaffId,
    { password, secondFactors }: { readonly password: TemporaryPassword; readonly secondFactors: boolean },
    change: AccountChange,
  ): Promise<void> {
    return this.change(change, async (tx) => {
      await requireAccount(tx, staffId);
      await tx.db.updateTable('account').set(temporaryColumns(password, change.wallMs)).where('staff_id', '=', staffId).execute();
      if (secondFactors) await removeFactorsOf(tx, staffId);
      await endSessionsOf(tx, staffId);
    });
  }

  override setPassword(staffId: StaffId, passwordHash: string, change: AccountChange): Promise<void> {
    return this.change(change, async (tx) => {
      await requireAccount(tx, staffId);
      await tx.db
        .updateTable('account')
        .set({
          password_hash: passwordHash,
          password_temporary: 0,
          temporary_until_wall_ms: null,
          password_changed_wall_ms: change.wallMs,
        })
        .where('staff_id', '=', staffId)
        .execute();
      await endSessionsOf(tx, staffId);
    });
  }

  override async rehash(staffId: StaffId, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .updateTable('account')
        .set({ password_hash: to })
        .where('staff_id', '=', staffId)
        .where('password_hash', '=', from)
        .execute(),
    );
  }

  /** The audit row comes first: its counter stays locked, so that two changes at once are made one after the other. */
  private change(change: AccountChange, work: (tx: Tx) => Promise<void>): Promise<void> {
    return this.context.sql.transaction(async (tx) => {
      await appendAudit(tx, change.audit, change.wallMs);
      await work(tx);
    });
  }

  private account(column: 'username' | 'staff_id', value: string): Promise<Account | null> {
    return this.context.sql.query(async (db) => {
      const row = await db.selectFrom('account').selectAll().where(column, '=', value).executeTakeFirst();
      if (row === undefined) return null;
      const user = await userOf(db, row.staff_id, this.context.clock.wallMs());
      if (user === null) return null;
      return {
        user,
        passwordHash: row.password_hash,
        passwordChangedMs: row.password_changed_wall_ms,
        passwordTemporary: row.password_temporary === 1,
        temporaryUntilMs: row.temporary_until_wall_ms,
      };
    });
  }
}

interface PasswordColumns {
  password_hash: string;
  password_temporary: number;
  temporary_until_wall_ms: number | null;
  password_changed_wall_ms: number | null;
}

function temporaryColumns(password: TemporaryPassword | null, wallMs: number): PasswordColumns {
  return {
    password_hash: password?.hash ?? '',
    password_temporary: password === null ? 0 : 1,
    temporary_until_wall_ms: password?.untilMs ?? null,
    password_changed_wall_ms: password === null ? null : wallMs,
  };
}

async function requireAccount({ db }: Tx, staffId: string): Promise<void> {
  const row = await db.selectFrom('account').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found', { ids: [`staff:${staffId}`] });
}

/** @throws PlatformError('conflict') when nobody who could manage accounts would be left */
async function requireAnAdmin({ db }: Tx): Promise<void> {
  const rows = await db
    .selectFrom('staff as s')
    .innerJoin('account as a', 'a.staff_id', 's.staff_id')
    .select('s.roles_json')
    .where('a.disabled', '=', 0)
    .where('s.roles_json', 'like', '%"admin"%')
    .execute();
  if (rows.length === 0) throw new PlatformError('conflict');
}
