import { randomUUID } from 'node:crypto';
import type { BedId, ChangeReason, StaffAssignment, StaffId } from '@vigil/contracts';
import { type ErrorFacts, PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import type { Who } from '../../ports/directory.js';
import { appendAudit } from './audit-row.js';
import { type Author, authoredBy } from './authored.js';
import type { SqlContext } from './context.js';
import { assignmentOf } from './directory-reads.js';
import { relay } from './outbox.js';
import { bedsInUse } from './places.js';
import type { StaffAssignmentRow } from './schema-stays.js';
import type { Tx } from './sql.js';

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;

/** A duty before it has an id. */
type NewDuty = Pick<StaffAssignment, 'staffId' | 'careUnitId' | 'bedId' | 'role' | 'fromMs' | 'toMs' | 'reason'>;

export async function assign(
  tx: Tx,
  context: RelayContext,
  wanted: NewDuty,
  who: Who & Partial<Author>,
): Promise<StaffAssignment> {
  const { staffId, careUnitId, bedId } = wanted;
  const facts: ErrorFacts = { ids: [`staff:${staffId}`, `careUnit:${careUnitId}`] };
  const person = await tx.db.selectFrom('staff').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
  const beds = await bedsInUse(tx.db, careUnitId);
  const unit = await tx.db
    .selectFrom('care_unit')
    .select('care_unit_id')
    .where('care_unit_id', '=', careUnitId)
    .where('retired_wall_ms', 'is', null)
    .executeTakeFirst();
  const hasBed = bedId === null || beds.some((b) => b.bed_id === bedId);
  if (person === undefined || unit === undefined || !hasBed) throw new PlatformError('not-found', facts);
  const assignmentId = 'commandId' in who ? String(who.commandId) : randomUUID();
  const at = { eventId: `staff/${assignmentId}`, nowMs: who.nowMs };
  const row = await insertAssignment(tx, context, { ...wanted, assignmentId }, at, who);
  await appendAudit(tx, who.audit, who.wallMs);
  return assignmentOf(row);
}

/**
 * Stores an assignment and tells the log. One for the whole care unit goes under the key of the unit's first bed,
 * because each key has one order and a care unit has no key of its own; a unit without beds has nothing to tell.
 */
export async function insertAssignment(
  tx: Tx,
  context: RelayContext,
  assignment: NewDuty & { readonly assignmentId: string },
  at: { readonly eventId: string; readonly nowMs: number },
  author: Partial<Author> = {},
): Promise<StaffAssignmentRow> {
  const row: StaffAssignmentRow = {
    assignment_id: assignment.assignmentId,
    staff_id: assignment.staffId,
    care_unit_id: assignment.careUnitId,
    bed_id: assignment.bedId,
    role: assignment.role,
    from_ms: assignment.fromMs,
    to_ms: assignment.toMs,
    source: author.source ?? 'person',
    reason: assignment.reason ?? 'routine',
    set_by: author.by ?? null,
    ended_by: null,
    rev: 1,
  };
  await tx.db.insertInto('staff_assignment').values(row).execute();
  await tell(tx, context, row, at, author);
  return row;
}

async function tell(
  tx: Tx,
  context: RelayContext,
  row: StaffAssignmentRow,
  at: { readonly eventId: string; readonly nowMs: number },
  author: Partial<Author>,
): Promise<void> {
  const assignment = assignmentOf(row);
  const beds = await tx.db
    .selectFrom('bed')
    .select('bed_id')
    .where('care_unit_id', '=', assignment.careUnitId)
    .orderBy('place')
    .orderBy('bed_id')
    .execute();
  const concerned = assignment.bedId === null ? beds.map((b) => b.bed_id as BedId) : [assignment.bedId];
  if (concerned[0] !== undefined) {
    await relay(tx, context.notices, {
      kind: 'staffAssigned',
      id: at.eventId,
      key: `bed:${concerned[0]}`,
      origin: context.origin,
      atMs: Math.round(at.nowMs),
      ...assignment,
      ...authoredBy(author, assignment.reason),
    });
  }
  tx.afterCommit(() => context.notices.directory.tell(concerned));
}

/** @throws PlatformError 'not-found', 'revision-moved', 'conflict' where the duty is over, or would end before it began */
export async function endDuty(
  tx: Tx,
  context: RelayContext,
  target: { readonly assignmentId: string; readonly ifRev: number },
  end: { readonly toMs: number; readonly reason: ChangeReason },
  change: Change,
): Promise<StaffAssignmentRow> {
  const row = await tx.db
    .selectFrom('staff_assignment')
    .selectAll()
    .where('assignment_id', '=', target.assignmentId)
    .executeTakeFirst();
  const ids = { ids: [`assignment:${target.assignmentId}`] } as const;
  if (row === undefined) throw new PlatformError('not-found', ids);
  if (row.rev !== target.ifRev) throw new PlatformError('revision-moved', ids);
  const isOver = row.to_ms !== null && row.to_ms <= change.wallMs;
  if (isOver || end.toMs < row.from_ms) throw new PlatformError('conflict', ids);
  const after = { ...row, to_ms: Math.round(end.toMs), reason: end.reason, ended_by: change.by, rev: row.rev + 1 };
  await tx.db.updateTable('staff_assignment').set(after).where('assignment_id', '=', row.assignment_id).execute();
  await appendAudit(tx, change.audit, change.wallMs);
  const at = { eventId: `staff/${row.assignment_id}/${after.rev}`, nowMs: change.nowMs };
  await tell(tx, context, after, at, change);
  return after;
}

/** Somebody else takes the duty over: the one ends where the other begins. */
export async function replaceDuty(
  tx: Tx,
  context: RelayContext,
  target: { readonly assignmentId: string; readonly ifRev: number },
  to: { readonly staffId: StaffId; readonly fromMs: number; readonly reason: ChangeReason },
  change: Change,
): Promise<StaffAssignment> {
  const before = await tx.db
    .selectFrom('staff_assignment')
    .selectAll()
    .where('assignment_id', '=', target.assignmentId)
    .executeTakeFirst();
  const ended = await endDuty(tx, context, target, { toMs: to.fromMs, reason: to.reason }, change);
  const { careUnitId, bedId, role } = assignmentOf(ended);
  const fromMs = Math.round(to.fromMs) as StaffAssignment['fromMs'];
  const toMs = (before?.to_ms ?? null) as StaffAssignment['toMs'];
  return assign(tx, context, { staffId: to.staffId, careUnitId, bedId, role, fromMs, toMs, reason: to.reason }, change);
}
