import { type ChangeReason, DeviceAssigned, DeviceAssignment } from '@vigil/contracts';
import { appendAudit } from './audit-row.js';
import { auditWith, type Author, authoredBy } from './authored.js';
import type { SqlContext } from './context.js';
import { type DeviceStretch, insertCorrection, insertJobs, patientsIn, questionAlarms } from './corrections-rows.js';
import { nextNumber } from './counters.js';
import { deviceSpan, movedStretches } from './device-conflicts.js';
import { relay } from './outbox.js';
import type { DeviceAssignmentRow } from './schema-stays.js';
import type { Db, Tx } from './sql.js';
import type { Who } from '../../ports/directory.js';

/** A row before and after; null before: it is new. */
export interface RowChange {
  readonly before: DeviceAssignmentRow | null;
  readonly after: DeviceAssignmentRow;
}

export interface DeviceWrite {
  /** In an order in which no device has two open spans in between. */
  readonly changes: readonly RowChange[];
  readonly correctionId: string;
  readonly reason: ChangeReason;
}

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;

/**
 * Writes spans of devices, tells every bed concerned, and lets what was stored follow: where a device was said to be at a bed and is
 * not any more, what it brought since then is moved, also what came while this was under way.
 */
export async function writeSpans(
  tx: Tx,
  context: RelayContext,
  { changes, correctionId, reason }: DeviceWrite,
  who: Pick<Who, 'audit' | 'nowMs' | 'wallMs'> & Author,
): Promise<void> {
  const devices = [...new Set(changes.map(({ after }) => after.device_id))];
  const before = await liveSpansOf(tx.db, devices);
  for (const change of changes) {
    await writeRow(tx, change);
    await tell(tx, context, change, { reason, who });
  }
  const after = await liveSpansOf(tx.db, devices);
  const stretches = devices.flatMap((deviceId): DeviceStretch[] => {
    const of = (rows: readonly DeviceAssignmentRow[]) => rows.filter((row) => row.device_id === deviceId).map(deviceSpan);
    return movedStretches(of(before), of(after)).map((stretch) => ({ deviceId, ...stretch }));
  });
  if (changes.some((change) => change.before !== null)) {
    await insertCorrection(tx, { ...described(changes), correctionId, kind: 'device', patientId: null, reason, note: null }, who);
  }
  await insertJobs(tx, correctionId, stretches, who.wallMs);
  await questionAlarms(tx, correctionId, stretches);
  const patients = await Promise.all(stretches.map((stretch) => patientsIn(tx.db, bedsOf(stretch), stretch)));
  await appendAudit(tx, auditWith(who, patients.flat()), who.wallMs);
  await nextNumber(tx, 'assignments');
  const beds = changes.flatMap((change) => [change.before?.bed_id ?? change.after.bed_id, change.after.bed_id]);
  tx.afterCommit(() => context.notices.directory.tell([...new Set(beds)] as never));
}

const bedsOf = ({ fromBedId, toBedId }: DeviceStretch) => (toBedId === null ? [fromBedId] : [fromBedId, toBedId]);

/** With a note only where it was written over: so long as the row has it, an erasure finds it there. */
function described(changes: readonly RowChange[]) {
  const [last] = changes.slice(-1);
  return {
    subject: `assignment:${last!.after.assignment_id}`,
    before: changes.map(({ before, after }) => (before?.note === after.note ? { ...before, note: null } : before)),
    after: changes.map(({ after }) => ({ ...after, note: null })),
  };
}

async function writeRow(tx: Tx, { before, after }: RowChange): Promise<void> {
  if (before === null) {
    await tx.db.insertInto('device_assignment').values(after).execute();
    return;
  }
  await tx.db.updateTable('device_assignment').set(after).where('assignment_id', '=', before.assignment_id).execute();
}

/** The bed that it is at, and the one that it is said not to have been at. */
async function tell(
  tx: Tx,
  context: RelayContext,
  { before, after }: RowChange,
  told: { readonly reason: ChangeReason; readonly who: Pick<Who, 'nowMs'> & Author },
): Promise<void> {
  const intervalsMs = await intervalsOf(tx.db, after.device_id);
  const event = (row: DeviceAssignmentRow, id: string, more: Readonly<Record<string, unknown>> = {}) => ({
    ...assignedEvent(row, intervalsMs),
    id,
    origin: context.origin,
    atMs: Math.round(told.who.nowMs),
    rev: after.rev,
    ...authoredBy(told.who, told.reason),
    ...more,
  });
  const id = `device/${after.assignment_id}/${after.rev}`;
  if (before !== null && before.bed_id !== after.bed_id) {
    await relay(tx, context.notices, event(before, `${id}/left`, { voided: true }));
  }
  await relay(tx, context.notices, event(after, id));
}

/** What the engine is told of a row; also when a new log has to be told how things stand. The caller adds id, origin and time. */
export function assignedEvent(row: DeviceAssignmentRow, intervalsMs: unknown) {
  return {
    kind: 'deviceAssigned' as const,
    key: `bed:${row.bed_id}`,
    deviceId: row.device_id,
    bedId: row.bed_id,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    intervalsMs,
    assignmentId: row.assignment_id,
    rev: row.rev,
    channels: row.channels_json === null ? null : (JSON.parse(row.channels_json) as unknown),
    ...(row.voided_wall_ms === null ? {} : { voided: true }),
  };
}

/** Expected intervals of its profile. */
async function intervalsOf(db: Db, deviceId: string): Promise<unknown> {
  const row = await db.selectFrom('device').select('intervals_json').where('device_id', '=', deviceId).executeTakeFirstOrThrow();
  return DeviceAssigned.shape.intervalsMs.parse(JSON.parse(row.intervals_json));
}

/** Spans without those that were voided, oldest first. */
export function liveSpans(db: Db) {
  return db.selectFrom('device_assignment as a').where('a.voided_wall_ms', 'is', null);
}

export async function liveSpansOf(db: Db, deviceIds: readonly string[]): Promise<readonly DeviceAssignmentRow[]> {
  if (deviceIds.length === 0) return [];
  return liveSpans(db)
    .selectAll('a')
    .where('a.device_id', 'in', [...deviceIds])
    .orderBy('a.from_ms')
    .execute();
}

/** Without what somebody wrote: that is opened apart. */
export function assignmentOfRow(row: DeviceAssignmentRow, note: string | null): DeviceAssignment {
  return DeviceAssignment.parse({
    assignmentId: row.assignment_id,
    deviceId: row.device_id,
    bedId: row.bed_id,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    channels: row.channels_json === null ? null : (JSON.parse(row.channels_json) as unknown),
    source: row.source,
    by: row.set_by,
    reason: row.reason,
    note,
    rev: row.rev,
    voided: row.voided_wall_ms !== null,
  });
}
