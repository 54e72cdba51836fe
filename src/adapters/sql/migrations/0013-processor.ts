import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** What the engine has sent to the log itself, for as long as a replay can derive it again; and what of the log does not count. */
export const processor: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'engine_append', {
      columns: { partition_number: 'integer', event_id: 'text', sequence: 'bigint' },
      key: ['partition_number', 'event_id'],
    });
    await createTable(db, 'dead_letter', {
      columns: {
        seq: 'bigint',
        dead_letter_id: 'text',
        reason: 'text',
        detail: 'text',
        kind: 'text',
        bed_id: 'text?',
        partition_number: 'integer',
        sequence: 'bigint',
        read_offset: 'text',
        hub_wall_ms: 'bigint',
        bytes: 'bigint',
        sha256: 'text',
        content_json: 'text',
        rerun_wall_ms: 'bigint?',
      },
      key: ['seq'],
    });
    await db.schema.createIndex('dead_letter_dead_letter_id_ux').unique().on('dead_letter').column('dead_letter_id').execute();
  },
};
