import { PlatformError } from '@vigil/domain';
import type { DataKeyCounts, DataKeyStore, ShardKeyRow, SubjectKeyRow } from '@vigil/sealed-records';
import { Kysely, sql, type Transaction } from 'kysely';
import type { KeyTables, ShardKeyTable, SubjectKeyTable } from './data-keys-schema.js';
import { KEY_MIGRATIONS } from './migrations/keys-0001.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import { migrate } from './bring-up-to-date.js';
import { Sql } from './sql.js';

type KeyDb = Kysely<KeyTables>;

/**
 * Wrapped data keys in SQL, on SQLite in a file of their own with mode 0600: a copy of the data holds no key, and keys
 * that are destroyed are overwritten in it and cut out of its write-ahead log.
 *
 * Whoever changes the keys of a subject locks its row of `key_subject` first: an erasure and a new key then come one
 * after the other on PostgreSQL too, where transactions do not wait for each other by themselves.
 */
export class SqlDataKeys implements DataKeyStore {
  private constructor(private readonly sql: Sql<KeyTables>) {}

  /** @throws PlatformError('store-unavailable') when the file cannot be opened or is of a newer version */
  static async open(file: string): Promise<SqlDataKeys> {
    const kysely = new Kysely<KeyTables>({ dialect: new NodeSqliteDialect(file, { secureDelete: true }) });
    await migrate(kysely, KEY_MIGRATIONS);
    return new SqlDataKeys(new Sql(kysely));
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

  /** The file itself is overwritten by `secure_delete`; this takes the old pages out of the write-ahead log. */
  private async forgetDeleted(): Promise<void> {
    const { rows } = await this.sql.query((db) => sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db));
    if (rows[0]?.busy !== 0) throw new PlatformError('store-unavailable', {}, true);
  }
}

function shardKeyAt(
  db: KeyDb | Transaction<KeyTables>,
  at: Pick<ShardKeyRow, 'purpose' | 'shard' | 'generation'>,
): Promise<ShardKeyTable | undefined> {
  return db
    .selectFrom('shard_key')
    .selectAll()
    .where('purpose', '=', at.purpose)
    .where('shard', '=', at.shard)
    .where('generation', '=', at.generation)
    .executeTakeFirst();
}

/** Locks the subject until the end of the transaction, and answers when it was erased. */
async function lockSubject(db: Transaction<KeyTables>, subject: string): Promise<number | null> {
  const { erased_wall_ms } = await db
    .insertInto('key_subject')
    .values({ subject, erased_wall_ms: null })
    .onConflict((c) => c.column('subject').doUpdateSet({ subject }))
    .returning('erased_wall_ms')
    .executeTakeFirstOrThrow();
  return erased_wall_ms;
}

async function countKeys(db: Transaction<KeyTables>): Promise<DataKeyCounts> {
  const shardKeys = await db
    .selectFrom('shard_key')
    .select((eb) => [
      'purpose',
      'generation',
      'kek_id',
      eb.fn.countAll<number>().as('n'),
      eb.fn.min('created_wall_ms').as('oldest'),
    ])
    .groupBy(['purpose', 'generation', 'kek_id'])
    .execute();
  const subjectKeys = await db
    .selectFrom('subject_key')
    .select((eb) => ['purpose', 'generation', eb.fn.countAll<number>().as('n'), eb.fn.min('created_wall_ms').as('oldest')])
    .groupBy(['purpose', 'generation'])
    .execute();
  const { erased } = await db
    .selectFrom('key_subject')
    .select((eb) => eb.fn.countAll<number>().as('erased'))
    .where('erased_wall_ms', 'is not', null)
    .executeTakeFirstOrThrow();
  return {
    shardKeys: shardKeys.map(({ purpose, generation, kek_id, n, oldest }) => ({
      purpose,
      generation,
      kekId: kek_id,
      count: Number(n),
      oldestMs: Number(oldest),
    })),
    subjectKeys: subjectKeys.map(({ purpose, generation, n, oldest }) => ({
      purpose,
      generation,
      count: Number(n),
      oldestMs: Number(oldest),
    })),
    erasedSubjects: Number(erased),
  };
}

function shardKeyOf(row: ShardKeyTable): ShardKeyRow {
  return {
    id: row.key_id,
    purpose: row.purpose,
    shard: row.shard,
    generation: row.generation,
    kekId: row.kek_id,
    wrapped: row.wrapped,
    createdAtMs: row.created_wall_ms,
  };
}

function subjectKeyOf(row: SubjectKeyTable): SubjectKeyRow {
  return {
    id: row.key_id,
    purpose: row.purpose,
    subject: row.subject,
    version: row.version,
    generation: row.generation,
    shardKeyId: row.shard_key_id,
    wrapped: row.wrapped,
    createdAtMs: row.created_wall_ms,
    usesReserved: row.uses_reserved,
  };
}

function subjectKeyRow(row: SubjectKeyRow): SubjectKeyTable {
  return {
    key_id: row.id,
    purpose: row.purpose,
    subject: row.subject,
    version: row.version,
    generation: row.generation,
    shard_key_id: row.shardKeyId,
    wrapped: row.wrapped,
    created_wall_ms: row.createdAtMs,
    uses_reserved: row.usesReserved,
  };
}
