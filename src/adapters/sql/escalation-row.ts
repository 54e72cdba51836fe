import type { AlarmId, EscalationState, StaffId } from '@vigil/contracts';
import type { Escalation } from '@vigil/domain';
import type { EscalationRow } from './schema.js';
import type { Db, Tx } from './sql.js';

export function escalationOf(row: EscalationRow): Escalation {
  return {
    alarmId: row.alarm_id as AlarmId,
    state: row.state as EscalationState,
    rev: row.rev,
    step: row.step,
    nextAtMs: row.next_wall_ms,
    startedAtMs: row.started_wall_ms,
    acceptedBy: row.accepted_by as StaffId | null,
    acceptedAtMs: row.accepted_wall_ms,
  };
}

function rowOf(escalation: Escalation): EscalationRow {
  return {
    alarm_id: escalation.alarmId,
    state: escalation.state,
    rev: escalation.rev,
    step: escalation.step,
    next_wall_ms: escalation.nextAtMs,
    started_wall_ms: escalation.startedAtMs,
    accepted_by: escalation.acceptedBy,
    accepted_wall_ms: escalation.acceptedAtMs,
  };
}

export async function loadEscalation(db: Db, alarmId: string): Promise<Escalation | null> {
  const row = await db.selectFrom('escalation').selectAll().where('alarm_id', '=', alarmId).executeTakeFirst();
  return row === undefined ? null : escalationOf(row);
}

export async function insertEscalation(tx: Tx, escalation: Escalation): Promise<void> {
  await tx.db.insertInto('escalation').values(rowOf(escalation)).execute();
}

/** Writes the escalation if nobody has changed it since `fromRev`; false when somebody has. */
export async function replaceEscalation(tx: Tx, escalation: Escalation, fromRev: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('escalation')
    .set(rowOf(escalation))
    .where('alarm_id', '=', escalation.alarmId)
    .where('rev', '=', fromRev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Nobody else needs to be told: pages that were not sent yet stay at home, and their texts (with tokens) go. */
export async function callOffPages(tx: Tx, alarmId: string): Promise<void> {
  await tx.db
    .updateTable('page')
    .set({ state: 'cancelled', address: '', subject: '', body: '', claimed_wall_ms: null })
    .where('alarm_id', '=', alarmId)
    .where('state', '=', 'queued')
    .execute();
}
