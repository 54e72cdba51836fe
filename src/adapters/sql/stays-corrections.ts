import type { BedId, ChangeReason, CorrectStay, EncounterId, PatientId } from '@vigil/contracts';
import { AssignmentRefused, PlatformError } from '@vigil/domain';
import { appendAudit } from './audit-row.js';
import { auditWith, authoredBy } from './authored.js';
import { insertCorrected, insertCorrection, type CorrectionKind } from './corrections-rows.js';
import { inBedSince } from './directory-reads.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema-stays.js';
import type { Tx } from './sql.js';
import {
  type BedSpan,
  bedInUse,
  currentSpan,
  eventIdOf,
  leaveStandby,
  pastSpans,
  requireFree,
  type StayContext,
  stayForChange,
  type StayWho,
  toldAt,
  updateStay,
} from './stays.js';
import { requirePatient, tellAdmitted, tellDischarged } from './stays-admit.js';
import { lostStretches, type StayBefore } from './stays-lost.js';
import { retellStay } from './stays-retell.js';
import { newStay } from './stays-visit.js';
import { moveStandby, tellTransfer } from './transfer-stay.js';

/** What names a correction, and why it is made. */
export interface Made {
  readonly correctionId: string;
  readonly reason: ChangeReason;
  /** Sealed; null without one. */
  readonly note: string | null;
  /** Under whose keys; left out: those of the stay's patient. */
  readonly notePatientId?: string | undefined;
}

/** The admission was none (A11). A stay that was voided already is answered as it is. */
export async function voidStay(
  tx: Tx,
  context: StayContext,
  request: { readonly encounterId: EncounterId; readonly atMs: number },
  made: Made,
  who: StayWho,
): Promise<EncounterRow> {
  const { encounterId } = request;
  const known = await tx.db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst();
  if (known !== undefined && known.voided_wall_ms !== null) return known;
  const before = await stayBefore(tx, await stayForChange(tx, encounterId));
  const row = await voidRow(tx, before, Math.max(request.atMs, inBedSince(before.row)), who);
  const atMs = await toldAt(tx, context, row, Math.max(Math.round(request.atMs), inBedSince(row)), who);
  await noteCorrection(tx, 'void', before, { row, past: [] }, made, who);
  if (row.discharged_ms === null) {
    const authored = authoredBy(who, made.reason);
    await tellDischarged(tx, context, row, { id: `void/${encounterId}`, atMs, voided: true, ...authored });
  }
  tx.afterCommit(() => context.notices.directory.tell([row.bed_id as BedId]));
  return row;
}

/** Beds where it was stay in the correction: `past_bed` holds what counts. */
async function voidRow(tx: Tx, { row }: StayBefore, atMs: number, who: StayWho): Promise<EncounterRow> {
  await tx.db.deleteFrom('past_bed').where('encounter_id', '=', row.encounter_id).execute();
  await leaveStandby(tx, row.encounter_id as EncounterId, atMs);
  return updateStay(tx, row, { voided_wall_ms: Math.round(who.wallMs) });
}

/** The discharge was none (A13). @throws AssignmentRefused where somebody lies in the bed since, or the patient elsewhere */
export async function reopenStay(
  tx: Tx,
  context: StayContext,
  request: { readonly encounterId: EncounterId; readonly bedId?: BedId | undefined; readonly ifRev?: number | undefined },
  made: Made,
  who: StayWho,
): Promise<EncounterRow> {
  const { encounterId } = request;
  const before = await stayBefore(tx, await stayForChange(tx, encounterId, request.ifRev));
  const { row: known } = before;
  const endedMs = known.discharged_ms;
  if (endedMs === null) throw new PlatformError('conflict', { ids: [`encounter:${encounterId}`] });
  const bedId = request.bedId ?? (known.bed_id as BedId);
  await bedInUse(tx, bedId, encounterId);
  await requireFree(tx.db, { ...currentSpan(known), bedId, fromMs: endedMs, toMs: null });
  const isElsewhere = bedId !== known.bed_id;
  if (isElsewhere && endedMs > inBedSince(known)) await keepPastBed(tx, known, endedMs);
  const set = isElsewhere ? { bed_id: bedId, bed_since_ms: endedMs, discharged_ms: null } : { discharged_ms: null };
  const row = await updateStay(tx, known, set);
  await noteCorrection(tx, 'reopen', before, { row, past: await pastSpans(tx.db, encounterId) }, made, who);
  // The bed has seen it leave at that moment, and takes what is of before for old.
  const at = { id: `reopen/${encounterId}/${row.rev}`, atMs: endedMs + 1, reopened: true } as const;
  await tellAdmitted(tx, context, row, at, authoredBy(who, made.reason));
  await retellStay(tx, context, row, at.id, who);
  return row;
}

