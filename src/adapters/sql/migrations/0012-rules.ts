import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/**
 * The life of rule sets, and what is set for one stay: its age group and its own limits. `rule_set` keeps the content under
 * its hash; `activation` 0 says that it was never in force.
 */
export const rules: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('encounter').addColumn('age_group', 'text').execute();
    await db.schema
      .alterTable('encounter')
      .addColumn('profile_rev', 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
    await createTable(db, 'stay_limit', {
      columns: {
        encounter_id: 'text',
        metric: 'text',
        patient_id: 'text',
        rev: 'integer',
        content_json: 'text',
        reason: 'text',
        set_by: 'text',
        from_ms: 'bigint',
        to_ms: 'bigint',
        set_wall_ms: 'bigint',
      },
      key: ['encounter_id', 'metric'],
      references: { encounter_id: 'encounter' },
    });
    // Commands about anything but an alarm, so that one that is sent twice is carried out once.
    await createTable(db, 'done_command', {
      columns: { command_id: 'text', action: 'text', subject: 'text', digest: 'text', staff_id: 'text', at_wall_ms: 'bigint' },
      key: ['command_id'],
    });
    await ruleSets(db);
  },
};

async function ruleSets(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'rule_set_version', {
    columns: {
      hash: 'text',
      name: 'text',
      state: 'text',
      rev: 'integer',
      proposed_by: 'text?',
      approved_by: 'text?',
      effective_ms: 'bigint?',
      created_wall_ms: 'bigint',
      changed_wall_ms: 'bigint',
    },
    key: ['hash'],
    references: { hash: 'rule_set' },
  });
  await createIndex(db, 'rule_set_version', ['state', 'effective_ms']);
  await createTable(db, 'rule_set_change', {
    columns: { hash: 'text', rev: 'integer', action: 'text', staff_id: 'text', reason: 'text', at_wall_ms: 'bigint' },
    key: ['hash', 'rev'],
    references: { hash: 'rule_set' },
  });
  // Those that were in force before rule sets had a life came from site.yaml: whoever set the site up stands for them.
  await sql`
    INSERT INTO rule_set_version (hash, name, state, rev, proposed_by, approved_by, effective_ms, created_wall_ms, changed_wall_ms)
    SELECT hash, 'from site.yaml', CASE WHEN activation = (SELECT MAX(activation) FROM rule_set) THEN 'active' ELSE 'superseded' END,
      1, 'installation', 'installation', NULL, 0, 0
    FROM rule_set
  `.execute(db);
}
