import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** What is kept with an alarm: the readings around it, what people said it was worth, and a line for the reports. */
export const alarmRecords: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'alarm_snapshot', {
      columns: {
        ...{ alarm_id: 'text', bed_id: 'text', encounter_id: 'text?', patient_id: 'text?', origin: 'text', device_id: 'text?' },
        ...{ onset_ms: 'bigint', queued_wall_ms: 'bigint', next_wall_ms: 'bigint?', looks: 'integer', moved: 'integer' },
        ...{ readings: 'integer', complete: 'integer', taken_wall_ms: 'bigint?', content: 'text' },
      },
      key: ['alarm_id'],
      references: { alarm_id: 'alarm' },
    });
    await createIndex(db, 'alarm_snapshot', ['next_wall_ms']);
    await createTable(db, 'alarm_label', {
      columns: { alarm_id: 'text', rev: 'integer', label: 'text?', staff_id: 'text', at_ms: 'bigint', at_wall_ms: 'bigint' },
      key: ['alarm_id', 'rev'],
      references: { alarm_id: 'alarm' },
    });
    // A line for each care unit that saw it at first, in the order in which a report reads them.
    await createTable(db, 'alarm_fact', {
      columns: {
        ...{ care_unit_id: 'text', onset_ms: 'bigint', alarm_id: 'text', bed_id: 'text?', encounter_id: 'text?' },
        ...{ condition_code: 'text', priority_rank: 'integer', technical: 'integer', origin: 'text' },
        ...{ flapping: 'integer', shelved: 'integer', begun: 'integer', label: 'text?' },
      },
      key: ['care_unit_id', 'onset_ms', 'alarm_id'],
    });
    await createIndex(db, 'alarm_fact', ['alarm_id']);
  },
};
