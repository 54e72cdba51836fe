import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Messages of devices that were at no bed. What they say is sealed; the rest says what is missing when one has to go. */
export const held: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'held_message', {
      columns: {
        message_id: 'text',
        device_id: 'text',
        gateway_id: 'text',
        boot_id: 'text',
        seq: 'bigint',
        origin: 'text',
        at_ms: 'bigint',
        held_wall_ms: 'bigint',
        bytes: 'integer',
        content: 'text',
      },
      key: ['message_id'],
    });
    // All that the tray shows is in it: it is asked for every few seconds, and a row is as large as its message.
    await createIndex(db, 'held_message', ['device_id', 'at_ms', 'held_wall_ms']);
    await createIndex(db, 'held_message', ['held_wall_ms']);
  },
};
