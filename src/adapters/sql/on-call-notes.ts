import type { EpochMs, HandoverNote, ScheduleId, StaffId } from '@vigil/contracts';
import type { Change } from '../../ports/change.js';
import { NOTES_KEPT_MS } from '../../ports/on-call.js';
import { appendAudit } from './audit-row.js';
import { inUse } from './on-call-schedules.js';
import type { OnCallNoteRow } from './schema-on-call.js';
import type { Db, Tx } from './sql.js';

const SHOWN_MAX = 50;
/** Most of one schedule: about six an hour for as long as they are kept. */
const KEPT_MAX = 5_000;

/** @param row with its text sealed */
export async function addNote(tx: Tx, row: OnCallNoteRow, change: Change): Promise<void> {
  await inUse(tx.db, row.schedule_id);
  await tx.db.insertInto('on_call_note').values(row).execute();
  await tx.db
    .deleteFrom('on_call_note')
    .where('set_wall_ms', '<', Math.floor(change.wallMs) - NOTES_KEPT_MS)
    .execute();
  const oldest = await newestFirst(tx.db, row.schedule_id).limit(1).offset(KEPT_MAX).executeTakeFirst();
  if (oldest !== undefined) await tx.db.deleteFrom('on_call_note').where('note_id', '=', oldest.note_id).execute();
  await appendAudit(tx, change.audit, change.wallMs);
}

/** What is older than notes are kept. */
export async function forgetNotes(tx: Tx, wallMs: number): Promise<void> {
  await tx.db
    .deleteFrom('on_call_note')
    .where('set_wall_ms', '<', Math.floor(wallMs) - NOTES_KEPT_MS)
    .execute();
}

export function noteRows(db: Db, scheduleId: string, sinceMs: number): Promise<readonly OnCallNoteRow[]> {
  return newestFirst(db, scheduleId).where('set_wall_ms', '>=', sinceMs).limit(SHOWN_MAX).execute();
}

export function noteOf(row: OnCallNoteRow, text: string | null): HandoverNote {
  return {
    noteId: row.note_id,
    scheduleId: row.schedule_id as ScheduleId,
    by: row.set_by as StaffId,
    atMs: row.set_wall_ms as EpochMs,
    text,
  };
}

export async function newestNotes(
  db: Db,
  scheduleIds: readonly ScheduleId[],
  sinceMs: number,
): Promise<ReadonlyMap<ScheduleId, number>> {
  if (scheduleIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('on_call_note')
    .select(['schedule_id', (eb) => eb.fn.max<number>('set_wall_ms').as('newest')])
    .where('schedule_id', 'in', [...scheduleIds])
    .where('set_wall_ms', '>=', sinceMs)
    .groupBy('schedule_id')
    .execute();
  return new Map(rows.map((row) => [row.schedule_id as ScheduleId, row.newest]));
}

function newestFirst(db: Db, scheduleId: string) {
  return db
    .selectFrom('on_call_note')
    .selectAll()
    .where('schedule_id', '=', scheduleId)
    .orderBy('set_wall_ms', 'desc')
    .orderBy('note_id');
}
