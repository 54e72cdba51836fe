import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Which process has taken a page to send it, and for which of its attempts: a version that does not know of it takes pages too, and its
 * claim is not that of the process that stands there.
 */
export const pageClaimant: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('page').addColumn('claimed_by', 'text').execute();
    await db.schema.alterTable('page').addColumn('claimed_attempt', 'integer').execute();
  },
};
