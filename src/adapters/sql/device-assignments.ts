import type { AssignDevice, ChangeReason, CorrectAssignment, EndAssignment, EpochMs } from '@vigil/contracts';
import { AssignmentRefused, PlatformError } from '@vigil/domain';
import type { Who } from '../../ports/directory.js';
import type { Author } from './authored.js';
import type { SqlContext } from './context.js';
import { channelsOf, conflictsOf, overlaps, spanOf } from './device-conflicts.js';
import { liveSpans, liveSpansOf, type RowChange, writeSpans } from './device-assignments-rows.js';
import type { DeviceAssignmentRow } from './schema-stays.js';
import type { Tx } from './sql.js';

/** What was said this much later than it happened (wall time) needs no other reason than routine. */
const ROUTINE_MS_MAX = 60_000;
/** Conflicts that one answer names. */
const CONFLICTS_MAX = 50;

export type DeviceContext = Pick<SqlContext, 'notices' | 'origin' | 'clock'>;
type Writer = Pick<Who, 'audit' | 'nowMs' | 'wallMs'> & Author;

/** @param assignmentId id of the new span; also names what it ends as one correction. @param note sealed */
export async function assignDevice(
  tx: Tx,
  context: DeviceContext,
  request: AssignDevice & { readonly fromMs: EpochMs },
  { assignmentId, note }: { readonly assignmentId: string; readonly note: string | null },
  who: Writer,
): Promise<DeviceAssignmentRow> {
  const { deviceId, bedId, reason } = request;
  await requireThere(tx, deviceId, bedId);
  requireReason(context, reason, request.fromMs, who);
  const own = await liveSpansOf(tx.db, [deviceId]);
  const atBed = await otherSpansAt(tx, bedId, deviceId);
  const row: DeviceAssignmentRow = {
    ...{ assignment_id: assignmentId, device_id: deviceId, bed_id: bedId, from_ms: Math.round(request.fromMs), to_ms: null },
    ...{ channels_json: request.channels === undefined ? null : JSON.stringify(request.channels) },
    ...{ source: who.source, set_by: who.by, reason, note, rev: 1, voided_wall_ms: null, set_wall_ms: Math.round(who.wallMs) },
  };
  const ends = [...endsElsewhere(request, own, row), ...replacedSpan(request, atBed, row)];
  const endedIds = new Set(ends.map(({ before }) => before.assignment_id));
  const others = [...own, ...atBed].filter((other) => !endedIds.has(other.assignment_id));
  const [replaced] = ends.filter(({ before }) => before.device_id !== deviceId);
  const after = replaced !== undefined && request.channels === undefined ? withChannels(row, replaced.before) : row;
  refuse(conflictsOf(after, others));
  const changes: RowChange[] = [
    ...ends.map((end) => ({ ...end, after: stamped(end.after, reason, who) })),
    { before: null, after },
  ];
  await writeSpans(tx, context, { changes, correctionId: assignmentId, reason }, who);
  return after;
}

const withChannels = (row: DeviceAssignmentRow, { channels_json }: DeviceAssignmentRow): DeviceAssignmentRow => ({
  ...row,
  channels_json,
});

interface End {
  readonly before: DeviceAssignmentRow;
  readonly after: DeviceAssignmentRow;
}

/** With `endOther`, the span of the device that holds at another bed when the new one begins, or begins with it. */
function endsElsewhere(
  { endOther = false }: Pick<AssignDevice, 'endOther'>,
  own: readonly DeviceAssignmentRow[],
  wanted: DeviceAssignmentRow,
): End[] {
  if (!endOther) return [];
  return own
    .filter((other) => other.bed_id !== wanted.bed_id && holdsAt(other, wanted.from_ms))
    .map((before) => ({ before, after: endedAt(before, wanted.from_ms) }));
}

/** @throws PlatformError('not-found') where the device that is to go is not at the bed */
function replacedSpan(
  { replaces }: Pick<AssignDevice, 'replaces'>,
  atBed: readonly DeviceAssignmentRow[],
  wanted: DeviceAssignmentRow,
): End[] {
  if (replaces === undefined) return [];
  const before = atBed.find((other) => other.device_id === replaces && holdsAt(other, wanted.from_ms));
  if (before === undefined) throw new PlatformError('not-found', { ids: [`device:${replaces}`, `bed:${wanted.bed_id}`] });
  return [{ before, after: endedAt(before, wanted.from_ms) }];
}

