import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Emergency access, with the notice of each grant, and what tells quickly who treats whom. */
export const access: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'break_glass', {
      columns: {
        grant_id: 'text',
        staff_id: 'text',
        patient_id: 'text',
        bed_id: 'text?',
        care_unit_id: 'text?',
        reason: 'text',
        reason_text: 'text?',
        opened_wall_ms: 'bigint',
        ends_wall_ms: 'bigint',
        loud: 'integer',
        reviewed_by: 'text?',
        reviewed_wall_ms: 'bigint?',
        outcome: 'text?',
        note: 'text?',
      },
      key: ['grant_id'],
      references: { staff_id: 'staff', patient_id: 'patient' },
    });
    await createIndex(db, 'break_glass', ['staff_id', 'patient_id', 'ends_wall_ms']);
    await createIndex(db, 'break_glass', ['opened_wall_ms', 'grant_id']);
    await createIndex(db, 'break_glass', ['reviewed_wall_ms', 'opened_wall_ms']);
    await createTable(db, 'notice', {
      columns: {
        notice_id: 'text',
        grant_id: 'text',
        /** `queued`, `sent`, `given-up`. */
        mail_state: 'text',
        attempts: 'integer',
        next_attempt_wall_ms: 'bigint?',
      },
      key: ['notice_id'],
      references: { grant_id: 'break_glass' },
    });
    await createIndex(db, 'notice', ['mail_state', 'next_attempt_wall_ms']);
    await createIndex(db, 'staff_assignment', ['staff_id', 'from_ms']);
    await createIndex(db, 'encounter', ['patient_id', 'admitted_ms']);
    await createIndex(db, 'command', ['staff_id', 'at_wall_ms']);
    await createIndex(db, 'page', ['staff_id', 'queued_wall_ms']);
  },
};
