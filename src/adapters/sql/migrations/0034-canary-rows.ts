import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Test alarms by gateway: those that no care unit sees, so that one look finds the newest and what may be forgotten. */
export const canaryRows: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('alarm_of_no_unit_ix')
      .on('alarm')
      .columns(['gateway_id', 'active', 'onset_ms'])
      .where(sql.ref('care_unit_id'), 'is', sql.lit(null))
      .execute();
  },
};