function holdsAt(row: DeviceAssignmentRow, atMs: number): boolean {
  return overlaps(spanOf(row), { fromMs: atMs, toMs: atMs + 1 });
}

/** A span that would end where it began never held. */
function endedAt(row: DeviceAssignmentRow, toMs: number): DeviceAssignmentRow {
  const isNothing = toMs <= row.from_ms;
  return { ...row, rev: row.rev + 1, ...(isNothing ? { voided_wall_ms: 0 } : { to_ms: toMs }) };
}

/** Who changed it last, from where and why. */
function stamped(row: DeviceAssignmentRow, reason: ChangeReason, who: Writer): DeviceAssignmentRow {
  const wallMs = Math.round(who.wallMs);
  const voided = row.voided_wall_ms === null ? {} : { voided_wall_ms: wallMs };
  return { ...row, reason, source: who.source, set_by: who.by, set_wall_ms: wallMs, ...voided };
}

/** @param note sealed; null keeps the one that is there */
export async function endDevice(
  tx: Tx,
  context: DeviceContext,
  before: DeviceAssignmentRow,
  request: Pick<EndAssignment, 'reason'> & { readonly toMs: number },
  { correctionId, note }: { readonly correctionId: string; readonly note: string | null },
  who: Writer,
): Promise<DeviceAssignmentRow> {
  const { reason } = request;
  const toMs = Math.round(request.toMs);
  const isOver = before.voided_wall_ms !== null || before.to_ms !== null;
  if (isOver || toMs < before.from_ms) throw new PlatformError('conflict', { ids: [`assignment:${before.assignment_id}`] });
  requireReason(context, reason, toMs, who);
  const after = { ...stamped(endedAt(before, toMs), reason, who), ...(note === null ? {} : { note }) };
  await writeSpans(tx, context, { changes: [{ before, after }], correctionId, reason }, who);
  return after;
}

/** @param note sealed */
export async function correctDevice(
  tx: Tx,
  context: DeviceContext,
  before: DeviceAssignmentRow,
  request: CorrectAssignment,
  { correctionId, note }: { readonly correctionId: string; readonly note: string | null },
  who: Writer,
): Promise<DeviceAssignmentRow> {
  const ids = { ids: [`assignment:${before.assignment_id}`] } as const;
  if (before.voided_wall_ms !== null) throw new PlatformError('conflict', ids);
  if (request.reason === 'routine') throw new PlatformError('reason-required', ids);
  const { bedId = before.bed_id, fromMs = before.from_ms, toMs = before.to_ms, voided = false } = request;
  const place = { bed_id: bedId, from_ms: Math.round(fromMs), to_ms: toMs === null ? null : Math.round(toMs) };
  const isSame = place.bed_id === before.bed_id && place.from_ms === before.from_ms && place.to_ms === before.to_ms;
  if ((isSame && !voided) || (place.to_ms !== null && place.to_ms <= place.from_ms)) throw new PlatformError('conflict', ids);
  if (place.bed_id !== before.bed_id) await requireThere(tx, before.device_id, place.bed_id);
  const changed = { ...before, ...place, rev: before.rev + 1, note, voided_wall_ms: voided ? 0 : null };
  const after = stamped(changed, request.reason, who);
  if (!voided) refuse(conflictsOf(after, await othersThan(tx, after)));
  await writeSpans(tx, context, { changes: [{ before, after }], correctionId, reason: request.reason }, who);
  return after;
}

async function othersThan(tx: Tx, row: DeviceAssignmentRow): Promise<readonly DeviceAssignmentRow[]> {
  const own = await liveSpansOf(tx.db, [row.device_id]);
  const atBed = await otherSpansAt(tx, row.bed_id, row.device_id);
  return [...own, ...atBed].filter((other) => other.assignment_id !== row.assignment_id);
}

function otherSpansAt(tx: Tx, bedId: string, deviceId: string): Promise<readonly DeviceAssignmentRow[]> {
  return liveSpans(tx.db)
    .selectAll('a')
    .where('a.bed_id', '=', bedId)
    .where('a.device_id', '<>', deviceId)
    .orderBy('a.from_ms')
    .execute();
}

