import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Wrapped data keys. They live in a file of their own, so that a copy of the data holds no key (ADR 0019). */
const dataKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'key_generation', { columns: { purpose: 'text', generation: 'integer' }, key: ['purpose'] });
    await createTable(db, 'shard_key', {
      columns: {
        key_id: 'text',
        purpose: 'text',
        shard: 'integer',
        generation: 'integer',
        kek_id: 'text',
        wrapped: 'text',
        created_wall_ms: 'bigint',
      },
      key: ['key_id'],
    });
    await uniqueIndex(db, 'shard_key', ['purpose', 'shard', 'generation']);
    await createTable(db, 'key_subject', { columns: { subject: 'text', erased_wall_ms: 'bigint?' }, key: ['subject'] });
    await createTable(db, 'subject_key', {
      columns: {
        key_id: 'text',
        purpose: 'text',
        subject: 'text',
        version: 'integer',
        generation: 'integer',
        shard_key_id: 'text',
        wrapped: 'text',
        created_wall_ms: 'bigint',
        uses_reserved: 'bigint',
      },
      key: ['key_id'],
      references: { subject: 'key_subject' },
    });
    await uniqueIndex(db, 'subject_key', ['purpose', 'subject', 'version']);
    await createIndex(db, 'subject_key', ['subject']);
  },
};

async function uniqueIndex(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  const index = db.schema.createIndex(`${table}_${columns.join('_')}_ux`).unique();
  await index
    .on(table)
    .columns([...columns])
    .execute();
}

/** Of `keys.db`, in the order of their names. Add, never change one that has been released. */
export const KEY_MIGRATIONS: Record<string, Migration> = { '0001-data-keys': dataKeys };
