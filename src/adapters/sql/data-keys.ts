import { PlatformError } from '@vigil/domain';
import type { DataKeyCounts, DataKeyStore, ShardKeyRow, SubjectKeyRow } from '@vigil/sealed-records';
import { Kysely, sql } from 'kysely';
import { countKeys, lockSubject, shardKeyAt, shardKeyOf, subjectKeyOf, subjectKeyRow } from './data-key-rows.js';
import type { KeyTables } from './data-keys-schema.js';
import { KEY_MIGRATIONS } from './migrations/keys-0001.js';
import type { DatabaseUrl } from './database-url.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import { openPostgres } from './open-postgres.js';
import { migrate } from './bring-up-to-date.js';
import { Sql } from './sql.js';

type KeyDb = Kysely<KeyTables>;

/** Tables of the data: keys do not go where they are. */
const OF_DATA = sql<{ n: number }>`
  select count(*) as n from pg_tables where schemaname = current_schema() and tablename in ('patient', 'audit', 'alarm')`;

/**
 * Wrapped data keys in SQL, on SQLite in a file of their own with mode 0600: a copy of the data holds no key, and keys
 * that are destroyed are overwritten in it and cut out of its write-ahead log. On PostgreSQL in a database of their own, for processes on
 * several machines; there a destroyed key is taken out of the table's file, and what the server's own log and copies still hold is ended
 * by a new key-encryption key (ADR 0086).
 *
 * Whoever changes the keys of a subject locks its row of `key_subject` first: an erasure and a new key then come one
 * after the other on PostgreSQL too, where transactions do not wait for each other by themselves.
 */
export class SqlDataKeys implements DataKeyStore {
  private constructor(readonly sql: Sql<KeyTables>) {}

  /** @throws PlatformError('store-unavailable') when the file cannot be opened or is of a newer version */
  static async open(file: string): Promise<SqlDataKeys> {
    const kysely = new Kysely<KeyTables>({ dialect: new NodeSqliteDialect(file, { secureDelete: true }) });
    await migrate(kysely, KEY_MIGRATIONS);
    return new SqlDataKeys(new Sql(kysely));
  }

  /** @throws PlatformError('store-unavailable') when it can't be reached, is of a newer version, or holds the data too */
  static async openPostgres(url: DatabaseUrl): Promise<SqlDataKeys> {
    const require = async (db: KeyDb): Promise<void> => {
      const { rows } = await OF_DATA.execute(db);
      if (Number(rows[0]?.n) === 0) return;
      const says = `the database ${url.where} holds the data: keys need one of their own, or a copy of the data would hold its keys`;
      throw new PlatformError('store-unavailable', {}, false, new Error(says));
    };
    const kysely = await openPostgres<KeyTables>({ url, migrations: KEY_MIGRATIONS, require });
    return new SqlDataKeys(new Sql(kysely, null, 'postgres'));
  }

  async generation(purpose: string): Promise<number> {
    const row = await this.sql.query((db) =>
      db.selectFrom('key_generation').select('generation').where('purpose', '=', purpose).executeTakeFirst(),
    );
    return row?.generation ?? 1;
  }

