import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

interface Tables {
  contact_method: Readonly<Record<'staff_id' | 'channel' | 'address', string>> & Record<string, unknown>;
}

/** Where a way stands that nobody has put in an order: web push, then SMS, voice, mail, webhook. */
const RANK: Readonly<Record<string, number>> = { webPush: 10, sms: 20, voice: 30, smtp: 40, webhook: 50 };

/**
 * People have several ways of one kind, in an order of their own for each priority, and it is known which of them work. The id of a row
 * that was there is made of its former key, because its sealed address opens nowhere else (sealed-columns.ts).
 */
export const contacts: Migration = {
  async up(of: Kysely<unknown>) {
    const db = of as Kysely<Tables>;
    const before = await db.selectFrom('contact_method').selectAll().execute();
    await of.schema.dropTable('contact_method').execute();
    await createTable(of, 'contact_method', {
      columns: {
        ...{ contact_id: 'text', staff_id: 'text', channel: 'text', address: 'text', label: 'text', source: 'text' },
        ...{ demo: 'integer', available: 'integer', rev: 'integer', added_by: 'text?', added_wall_ms: 'bigint' },
        ...{ position_high: 'integer?', position_medium: 'integer?', position_low: 'integer?' },
        ...{ verified_wall_ms: 'bigint?', outcome: 'text?', outcome_wall_ms: 'bigint?' },
      },
      key: ['contact_id'],
      references: { staff_id: 'staff' },
    });
    await createIndex(of, 'contact_method', ['staff_id', 'channel']);
    for (const row of before) {
      const position = RANK[String(row.channel)] ?? 50;
      await db
        .insertInto('contact_method')
        .values({
          ...row,
          ...{ contact_id: `${row.staff_id}/${row.channel}`, label: '', source: 'site', available: 1, rev: 1 },
          ...{ added_by: null, added_wall_ms: 0, verified_wall_ms: null, outcome: null, outcome_wall_ms: null },
          ...{ position_high: position, position_medium: position, position_low: position },
        })
        .execute();
    }
    await tests(of);
  },
};

/** Codes that were sent to see whether a way works, and what was found before each duty. */
async function tests(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'contact_test', {
    columns: { contact_id: 'text', code_hash: 'text', tries: 'integer', sent_wall_ms: 'bigint', expires_wall_ms: 'bigint' },
    key: ['contact_id'],
  });
  await createTable(db, 'duty_check', {
    columns: {
      ...{ duty_id: 'text', staff_id: 'text', care_unit_id: 'text', from_ms: 'bigint', to_ms: 'bigint?' },
      ...{ tested_wall_ms: 'bigint?', result: 'text', told: 'integer', checked_wall_ms: 'bigint' },
    },
    key: ['duty_id'],
    references: { staff_id: 'staff' },
  });
  await createIndex(db, 'duty_check', ['checked_wall_ms']);
}
