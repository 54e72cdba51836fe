import type { Clock } from '@vigil/clock';
import type { AlarmId, EscalationState, PolicyHash, StaffId } from '@vigil/contracts';
import {
  type Accept,
  type Decline,
  type EarlierAccept,
  type EndedWhy,
  type Escalation,
  lastAccept,
  type Pinned,
} from '@vigil/domain';
import type { EscalationRow } from './schema.js';
import type { Db, Tx } from './sql.js';
import { movedMs, type TimerFrame, timerFrame } from './timer-frame.js';

/** What of an escalation is only read as a whole. */
interface Run {
  readonly pinned: Pinned;
  readonly repeats: number;
  readonly told: readonly StaffId[];
  readonly earlier: readonly EarlierAccept[];
  readonly foundNobody: boolean;
  readonly isReported: boolean;
}

/** @param frame moves its timers along where the wall clock was set since; left out where they are not looked at */
export function escalationOf(row: EscalationRow, frame: TimerFrame | null = null): Escalation {
  const byMs = frame === null ? 0 : movedMs(row, frame);
  return {
    alarmId: row.alarm_id as AlarmId,
    state: row.state as EscalationState,
    rev: row.rev,
    step: row.step,
    nextAtMs: row.next_wall_ms === null ? null : row.next_wall_ms + byMs,
    startedAtMs: row.started_wall_ms,
    policyHash: row.policy_hash as PolicyHash | null,
    route: row.route,
    round: row.round,
    arriveByMs: row.arrive_by_wall_ms === null ? null : row.arrive_by_wall_ms + byMs,
    endedWhy: row.ended_why as EndedWhy | null,
    accepts: row.accepts_json === '' ? oldAccepts(row) : (JSON.parse(row.accepts_json) as readonly Accept[]),
    declines: JSON.parse(row.declines_json) as readonly Decline[],
    ...(row.run_json === '' ? oldRun(row) : (JSON.parse(row.run_json) as Run)),
  };
}

/** One of before several people could accept. While it runs, the one whom it names had accepted what was less urgent. */
function oldAccepts(row: EscalationRow): readonly Accept[] {
  if (row.accepted_by === null || row.state !== 'accepted') return [];
  return [{ by: row.accepted_by as StaffId, atMs: row.accepted_wall_ms ?? row.started_wall_ms, arrivedAtMs: null }];
}

function oldRun(row: EscalationRow): Run {
  const by = row.state === 'accepted' ? null : row.accepted_by;
  const atMs = row.accepted_wall_ms ?? row.started_wall_ms;
  return {
    pinned: { stepsCount: 0, acceptsNeeded: 1, arriveWithinMs: null, declineEscalates: true },
    repeats: 0,
    told: [],
    earlier: by === null ? [] : [{ by: by as StaffId, atMs, why: 'lessUrgent', isTold: row.step >= 0 }],
    foundNobody: row.step < 0 && row.next_wall_ms !== row.started_wall_ms,
    isReported: row.step < 0 && row.next_wall_ms !== row.started_wall_ms,
  };
}

function rowOf(escalation: Escalation, frame: TimerFrame): EscalationRow {
  const { pinned, repeats, told, earlier, foundNobody, isReported } = escalation;
  const run: Run = { pinned, repeats, told, earlier, foundNobody, isReported };
  const accepted = lastAccept(escalation);
  return {
    alarm_id: escalation.alarmId,
    state: escalation.state,
    rev: escalation.rev,
    step: escalation.step,
    next_wall_ms: escalation.nextAtMs,
    started_wall_ms: escalation.startedAtMs,
    accepted_by: accepted?.by ?? null,
    accepted_wall_ms: accepted?.atMs ?? null,
    policy_hash: escalation.policyHash,
    route: escalation.route,
    round: escalation.round,
    arrive_by_wall_ms: escalation.arriveByMs,
    ended_why: escalation.endedWhy,
    accepts_json: JSON.stringify(escalation.accepts),
    declines_json: JSON.stringify(escalation.declines),
    boot_id: frame.bootId,
    steady_offset_ms: frame.offsetMs,
    run_json: JSON.stringify(run),
  };
}

/** @param clock left out where its timers are not looked at */
export async function loadEscalation(db: Db, alarmId: string, clock: Clock | null = null): Promise<Escalation | null> {
  const row = await db.selectFrom('escalation').selectAll().where('alarm_id', '=', alarmId).executeTakeFirst();
  return row === undefined ? null : escalationOf(row, clock === null ? null : timerFrame(clock));
}

export async function insertEscalation(tx: Tx, clock: Clock, escalation: Escalation): Promise<void> {
  await tx.db
    .insertInto('escalation')
    .values(rowOf(escalation, timerFrame(clock)))
    .execute();
}

/** Writes the escalation if nobody has changed it since `fromRev`; false when somebody has. */
export async function replaceEscalation(tx: Tx, clock: Clock, escalation: Escalation, fromRev: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('escalation')
    .set(rowOf(escalation, timerFrame(clock)))
    .where('alarm_id', '=', escalation.alarmId)
    .where('rev', '=', fromRev)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
