import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** What was to be sent to the hospital's records and waits. */
export const ehrOut: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'ehr_refused', {
      columns: {
        ...{ identity: 'text', seq: 'bigint', reason: 'text', issue: 'text', status: 'integer?' },
        ...{
          bed_id: 'text',
          encounter_id: 'text?',
          patient_id: 'text?',
          kept_wall_ms: 'bigint',
          tries: 'integer',
          draft_json: 'text',
        },
      },
      key: ['identity'],
    });
    await createIndex(db, 'ehr_refused', ['reason', 'seq']);
    await createIndex(db, 'ehr_refused', ['patient_id']);
  },
};
