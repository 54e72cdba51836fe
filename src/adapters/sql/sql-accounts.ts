import type { StaffId } from '@vigil/contracts';
import { type Account, Accounts } from '../../ports/accounts.js';
import type { SqlContext } from './context.js';
import { userOf } from './session-user.js';

/** Accounts in SQL. Care units are those of the person's assignments now. */
export class SqlAccounts extends Accounts {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'clock'>) {
    super();
  }

  byUsername(username: string): Promise<Account | null> {
    return this.account('username', username);
  }

  byStaffId(staffId: StaffId): Promise<Account | null> {
    return this.account('staff_id', staffId);
  }

  private async account(column: 'username' | 'staff_id', value: string): Promise<Account | null> {
    return this.context.sql.query(async (db) => {
      const row = await db.selectFrom('account').selectAll().where(column, '=', value).executeTakeFirst();
      if (row === undefined) return null;
      const user = await userOf(db, row.staff_id, this.context.clock.wallMs());
      return user === null ? null : { user, passwordHash: row.password_hash };
    });
  }
}
