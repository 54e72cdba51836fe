import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** Whether a shared screen has ever drawn, so that it is missed after a restart too, and for how long it may be dark. Wall times. */
export const stationWatch: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'station_watch', {
      columns: {
        station_id: 'text',
        drew_wall_ms: 'bigint?',
        off_reason: 'text?',
        off_by: 'text?',
        off_from_wall_ms: 'bigint?',
        off_until_wall_ms: 'bigint?',
      },
      key: ['station_id'],
      references: { station_id: 'station' },
    });
  },
};
