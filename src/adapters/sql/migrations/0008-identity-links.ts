import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Which member of staff an identity of a provider is. The subject is a hash: it is only ever looked up. */
export const identityLinks: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'identity_link', {
      columns: { subject_hash: 'text', link_id: 'text', issuer: 'text', staff_id: 'text', linked_wall_ms: 'bigint' },
      key: ['subject_hash'],
      references: { staff_id: 'staff' },
    });
    await createIndex(db, 'identity_link', ['staff_id']);
  },
};
