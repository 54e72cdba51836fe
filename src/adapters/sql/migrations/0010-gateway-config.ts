import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** When the configuration of each gateway was issued last, so that the time in it never goes back. */
export const gatewayConfig: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'gateway_config', {
      columns: { gateway_id: 'text', digest: 'text', issued_wall_ms: 'bigint' },
      key: ['gateway_id'],
      references: { gateway_id: 'gateway' },
    });
  },
};
