import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** What an escalation has pinned of its policy, who answered and how, and how often it has begun again. */
export const escalation: Migration = {
  async up(db: Kysely<unknown>) {
    const table = db.schema.alterTable('escalation');
    await table.addColumn('policy_hash', 'text').execute();
    await table.addColumn('route', 'integer').execute();
    await table.addColumn('round', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await table.addColumn('arrive_by_wall_ms', 'bigint').execute();
    await table.addColumn('ended_why', 'text').execute();
    await table.addColumn('accepts_json', 'text', (c) => c.notNull().defaultTo('')).execute();
    await table.addColumn('declines_json', 'text', (c) => c.notNull().defaultTo('[]')).execute();
    await table.addColumn('boot_id', 'text').execute();
    await table.addColumn('steady_offset_ms', 'bigint').execute();
    await table.addColumn('run_json', 'text', (c) => c.notNull().defaultTo('')).execute();
    await createTable(db, 'timer_frame', {
      columns: { timers: 'text', boot_id: 'text', steady_offset_ms: 'bigint' },
      key: ['timers'],
    });
    await createTable(db, 'escalation_answer', {
      columns: {
        ...{ command_id: 'text', alarm_id: 'text', staff_id: 'text', answer: 'text', reason: 'text?' },
        ...{ at_ms: 'bigint', at_wall_ms: 'bigint', escalation_rev: 'integer', step: 'integer' },
      },
      key: ['command_id', 'answer'],
      references: { alarm_id: 'alarm' },
    });
    await createIndex(db, 'escalation_answer', ['alarm_id', 'at_wall_ms']);
    await createIndex(db, 'escalation_answer', ['at_ms']);
  },
};
