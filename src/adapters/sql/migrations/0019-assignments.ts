import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

const ID_CHARS_MAX = 64;

/** Id of an assignment that the site's description or an older version made; the same from the same. */
export function seededAssignmentId(deviceId: string, fromMs: number): string {
  const readable = `seed-${deviceId}-${fromMs}`;
  if (readable.length <= ID_CHARS_MAX) return readable;
  return `seed-${createHash('sha256').update(readable).digest('hex').slice(0, 32)}`;
}

interface Old {
  readonly device_id: string;
  readonly bed_id: string;
  readonly from_ms: number;
  readonly to_ms: number | null;
}

interface Tables {
  device_assignment: Record<string, unknown> & Old;
  staff_assignment: { assignment_id: string; source: string };
}

/** Which device is where, and who is on duty, as intervals that say who made them, from where and why. */
export const assignments: Migration = {
  async up(of: Kysely<unknown>) {
    const db = of as Kysely<Tables>;
    const before = await db.selectFrom('device_assignment').select(['device_id', 'bed_id', 'from_ms', 'to_ms']).execute();
    await of.schema.dropTable('device_assignment').execute();
    await deviceAssignments(of);
    for (const row of before) {
      await db
        .insertInto('device_assignment')
        .values({
          ...{ device_id: row.device_id, bed_id: row.bed_id, from_ms: row.from_ms, to_ms: row.to_ms },
          ...{ assignment_id: seededAssignmentId(row.device_id, Number(row.from_ms)), channels_json: null, source: 'site' },
          ...{ set_by: null, reason: 'routine', note: null, rev: 1, voided_wall_ms: null, set_wall_ms: 0 },
        })
        .execute();
    }
    await staffAssignments(of);
    await db.updateTable('staff_assignment').set({ source: 'site' }).where('assignment_id', 'like', 'seed-%').execute();
  },
};

async function deviceAssignments(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'device_assignment', {
    columns: {
      assignment_id: 'text',
      device_id: 'text',
      bed_id: 'text',
      from_ms: 'bigint',
      to_ms: 'bigint?',
      channels_json: 'text?',
      source: 'text',
      set_by: 'text?',
      reason: 'text',
      note: 'text?',
      rev: 'integer',
      voided_wall_ms: 'bigint?',
      set_wall_ms: 'bigint',
    },
    key: ['assignment_id'],
    references: { device_id: 'device', bed_id: 'bed' },
  });
  await createIndex(db, 'device_assignment', ['device_id', 'from_ms']);
  await createIndex(db, 'device_assignment', ['bed_id', 'from_ms']);
  // For the list of all, and for what held lately or holds still: neither reads what is long over.
  await createIndex(db, 'device_assignment', ['from_ms', 'assignment_id']);
  await createIndex(db, 'device_assignment', ['to_ms']);
  // One bed at a time for each device, whoever writes. Spans that are over are compared in the transaction.
  await db.schema
    .createIndex('device_assignment_open_device_id_ux')
    .unique()
    .on('device_assignment')
    .column('device_id')
    .where(sql.ref('to_ms'), 'is', null)
    .where(sql.ref('voided_wall_ms'), 'is', null)
    .execute();
}

async function staffAssignments(db: Kysely<unknown>): Promise<void> {
  for (const [name, standard] of [
    ['source', 'person'],
    ['reason', 'routine'],
  ] as const) {
    await db.schema
      .alterTable('staff_assignment')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(standard))
      .execute();
  }
  for (const name of ['set_by', 'ended_by']) await db.schema.alterTable('staff_assignment').addColumn(name, 'text').execute();
  await db.schema
    .alterTable('staff_assignment')
    .addColumn('rev', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
}
