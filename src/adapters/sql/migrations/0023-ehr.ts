import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/**
 * What is here and at the hospital's FHIR server, and how far its changes were read. `patient_id`: of a patient or a stay, so that an
 * erasure reaches it.
 */
export const ehr: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'ehr_link', {
      columns: {
        ...{ resource_type: 'text', server_id: 'text', local_kind: 'text', local_id: 'text' },
        ...{ version: 'text?', patient_id: 'text?' },
      },
      key: ['resource_type', 'server_id'],
    });
    await db.schema
      .createIndex('ehr_link_local_ux')
      .unique()
      .on('ehr_link')
      .columns(['local_kind', 'local_id', 'resource_type'])
      .execute();
    await createIndex(db, 'ehr_link', ['patient_id']);
    await createTable(db, 'ehr_cursor', { columns: { name: 'text', content: 'text' }, key: ['name'] });
  },
};
