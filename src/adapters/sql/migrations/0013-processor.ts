import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** What the engine has sent to the log itself, for as long as a replay can derive it again. */
export const processor: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'engine_append', {
      columns: { partition_number: 'integer', event_id: 'text', sequence: 'bigint' },
      key: ['partition_number', 'event_id'],
    });
  },
};