async function keepPastBed(tx: Tx, { encounter_id, patient_id, bed_id, ...known }: EncounterRow, toMs: number): Promise<void> {
  await tx.db
    .insertInto('past_bed')
    .values({ encounter_id, patient_id, bed_id, from_ms: inBedSince(known), to_ms: toMs })
    .execute();
}

/**
 * The last transfer was none (A12): the stay has been in the bed before all the time.
 * @param request `bedId`: where the caller believes that it goes back to
 * @throws PlatformError('conflict') where the stay is over or never was elsewhere; AssignmentRefused where that bed is taken
 */
export async function cancelTransfer(
  tx: Tx,
  context: StayContext,
  request: { readonly encounterId: EncounterId; readonly bedId?: BedId | undefined; readonly atMs: number },
  made: Made,
  who: StayWho,
): Promise<EncounterRow> {
  const { encounterId } = request;
  const before = await stayBefore(tx, await stayForChange(tx, encounterId));
  const { row: known, past } = before;
  const last = past.at(-1);
  const isOther = last === undefined || (request.bedId !== undefined && request.bedId !== last.bedId);
  if (isOther || known.discharged_ms !== null) throw new PlatformError('conflict', { ids: [`encounter:${encounterId}`] });
  const sinceMs = inBedSince(known);
  const bed = await bedInUse(tx, last.bedId, encounterId);
  await requireFree(tx.db, { ...last, fromMs: last.toMs ?? sinceMs, toMs: null });
  await tx.db.deleteFrom('past_bed').where('encounter_id', '=', encounterId).where('from_ms', '=', last.fromMs).execute();
  await moveStandby(tx, encounterId, last.bedId);
  const since = last.fromMs === known.admitted_ms ? null : last.fromMs;
  const id = await eventIdOf(tx, `cancel/transfer/${encounterId}/${sinceMs}`, { ...known, rev: known.rev + 1 });
  const row = await updateStay(tx, known, { bed_id: last.bedId, bed_since_ms: since });
  // Both beds have noted the transfer at its time, and take what is not later for old.
  const atMs = await toldAt(tx, context, row, Math.max(Math.round(request.atMs), sinceMs + 1), who);
  await noteCorrection(tx, 'cancel-transfer', before, { row, past: past.slice(0, -1) }, made, who);
  await tellTransfer(tx, context, known, bed, { id, atMs, ...authoredBy(who, made.reason) });
  return row;
}

export interface StayCorrection {
  readonly encounterId: EncounterId;
  readonly request: Pick<CorrectStay, 'patientId' | 'bedId' | 'fromMs'> & { readonly ifRev?: number | undefined };
  /** Id of the stay that takes the place of one of the wrong patient. */
  readonly newEncounterId: EncounterId;
  /** Of the patient who really lies there, where the birth date can be read. */
  readonly ageGroup: EncounterRow['age_group'];
}

