import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** How devices and gateways are now. No foreign keys: a gateway may know devices that the site does not have. */
export const fleet: Migration = {
  async up(db: Kysely<unknown>) {
    const columns = { gateway_id: 'text', at_ms: 'bigint', content_json: 'text' } as const;
    await createTable(db, 'device_state', { columns: { device_id: 'text', ...columns }, key: ['device_id'] });
    await createTable(db, 'gateway_state', { columns, key: ['gateway_id'] });
    await createTable(db, 'fault_state', {
      columns: { subject: 'text', fault: 'text', active: 'integer', at_ms: 'bigint' },
      key: ['subject', 'fault'],
    });
  },
};
