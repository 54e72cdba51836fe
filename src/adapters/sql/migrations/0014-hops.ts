import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** The way of each transition from the log into the store; kept as long as the transition. */
export const hops: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'alarm_hop', {
      columns: {
        alarm_id: 'text',
        rev: 'integer',
        partition_number: 'integer',
        read_offset: 'text',
        sequence: 'bigint',
        hub_wall_ms: 'bigint',
        read_wall_ms: 'bigint',
        stepped_wall_ms: 'bigint',
        stored_wall_ms: 'bigint',
      },
      key: ['alarm_id', 'rev'],
    });
    await createIndex(db, 'alarm_hop', ['partition_number', 'sequence']);
  },
};