/** Who really lay where, and since when. */
export async function correctStay(
  tx: Tx,
  context: StayContext,
  { encounterId, request, newEncounterId, ageGroup }: StayCorrection,
  made: Made,
  who: StayWho,
): Promise<EncounterRow> {
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  const before = await stayBefore(tx, await stayForChange(tx, encounterId, request.ifRev));
  if (made.reason === 'routine') throw new PlatformError('reason-required', ids);
  const { row: known } = before;
  const { patientId = known.patient_id as PatientId, bedId = known.bed_id as BedId } = request;
  const isOther = patientId !== known.patient_id;
  if (bedId !== known.bed_id) await bedInUse(tx, bedId, encounterId);
  if (isOther) await requirePatient(tx, patientId, ids);
  const after = placed(before, { patientId, bedId, fromMs: request.fromMs });
  if (!isOther && isSamePlace(known, after.row)) throw new PlatformError('conflict', ids);
  await requireAllFree(tx, before, after);
  const row = isOther
    ? await replaceStay(tx, before, after, { newEncounterId, ageGroup, patientId }, who)
    : await rewriteStay(tx, before, after);
  const past = after.past.map((span) => ({ ...span, encounterId: row.encounter_id as EncounterId }));
  await noteCorrection(tx, 'stay', before, { row, past }, made, who);
  if (row.discharged_ms === null) await tellCorrected(tx, context, before.row, row, made, who);
  const beds = [...new Set([before.row.bed_id, row.bed_id])] as BedId[];
  tx.afterCommit(() => context.notices.directory.tell(beds));
  return row;
}

/** The stay as it should have been: the beds before stay as they are, but for the end of the last. */
function placed(
  { row, past }: StayBefore,
  to: { readonly patientId: PatientId; readonly bedId: BedId; readonly fromMs: number | undefined },
): StayBefore {
  const sinceMs = inBedSince(row);
  const fromMs = to.fromMs === undefined ? sinceMs : Math.round(to.fromMs);
  const last = past.at(-1);
  const isAfter = last === undefined || fromMs > last.fromMs;
  const isBeforeEnd = row.discharged_ms === null || fromMs < row.discharged_ms;
  if (!isAfter || !isBeforeEnd) {
    const { encounterId, bedId, toMs } = currentSpan(row);
    throw new AssignmentRefused([{ kind: 'overlap', encounterId, bedId, fromMs: sinceMs, toMs } as never]);
  }
  const moved = last === undefined ? { admitted_ms: fromMs } : { bed_since_ms: fromMs };
  const ended = last !== undefined && last.toMs === sinceMs ? [...past.slice(0, -1), { ...last, toMs: fromMs }] : past;
  return {
    row: { ...row, ...moved, bed_id: to.bedId, patient_id: to.patientId },
    past: ended.map((span) => ({ ...span, patientId: to.patientId })),
  };
}

function isSamePlace(a: EncounterRow, b: EncounterRow): boolean {
  return a.bed_id === b.bed_id && a.admitted_ms === b.admitted_ms && a.bed_since_ms === b.bed_since_ms;
}

/** Every stretch of time of the stay as it should have been, where nobody else may lie, nor the patient elsewhere. */
async function requireAllFree(tx: Tx, before: StayBefore, after: StayBefore): Promise<void> {
  const spans: readonly BedSpan[] = [...after.past, currentSpan(after.row)];
  for (const span of spans) await requireFree(tx.db, { ...span, encounterId: before.row.encounter_id as EncounterId });
}

/** The wrong stay is voided, and one of the right patient takes its place in the same beds. */
async function replaceStay(
  tx: Tx,
  before: StayBefore,
  after: StayBefore,
  to: Pick<StayCorrection, 'newEncounterId' | 'ageGroup'> & { readonly patientId: PatientId },
  who: StayWho,
): Promise<EncounterRow> {
  await voidRow(tx, before, before.row.discharged_ms ?? who.nowMs, who);
  const { bed_id, admitted_ms, bed_since_ms, discharged_ms } = after.row;
  const made = { encounterId: to.newEncounterId, patientId: to.patientId, bedId: bed_id as BedId, atMs: admitted_ms };
  const row: EncounterRow = {
    ...newStay(made, who.source ?? 'person'),
    ...{ bed_since_ms, discharged_ms, age_group: to.ageGroup },
  };
  await tx.db.insertInto('encounter').values(row).execute();
  await insertPast(tx, row, after.past);
  // Nobody finds the voided one any more: whoever reviews this stay sees that it was put right, by whom and when.
  const audit = auditWith(who, [before.row.patient_id, to.patientId]);
  const detail = `${audit.detail}, in place of encounter:${before.row.encounter_id}`;
  await appendAudit(tx, { ...audit, object: `encounter:${to.newEncounterId}`, detail }, who.wallMs);
  return row;
}

