import type { Cancel } from '@vigil/clock';
import type { SignInMethod, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { type NewSession, SessionStore, type StoredSession } from '../../ports/session-store.js';
import type { SqlContext } from './context.js';
import { Listeners } from './notices.js';
import type { SessionTable } from './schema.js';
import { userOf } from './session-user.js';
import type { Db, Tx } from './sql.js';

/** The idle time is pushed on in steps of at most this, so that not every request costs a write to the disk. */
const PUSH_STEP_MS_MAX = 10_000;
const PUSH_STEPS_PER_IDLE = 60;
/** More at once are no person's. The one unused longest makes room. */
const PER_PERSON_MAX = 50;
/** Names in one `in (…)`: below the least that either database takes. */
const ASKED_AT_ONCE = 500;

/** Sessions in SQL. A session's idle end may lie up to a sixtieth of the idle time (at most 10 s) before the true one. */
export class SqlSessions extends SessionStore {
  readonly ended = new Listeners<void>();

  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override create(session: NewSession): Promise<StoredSession> {
    const { wallMs, staffId, replaces } = session;
    return this.context.sql.transaction(async (tx) => {
      const user = await userOf(tx.db, staffId, wallMs);
      if (user === null) throw new PlatformError('not-found', { ids: [`staff:${staffId}`] });
      await tx.db.deleteFrom('session').where('expires_wall_ms', '<=', wallMs).execute();
      if (replaces !== null) await tx.db.deleteFrom('session').where('token_hash', '=', replaces).execute();
      await makeRoom(tx, staffId);
      const endsMs = wallMs + session.absoluteMs;
      const row: SessionTable = {
        token_hash: session.tokenHash,
        session_ref: session.sessionRef,
        staff_id: staffId,
        methods_json: JSON.stringify(session.methods),
        ip: session.ip,
        external_ref: session.externalRef,
        started_wall_ms: wallMs,
        used_wall_ms: wallMs,
        expires_wall_ms: Math.min(wallMs + session.idleMs, endsMs),
        ends_wall_ms: endsMs,
      };
      await tx.db.insertInto('session').values(row).execute();
      return stored(row, user);
    });
  }

  override use(tokenHash: string, wallMs: number, idleMs: number): Promise<StoredSession | null> {
    return this.context.sql.query(async (db) => {
      const found = await find(db, tokenHash, wallMs);
      if (found === null) return null;
      const { row, user } = found;
      const stepMs = Math.min(PUSH_STEP_MS_MAX, idleMs / PUSH_STEPS_PER_IDLE);
      if (wallMs - row.used_wall_ms < stepMs) return stored(row, user);
      const pushed = { used_wall_ms: wallMs, expires_wall_ms: Math.min(wallMs + idleMs, row.ends_wall_ms) };
      // Only while it is still there: a logout in between wins.
      const { numUpdatedRows } = await db
        .updateTable('session')
        .set(pushed)
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      return numUpdatedRows === 1n ? stored({ ...row, ...pushed }, user) : null;
    });
  }

  override peek(tokenHash: string, wallMs: number): Promise<StoredSession | null> {
    return this.context.sql.query(async (db) => {
      const found = await find(db, tokenHash, wallMs);
      return found === null ? null : stored(found.row, found.user);
    });
  }

  override alive(tokenHashes: readonly string[], wallMs: number): Promise<ReadonlyMap<string, number>> {
    return this.context.sql.query(async (db) => {
      const living = new Map<string, number>();
      for (let from = 0; from < tokenHashes.length; from += ASKED_AT_ONCE) {
        const rows = await db
          .selectFrom('session as s')
          .innerJoin('account as a', 'a.staff_id', 's.staff_id')
          .select(['s.token_hash', 's.expires_wall_ms'])
          .where('s.token_hash', 'in', tokenHashes.slice(from, from + ASKED_AT_ONCE))
          .where('s.expires_wall_ms', '>', wallMs)
          .where('a.disabled', '=', 0)
          .execute();
        for (const row of rows) living.set(row.token_hash, row.expires_wall_ms);
      }
      return living;
    });
  }

  override listOf(staffId: StaffId, wallMs: number): Promise<readonly StoredSession[]> {
    return this.context.sql.query(async (db) => {
      const user = await userOf(db, staffId, wallMs);
      if (user === null) return [];
      const rows = await db
        .selectFrom('session')
        .selectAll()
        .where('staff_id', '=', staffId)
        .where('expires_wall_ms', '>', wallMs)
        .orderBy('started_wall_ms', 'desc')
        .orderBy('session_ref')
        .execute();
      return rows.map((row) => stored(row, user));
    });
  }

  override async end(tokenHash: string): Promise<void> {
    await this.context.sql.query((db) => db.deleteFrom('session').where('token_hash', '=', tokenHash).execute());
  }

  override async endByRef(staffId: StaffId, sessionRef: string): Promise<boolean> {
    const { numDeletedRows } = await this.context.sql.query((db) =>
      db.deleteFrom('session').where('staff_id', '=', staffId).where('session_ref', '=', sessionRef).executeTakeFirst(),
    );
    return numDeletedRows > 0n;
  }

  override endAllOf(staffId: StaffId, except: string | null): Promise<number> {
    return this.context.sql.transaction((tx) => endSessionsOf(tx, staffId, except));
  }

  override async endByExternalRef(externalRef: string): Promise<number> {
    const { numDeletedRows } = await this.context.sql.query((db) =>
      db.deleteFrom('session').where('external_ref', '=', externalRef).executeTakeFirst(),
    );
    return Number(numDeletedRows);
  }

  override tellEnded(): void {
    this.ended.tellOthers();
  }

  override onEndedElsewhere(listener: () => void): Cancel {
    return this.ended.add(listener);
  }
}

/** For what ends sessions together with its own change. @returns how many ended */
export async function endSessionsOf(tx: Tx, staffId: string, except: string | null = null): Promise<number> {
  const all = tx.db.deleteFrom('session').where('staff_id', '=', staffId);
  const { numDeletedRows } = await (except === null ? all : all.where('token_hash', '!=', except)).executeTakeFirst();
  return Number(numDeletedRows);
}

async function makeRoom(tx: Tx, staffId: string): Promise<void> {
  const surplus = await tx.db
    .selectFrom('session')
    .select('token_hash')
    .where('staff_id', '=', staffId)
    .orderBy('used_wall_ms', 'desc')
    .offset(PER_PERSON_MAX - 1)
    .limit(ASKED_AT_ONCE)
    .execute();
  if (surplus.length === 0) return;
  const hashes = surplus.map((row) => row.token_hash);
  await tx.db.deleteFrom('session').where('token_hash', 'in', hashes).execute();
}

async function find(
  db: Db,
  tokenHash: string,
  wallMs: number,
): Promise<{ readonly row: SessionTable; readonly user: StoredSession['user'] } | null> {
  const row = await db
    .selectFrom('session')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_wall_ms', '>', wallMs)
    .executeTakeFirst();
  if (row === undefined) return null;
  const user = await userOf(db, row.staff_id, wallMs);
  return user === null ? null : { row, user };
}

function stored(row: SessionTable, user: StoredSession['user']): StoredSession {
  return {
    user,
    sessionRef: row.session_ref,
    startedMs: row.started_wall_ms,
    ip: row.ip,
    methods: JSON.parse(row.methods_json) as SignInMethod[],
    usedMs: row.used_wall_ms,
    expiresAtMs: row.expires_wall_ms,
    endsMs: row.ends_wall_ms,
  };
}
