import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When history was last seen to hold nothing any more of whoever was erased; null: not yet. Wall time. */
export const historyErasure: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('patient').addColumn('history_erased_wall_ms', 'bigint').execute();
    await sql`create index patient_erased on patient (erased_wall_ms) where erased_wall_ms is not null`.execute(db);
  },
};
