import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Escalation policies: their content under its hash, the life of each version, and which one is in force where. */
export const policies: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'policy', { columns: { hash: 'text', content_json: 'text' }, key: ['hash'] });
    await createTable(db, 'policy_version', {
      columns: {
        ...{ hash: 'text', care_units_json: 'text', state: 'text', rev: 'integer' },
        ...{ proposed_by: 'text?', approved_by: 'text?', compared_with: 'text?', simulation_json: 'text?' },
        ...{ created_wall_ms: 'bigint', active_from_wall_ms: 'bigint?', changed_wall_ms: 'bigint' },
      },
      key: ['hash'],
      references: { hash: 'policy' },
    });
    await createIndex(db, 'policy_version', ['state']);
    await createTable(db, 'policy_change', {
      columns: { hash: 'text', rev: 'integer', action: 'text', staff_id: 'text', reason: 'text', at_wall_ms: 'bigint' },
      key: ['hash', 'rev'],
      references: { hash: 'policy' },
    });
    // `scope`: a care unit, or `*` for all that have none of their own.
    await createTable(db, 'policy_in_force', {
      columns: { scope: 'text', hash: 'text', since_wall_ms: 'bigint' },
      key: ['scope'],
      references: { hash: 'policy' },
    });
  },
};