async function rewriteStay(tx: Tx, before: StayBefore, after: StayBefore): Promise<EncounterRow> {
  const { bed_id, admitted_ms, bed_since_ms } = after.row;
  await tx.db.deleteFrom('past_bed').where('encounter_id', '=', before.row.encounter_id).execute();
  await insertPast(tx, before.row, after.past);
  await moveStandby(tx, before.row.encounter_id, bed_id);
  return updateStay(tx, before.row, { bed_id, admitted_ms, bed_since_ms });
}

async function insertPast(tx: Tx, { encounter_id, patient_id }: EncounterRow, past: readonly BedSpan[]): Promise<void> {
  for (const { bedId, fromMs, toMs } of past) {
    await tx.db
      .insertInto('past_bed')
      .values({ encounter_id, patient_id, bed_id: bedId, from_ms: fromMs, to_ms: toMs ?? fromMs })
      .execute();
  }
}

/**
 * Another patient in the same bed: the engine goes on with the alarms. Another bed: it is over there, and begins here, because what
 * that bed has seen is of somebody else. Another time alone changes nothing of who is watched.
 */
async function tellCorrected(
  tx: Tx,
  context: StayContext,
  before: EncounterRow,
  row: EncounterRow,
  made: Made,
  who: StayWho,
): Promise<void> {
  const authored = authoredBy(who, made.reason);
  const id = `correct/${made.correctionId}`;
  const atMs = Math.max(Math.round(who.nowMs), inBedSince(before));
  const bedId = row.bed_id as BedId;
  if (bedId === before.bed_id) {
    if (row.encounter_id === before.encounter_id) return;
    const { notices, origin } = context;
    const bed = await bedInUse(tx, bedId, row.encounter_id as EncounterId);
    await relay(tx, notices, {
      ...{ kind: 'stayCorrected', id, key: `bed:${bedId}`, origin, atMs, bedId, wrongEncounterId: before.encounter_id },
      ...{ encounterId: row.encounter_id, patientId: row.patient_id, sinceMs: inBedSince(row) },
      ...(row.age_group === null ? {} : { ageGroup: row.age_group }),
      ...{ careUnitId: bed.care_unit_id, ...authored },
    });
    return;
  }
  await tellDischarged(tx, context, before, { id: `${id}/out`, atMs, voided: true, ...authored });
  // That bed may have seen it leave after that moment, by a transfer or by another correction.
  await tellAdmitted(tx, context, row, { id: `${id}/in`, atMs: inBedSince(row), reopened: true }, authored);
  if (row.encounter_id === before.encounter_id) await retellStay(tx, context, row, id, who);
}

async function stayBefore(tx: Tx, row: EncounterRow): Promise<StayBefore> {
  return { row, past: await pastSpans(tx.db, row.encounter_id as EncounterId) };
}

/** Keeps how it was, with who put it right and why, and says which time is no longer of that stay. */
async function noteCorrection(
  tx: Tx,
  kind: CorrectionKind,
  before: StayBefore,
  after: StayBefore,
  { correctionId, reason, note, notePatientId }: Made,
  who: StayWho,
): Promise<void> {
  const { encounter_id: encounterId } = before.row;
  const patientId = notePatientId ?? before.row.patient_id;
  const author = { by: who.by ?? null, source: who.source ?? 'person', wallMs: who.wallMs } as const;
  await insertCorrection(
    tx,
    { correctionId, kind, subject: `encounter:${encounterId}`, patientId, before, after, reason, note },
    author,
  );
  for (const { bedId, fromMs, toMs, encounterId: nowOf } of lostStretches(before, after)) {
    await insertCorrected(tx, {
      ...{ correction_id: correctionId, what: 'stay', device_id: null, from_bed_id: bedId, to_bed_id: null },
      ...{ wrong_encounter_id: encounterId, encounter_id: nowOf, from_ms: fromMs, to_ms: toMs },
    });
  }
  await appendAudit(tx, auditWith(who, [before.row.patient_id, after.row.patient_id]), who.wallMs);
}
