import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** What is wrong with being told, by care unit and subject, for as long as it is so. `told`: the log has it. */
export const onCallTrouble: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'on_call_trouble', {
      columns: { care_unit_id: 'text', trouble: 'text', subject: 'text', told: 'integer', since_wall_ms: 'bigint' },
      key: ['care_unit_id', 'trouble', 'subject'],
    });
  },
};
