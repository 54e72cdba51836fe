import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/**
 * What a device should be, beside what it says of itself. A device that was there before is in use, and nothing else is known of it.
 * `device_profile`: how often devices of a kind send what, as site.yaml said first. `device_enrolment`: the one token of a device
 * that somebody may exchange for a certificate, as its SHA-256.
 */
export const registry: Migration = {
  async up(db: Kysely<unknown>) {
    const texts = ['profile', 'manufacturer', 'model', 'serial', 'udi', 'firmware_wanted', 'owner', 'place'] as const;
    for (const column of [...texts, 'calibration_due_day', 'state_reason'] as const) {
      await db.schema.alterTable('device').addColumn(column, 'text').execute();
    }
    await db.schema.alterTable('device').addColumn('state_since_ms', 'bigint').execute();
    await db.schema
      .alterTable('device')
      .addColumn('state', 'text', (c) => c.notNull().defaultTo('in-use'))
      .execute();
    await db.schema
      .alterTable('device')
      .addColumn('rev', 'bigint', (c) => c.notNull().defaultTo(1))
      .execute();
    await createTable(db, 'device_profile', { columns: { name: 'text', intervals_json: 'text' }, key: ['name'] });
    await createTable(db, 'device_enrolment', {
      columns: { device_id: 'text', token_hash: 'text', until_wall_ms: 'bigint' },
      key: ['device_id'],
      references: { device_id: 'device' },
    });
  },
};