  async raiseGeneration(purpose: string, from: number): Promise<void> {
    await this.sql.transaction(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('key_generation')
        .set({ generation: from + 1 })
        .where('purpose', '=', purpose)
        .where('generation', '=', from)
        .executeTakeFirst();
      if (numUpdatedRows > 0n || from !== 1) return;
      const first = { purpose, generation: 2 };
      await db
        .insertInto('key_generation')
        .values(first)
        .onConflict((c) => c.column('purpose').doNothing())
        .execute();
    });
  }

  async shardKey(id: string): Promise<ShardKeyRow | null> {
    const row = await this.sql.query((db) => db.selectFrom('shard_key').selectAll().where('key_id', '=', id).executeTakeFirst());
    return row === undefined ? null : shardKeyOf(row);
  }

  async shardKeyAt(purpose: string, shard: number, generation: number): Promise<ShardKeyRow | null> {
    const row = await this.sql.query((db) => shardKeyAt(db, { purpose, shard, generation }));
    return row === undefined ? null : shardKeyOf(row);
  }

  async shardKeysOf(purpose: string, limit: number): Promise<readonly ShardKeyRow[]> {
    const rows = await this.sql.query((db) =>
      db
        .selectFrom('shard_key')
        .selectAll()
        .where('purpose', '=', purpose)
        .orderBy('generation', 'desc')
        .orderBy('shard')
        .limit(limit)
        .execute(),
    );
    return rows.map(shardKeyOf);
  }

  async addShardKey(row: ShardKeyRow): Promise<ShardKeyRow> {
    const stored = await this.sql.transaction(async ({ db }) => {
      await db
        .insertInto('shard_key')
        .values({
          key_id: row.id,
          purpose: row.purpose,
          shard: row.shard,
          generation: row.generation,
          kek_id: row.kekId,
          wrapped: row.wrapped,
          created_wall_ms: row.createdAtMs,
        })
        .onConflict((c) => c.columns(['purpose', 'shard', 'generation']).doNothing())
        .execute();
      return shardKeyAt(db, row);
    });
    return shardKeyOf(stored!);
  }

  async shardKeysNotUnder(kekId: string, afterId: string, limit: number): Promise<readonly ShardKeyRow[]> {
    const rows = await this.sql.query((db) =>
      db
        .selectFrom('shard_key')
        .selectAll()
        .where('kek_id', '<>', kekId)
        .where('key_id', '>', afterId)
        .orderBy('key_id')
        .limit(limit)
        .execute(),
    );
    return rows.map(shardKeyOf);
  }

  async rewrapShardKey(change: { id: string; fromWrapped: string; kekId: string; wrapped: string }): Promise<boolean> {
    const { numUpdatedRows } = await this.sql.query((db) =>
      db
        .updateTable('shard_key')
        .set({ kek_id: change.kekId, wrapped: change.wrapped })
        .where('key_id', '=', change.id)
        .where('wrapped', '=', change.fromWrapped)
        .executeTakeFirst(),
    );
    return numUpdatedRows === 1n;
  }

  async subjectKeys(ids: readonly string[]): Promise<readonly SubjectKeyRow[]> {
    if (ids.length === 0) return [];
    const rows = await this.sql.query((db) =>
      db
        .selectFrom('subject_key')
        .selectAll()
        .where('key_id', 'in', [...ids])
        .execute(),
    );
    return rows.map(subjectKeyOf);
  }

  async newestSubjectKey(purpose: string, subject: string): Promise<SubjectKeyRow | null> {
    const row = await this.sql.query((db) =>
      db
        .selectFrom('subject_key')
        .selectAll()
        .where('purpose', '=', purpose)
        .where('subject', '=', subject)
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    return row === undefined ? null : subjectKeyOf(row);
  }

  async addSubjectKey(row: SubjectKeyRow): Promise<SubjectKeyRow | 'erased'> {
    return this.sql.transaction(async ({ db }) => {
      if ((await lockSubject(db, row.subject)) !== null) return 'erased';
      await db
        .insertInto('subject_key')
        .values(subjectKeyRow(row))
        .onConflict((c) => c.columns(['purpose', 'subject', 'version']).doNothing())
        .execute();
      const stored = await db
        .selectFrom('subject_key')
        .selectAll()
        .where('purpose', '=', row.purpose)
        .where('subject', '=', row.subject)
        .where('version', '=', row.version)
        .executeTakeFirstOrThrow();
      return subjectKeyOf(stored);
    });
  }

  async reserveUses(id: string, uses: number, usesMax: number): Promise<'reserved' | 'used-up' | 'gone'> {
    return this.sql.transaction(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('subject_key')
        .set((eb) => ({ uses_reserved: eb('uses_reserved', '+', uses) }))
        .where('key_id', '=', id)
        .where('uses_reserved', '<=', usesMax - uses)
        .executeTakeFirst();
      if (numUpdatedRows === 1n) return 'reserved';
      const known = await db.selectFrom('subject_key').select('key_id').where('key_id', '=', id).executeTakeFirst();
      return known === undefined ? 'gone' : 'used-up';
    });
  }

  /** @throws PlatformError('store-unavailable') while another process still reads old pages; the same call again ends it */
  async eraseSubject(subject: string, atMs: number): Promise<number> {
    const destroyed = await this.sql.transaction(async ({ db }) => {
      if ((await lockSubject(db, subject)) === null) {
        await db.updateTable('key_subject').set({ erased_wall_ms: atMs }).where('subject', '=', subject).execute();
      }
      const { numDeletedRows } = await db.deleteFrom('subject_key').where('subject', '=', subject).executeTakeFirst();
      return Number(numDeletedRows);
    });
    await this.forgetDeleted();
    return destroyed;
  }

  async erasedAtMs(subject: string): Promise<number | null> {
    const row = await this.sql.query((db) =>
      db.selectFrom('key_subject').select('erased_wall_ms').where('subject', '=', subject).executeTakeFirst(),
    );
    return row?.erased_wall_ms ?? null;
  }

  counts(): Promise<DataKeyCounts> {
    return this.sql.transaction(({ db }) => countKeys(db));
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  /**
   * SQLite: the file itself is overwritten by `secure_delete`; this takes the old pages out of the write-ahead log. PostgreSQL: its file
   * is written anew without what was deleted, so that no copy of the server's folder that is made from now on has it.
   */
  private async forgetDeleted(): Promise<void> {
    if (this.sql.kind === 'postgres') {
      await this.sql.query((db) => sql`vacuum (full) subject_key`.execute(db));
      return;
    }
    const { rows } = await this.sql.query((db) => sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db));
    if (rows[0]?.busy !== 0) throw new PlatformError('store-unavailable', {}, true);
  }
}