function refuse(conflicts: ReturnType<typeof conflictsOf>): void {
  if (conflicts.length > 0) throw new AssignmentRefused(conflicts.slice(0, CONFLICTS_MAX));
}

async function requireThere(tx: Tx, deviceId: string, bedId: string): Promise<void> {
  const device = await tx.db
    .selectFrom('device')
    .select('device_id')
    .where('device_id', '=', deviceId)
    .where('state', '<>', 'retired')
    .executeTakeFirst();
  const bed = await tx.db
    .selectFrom('bed')
    .select('bed_id')
    .where('bed_id', '=', bedId)
    .where('retired_wall_ms', 'is', null)
    .executeTakeFirst();
  if (device === undefined || bed === undefined) {
    throw new PlatformError('not-found', { ids: [`device:${deviceId}`, `bed:${bedId}`] });
  }
}

/** What is said of long ago changes whose readings those are: somebody has to say why. */
function requireReason({ clock }: Pick<DeviceContext, 'clock'>, reason: ChangeReason, atMs: number, { nowMs }: Writer): void {
  if (reason === 'routine' && atMs < nowMs - ROUTINE_MS_MAX * clock.rate) throw new PlatformError('reason-required');
}

/** Why devices that go with a patient are said to have gone: a stay that is told of late makes their time wrong until now. */
export function reasonOfGoing({ clock }: Pick<DeviceContext, 'clock'>, atMs: number, nowMs: number): ChangeReason {
  return atMs < nowMs - ROUTINE_MS_MAX * clock.rate ? 'wrong-time' : 'routine';
}

/** Devices that go along with a patient: each of them leaves this bed and begins at the other one at the same moment. */
export async function takeDevicesAlong(
  tx: Tx,
  context: DeviceContext,
  move: {
    readonly deviceIds: readonly AssignDevice['deviceId'][];
    readonly fromBedId: string;
    readonly toBedId: AssignDevice['bedId'];
    readonly atMs: number;
    readonly reason: ChangeReason;
    readonly idOf: (deviceId: string) => string;
  },
  who: Writer,
): Promise<void> {
  for (const deviceId of [...new Set(move.deviceIds)].sort()) {
    const there = (await liveSpansOf(tx.db, [deviceId])).find((row) => row.bed_id === move.fromBedId && holdsAt(row, move.atMs));
    if (there === undefined) throw new PlatformError('not-found', { ids: [`device:${deviceId}`, `bed:${move.fromBedId}`] });
    const channels = channelsOf(there);
    const fromMs = move.atMs as EpochMs;
    const request = {
      ...{ deviceId, bedId: move.toBedId, fromMs, endOther: true, reason: move.reason },
      ...(channels === null ? {} : { channels: [...channels] }),
    };
    await assignDevice(tx, context, request, { assignmentId: move.idOf(deviceId), note: null }, who);
  }
}

/** Whatever stood at a bed when the patient left it goes too; what came after that is for somebody else. */
export async function endDevicesAt(
  tx: Tx,
  context: DeviceContext,
  at: {
    readonly bedId: string;
    readonly toMs: number;
    readonly reason: ChangeReason;
    readonly idOf: (deviceId: string) => string;
  },
  who: Writer,
): Promise<void> {
  const open = await liveSpans(tx.db)
    .selectAll('a')
    .where('a.bed_id', '=', at.bedId)
    .where('a.to_ms', 'is', null)
    .where('a.from_ms', '<=', at.toMs)
    .execute();
  for (const row of open) {
    await endDevice(
      tx,
      context,
      row,
      { reason: at.reason, toMs: at.toMs },
      { correctionId: at.idOf(row.device_id), note: null },
      who,
    );
  }
}

/** The span, for whoever saw this revision of it. @throws PlatformError 'not-found', 'revision-moved' */
export async function spanForChange(
  tx: Tx,
  target: { readonly assignmentId: string; readonly ifRev: number },
): Promise<DeviceAssignmentRow> {
  const ids = { ids: [`assignment:${target.assignmentId}`] } as const;
  const row = await tx.db
    .selectFrom('device_assignment')
    .selectAll()
    .where('assignment_id', '=', target.assignmentId)
    .executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found', ids);
  if (row.rev !== target.ifRev) throw new PlatformError('revision-moved', ids);
  return row;
}
