import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/**
 * Scores of stays, one row for each time that a score has changed, and the SpO2 scale that somebody has set. Readings in clear, as
 * in alarms: the engine commits them, and alarms wait for no key (docs/adr/0019).
 */
export const scores: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'score_snapshot', {
      columns: {
        encounter_id: 'text',
        score: 'text',
        basis: 'text',
        since_ms: 'bigint',
        newest_ms: 'bigint',
        bed_id: 'text',
        said: 'text',
        content_json: 'text',
      },
      key: ['encounter_id', 'score', 'basis', 'since_ms'],
    });
    await createIndex(db, 'score_snapshot', ['newest_ms']);
    // Who charted when: what they charted is on the log.
    await createTable(db, 'chart', {
      columns: {
        chart_id: 'text',
        encounter_id: 'text',
        staff_id: 'text',
        at_ms: 'bigint',
        validated: 'integer',
        score: 'text?',
        at_wall_ms: 'bigint',
      },
      key: ['chart_id'],
      references: { encounter_id: 'encounter' },
    });
    await createTable(db, 'score_setting', {
      columns: {
        encounter_id: 'text',
        patient_id: 'text',
        rev: 'integer',
        spo2_scale: 'integer',
        reason: 'text',
        set_by: 'text',
        from_ms: 'bigint',
        set_wall_ms: 'bigint',
      },
      key: ['encounter_id'],
      references: { encounter_id: 'encounter' },
    });
  },
};
