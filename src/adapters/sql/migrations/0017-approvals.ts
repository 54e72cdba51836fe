import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** An approval names the rule set in force that the approved one was compared with. */
export const approvals: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('rule_set_version').addColumn('compared_with', 'text').execute();
  },
};
