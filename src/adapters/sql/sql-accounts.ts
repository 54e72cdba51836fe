import { SessionUser, type StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { type Account, Accounts, type StoredSession } from '../../ports/accounts.js';
import type { SqlContext } from './context.js';
import type { Db } from './sql.js';

/** The idle time is pushed on in steps of at most this, so that not every request costs a write to the disk. */
const PUSH_STEP_MS_MAX = 10_000;
const PUSH_STEPS_PER_IDLE = 60;

/**
 * Accounts and sessions in SQL. A session's end may lie up to a sixtieth of the idle time (at most 10 s) before the
 * last use plus the idle time. Care units are those of the person's assignments now.
 */
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

  async createSession(tokenHash: string, staffId: StaffId, wallMs: number, idleMs: number): Promise<StoredSession> {
    return this.context.sql.transaction(async ({ db }) => {
      const user = await userOf(db, staffId, wallMs);
      if (user === null) throw new PlatformError('not-found', { ids: [`staff:${staffId}`] });
      const expiresAtMs = wallMs + idleMs;
      await db.deleteFrom('session').where('expires_wall_ms', '<=', wallMs).execute();
      await db.insertInto('session').values({ token_hash: tokenHash, staff_id: staffId, expires_wall_ms: expiresAtMs }).execute();
      return { user, expiresAtMs };
    });
  }

  async touchSession(tokenHash: string, wallMs: number, idleMs: number): Promise<StoredSession | null> {
    return this.context.sql.query(async (db) => {
      const session = await db
        .selectFrom('session')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where('expires_wall_ms', '>', wallMs)
        .executeTakeFirst();
      if (session === undefined) return null;
      const user = await userOf(db, session.staff_id, wallMs);
      if (user === null) return null;
      const pushedMs = wallMs + idleMs;
      const stepMs = Math.min(PUSH_STEP_MS_MAX, idleMs / PUSH_STEPS_PER_IDLE);
      if (pushedMs - session.expires_wall_ms < stepMs) return { user, expiresAtMs: session.expires_wall_ms };
      // Only while it is still there: a logout in between wins.
      const { numUpdatedRows } = await db
        .updateTable('session')
        .set({ expires_wall_ms: pushedMs })
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      return numUpdatedRows === 1n ? { user, expiresAtMs: pushedMs } : null;
    });
  }

  async endSession(tokenHash: string): Promise<void> {
    await this.context.sql.query((db) => db.deleteFrom('session').where('token_hash', '=', tokenHash).execute());
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

async function userOf(db: Db, staffId: string, wallMs: number): Promise<SessionUser | null> {
  const person = await db
    .selectFrom('staff as s')
    .innerJoin('account as a', 'a.staff_id', 's.staff_id')
    .select(['s.staff_id', 's.name', 's.roles_json', 'a.username'])
    .where('s.staff_id', '=', staffId)
    .executeTakeFirst();
  if (person === undefined) return null;
  const units = await db
    .selectFrom('staff_assignment')
    .select('care_unit_id')
    .distinct()
    .where('staff_id', '=', staffId)
    .where('from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs)]))
    .orderBy('care_unit_id')
    .execute();
  return SessionUser.parse({
    staffId: person.staff_id,
    username: person.username,
    name: person.name,
    roles: JSON.parse(person.roles_json),
    careUnitIds: units.map((u) => u.care_unit_id),
  });
}
