import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/**
 * What is wrong with being told, by care unit and subject, for as long as it is so (`told`: the log has it); and whom the page of a test
 * alarm is for.
 */
export const onCallTrouble: Migration = {
  async up(db: Kysely<unknown>) {
    const people = db as Kysely<{ staff: { staff_id: string; name: string; roles_json: string } }>;
    await people.insertInto('staff').values({ staff_id: 'vigil-canary', name: 'Vigil (test alarm)', roles_json: '[]' }).execute();
    await createIndex(db, 'page', ['channel', 'queued_wall_ms']);
    await createTable(db, 'on_call_trouble', {
      columns: { care_unit_id: 'text', trouble: 'text', subject: 'text', told: 'integer', since_wall_ms: 'bigint' },
      key: ['care_unit_id', 'trouble', 'subject'],
    });
  },
};
