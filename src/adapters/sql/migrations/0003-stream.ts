import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

const partition = { namespace: 'text', hub: 'text', consumer_group: 'text', partition_id: 'text' } as const;
const partitionKey = Object.keys(partition);

/** Where the stream stands, what waits for the log, and the trail of who did what. */
export const stream: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'partition_owner', {
      columns: { ...partition, owner_id: 'text', etag: 'bigint', modified_wall_ms: 'bigint', fenced_wall_ms: 'bigint' },
      key: partitionKey,
    });
    await createTable(db, 'read_position', {
      columns: { ...partition, read_offset: 'text', sequence: 'bigint' },
      key: partitionKey,
    });
    await createTable(db, 'engine_state', {
      columns: {
        partition_number: 'integer',
        state_key: 'text',
        content_json: 'text',
        read_offset: 'text',
        sequence: 'bigint',
      },
      key: ['partition_number', 'state_key'],
    });
    await createTable(db, 'relay', {
      columns: { seq: 'bigint', event_id: 'text', every_partition: 'integer', content_json: 'text' },
      key: ['seq'],
    });
    await trails(db);
  },
};

async function trails(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'audit', {
    columns: {
      seq: 'bigint',
      at_wall_ms: 'bigint',
      actor: 'text',
      roles_json: 'text',
      action: 'text',
      object: 'text',
      patient_id: 'text?',
      outcome: 'text',
      detail: 'text',
    },
    key: ['seq'],
  });
  await createTable(db, 'reject', {
    columns: {
      seq: 'bigint',
      reject_id: 'text',
      device_id: 'text?',
      gateway_id: 'text',
      reason: 'text',
      path: 'text',
      expected: 'text',
      bytes: 'bigint',
      sha256: 'text',
      head_base64: 'text',
      at_ms: 'bigint',
    },
    key: ['seq'],
  });
  await db.schema.createIndex('reject_reject_id_ux').unique().on('reject').column('reject_id').execute();
}
