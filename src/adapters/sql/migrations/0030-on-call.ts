import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Who is on call: schedules with all they ever said, what differs from them, swaps that wait for an answer, and notes. */
export const onCall: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'on_call_schedule', {
      columns: { schedule_id: 'text', care_unit_id: 'text', rev: 'integer', retired_wall_ms: 'bigint?' },
      key: ['schedule_id'],
    });
    await createTable(db, 'on_call_version', {
      columns: {
        ...{ schedule_id: 'text', rev: 'integer', content_json: 'text', from_wall_ms: 'bigint', to_wall_ms: 'bigint?' },
        ...{ set_by: 'text?', reason: 'text' },
      },
      key: ['schedule_id', 'rev'],
      references: { schedule_id: 'on_call_schedule' },
    });
    await createTable(db, 'on_call_override', {
      columns: {
        ...{ override_id: 'text', schedule_id: 'text', seq: 'bigint', kind: 'text', staff_id: 'text?', instead: 'text?' },
        ...{ from_wall_ms: 'bigint', to_wall_ms: 'bigint', reason: 'text', swap_id: 'text?' },
        ...{ set_by: 'text', set_wall_ms: 'bigint', voided_by: 'text?', voided_wall_ms: 'bigint?' },
      },
      key: ['override_id'],
      references: { schedule_id: 'on_call_schedule' },
    });
    await createIndex(db, 'on_call_override', ['schedule_id', 'to_wall_ms']);
    await createTable(db, 'on_call_swap', {
      columns: {
        ...{ swap_id: 'text', rev: 'integer', state: 'text', asked_by: 'text', to_staff_id: 'text' },
        ...{ give_schedule_id: 'text', give_from_wall_ms: 'bigint', give_to_wall_ms: 'bigint' },
        ...{ take_schedule_id: 'text?', take_from_wall_ms: 'bigint?', take_to_wall_ms: 'bigint?' },
        ...{ asked_wall_ms: 'bigint', until_wall_ms: 'bigint', answered_wall_ms: 'bigint?' },
      },
      key: ['swap_id'],
    });
    await createIndex(db, 'on_call_swap', ['asked_by', 'until_wall_ms']);
    await createIndex(db, 'on_call_swap', ['to_staff_id', 'until_wall_ms']);
    await createTable(db, 'on_call_note', {
      columns: { note_id: 'text', schedule_id: 'text', text: 'text', set_by: 'text', set_wall_ms: 'bigint' },
      key: ['note_id'],
      references: { schedule_id: 'on_call_schedule' },
    });
    await createIndex(db, 'on_call_note', ['schedule_id', 'set_wall_ms']);
  },
};
