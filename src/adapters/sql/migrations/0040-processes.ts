import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTable } from './create-table.js';

/** What the processes of a site say of themselves, and who of them does what is done once (ADR 0078). */
export const processes: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'process_word', {
      columns: { process_id: 'text', role: 'text', beat: 'bigint', said_wall_ms: 'bigint', word_json: 'text' },
      key: ['process_id'],
    });
    await createTable(db, 'lease', { columns: { name: 'text', holder: 'text', beat: 'bigint' }, key: ['name'] });
  },
};
