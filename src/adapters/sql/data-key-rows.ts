import type { DataKeyCounts, ShardKeyRow, SubjectKeyRow } from '@vigil/sealed-records';
import type { Kysely, Transaction } from 'kysely';
import type { KeyTables, ShardKeyTable, SubjectKeyTable } from './data-keys-schema.js';

export function shardKeyAt(
  db: Kysely<KeyTables> | Transaction<KeyTables>,
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
export async function lockSubject(db: Transaction<KeyTables>, subject: string): Promise<number | null> {
  const { erased_wall_ms } = await db
    .insertInto('key_subject')
    .values({ subject, erased_wall_ms: null })
    .onConflict((c) => c.column('subject').doUpdateSet({ subject }))
    .returning('erased_wall_ms')
    .executeTakeFirstOrThrow();
  return erased_wall_ms;
}

export async function countKeys(db: Transaction<KeyTables>): Promise<DataKeyCounts> {
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

export function shardKeyOf(row: ShardKeyTable): ShardKeyRow {
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

export function subjectKeyOf(row: SubjectKeyTable): SubjectKeyRow {
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

export function subjectKeyRow(row: SubjectKeyRow): SubjectKeyTable {
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
