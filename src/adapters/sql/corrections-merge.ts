import { type AssignmentConflict, bedKey, type BedId, type PatientId } from '@vigil/contracts';
import { AssignmentRefused, PlatformError } from '@vigil/domain';
import { appendAudit } from './audit-row.js';
import { auditWith, authoredBy } from './authored.js';
import { insertCorrection } from './corrections-rows.js';
import { liveStays } from './live-stays.js';
import { relay } from './outbox.js';
import type { EncounterRow, PatientRow } from './schema-stays.js';
import type { Db, Tx } from './sql.js';
import { currentSpan, type StayContext, type StayWho } from './stays.js';
import type { Made } from './stays-corrections.js';

/**
 * `from` was the same person as `into` (A40). Its stays are of `into` from now on, its record stays readable under its id, and its
 * numbers find the other one. What was sealed under its keys stays so: the keys of both go when either is erased.
 *
 * Merged into the same record already: nothing happens. `into` that went into a third record stands for that one.
 *
 * @throws AssignmentRefused where both have an open stay; PlatformError 'not-found', 'conflict' (both are one record; `from` went into
 *   another)
 */
export async function mergePatients(
  tx: Tx,
  { notices, origin }: Pick<StayContext, 'notices' | 'origin'>,
  request: { readonly from: PatientId; readonly into: PatientId },
  made: Pick<Made, 'correctionId'>,
  who: StayWho,
): Promise<void> {
  const from = await recordOf(tx.db, request.from);
  const into = await survivorOf(tx.db, request.into);
  const [fromId, intoId] = [from.patient_id, into.patient_id];
  if (from.merged_into === intoId) return;
  if (from.merged_into !== null || fromId === intoId) throw new PlatformError('conflict');
  const [open, other] = [await openStay(tx.db, fromId), await openStay(tx.db, intoId)];
  if (open !== undefined && other !== undefined) throw new AssignmentRefused([bothLie(open), bothLie(other)]);
  const stays = await tx.db.selectFrom('encounter').select('encounter_id').where('patient_id', '=', fromId).execute();
  await tx.db
    .updateTable('encounter')
    .set((eb) => ({ patient_id: intoId, rev: eb('rev', '+', 1) }))
    .where('patient_id', '=', fromId)
    .execute();
  await tx.db.updateTable('past_bed').set({ patient_id: intoId }).where('patient_id', '=', fromId).execute();
  // What went into the merged record before goes along: one step leads to who is left.
  await tx.db
    .updateTable('patient')
    .set({ merged_into: intoId })
    .where((eb) => eb.or([eb('patient_id', '=', fromId), eb('merged_into', '=', fromId)]))
    .execute();
  await insertCorrection(
    tx,
    {
      ...{ correctionId: made.correctionId, kind: 'merge', subject: `patient:${fromId}`, patientId: null },
      ...{ before: { stays: stays.map((row) => row.encounter_id) }, after: { into: intoId } },
      ...{ reason: 'merged-at-source', note: null },
    },
    { by: who.by ?? null, source: who.source ?? 'person', wallMs: who.wallMs },
  );
  await appendAudit(tx, auditWith(who, [fromId, intoId]), who.wallMs);
  const moved = open ?? other;
  if (moved !== undefined) tx.afterCommit(() => notices.directory.tell([moved.bed_id as BedId]));
  if (open === undefined) return;
  const { encounter_id: encounterId, bed_id: bedId } = open;
  await relay(tx, notices, {
    ...{ kind: 'patientMerged', id: `merge/${made.correctionId}`, key: bedKey(bedId as BedId), origin },
    ...{ atMs: Math.round(who.nowMs), bedId, encounterId, fromPatientId: fromId, patientId: intoId },
    ...authoredBy(who, 'merged-at-source'),
  });
}

function bothLie(row: EncounterRow): AssignmentConflict {
  const { encounterId, bedId, fromMs, toMs } = currentSpan(row);
  return { kind: 'patient-elsewhere', encounterId, bedId, fromMs, toMs } as AssignmentConflict;
}

function openStay(db: Db, patientId: string): Promise<EncounterRow | undefined> {
  return liveStays(db)
    .selectAll('e')
    .where('e.patient_id', '=', patientId)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
}

async function recordOf(db: Db, patientId: string): Promise<PatientRow> {
  const row = await db
    .selectFrom('patient')
    .selectAll()
    .where('patient_id', '=', patientId)
    .where('erased_wall_ms', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  return row;
}

async function survivorOf(db: Db, patientId: string): Promise<PatientRow> {
  const row = await recordOf(db, patientId);
  return row.merged_into === null ? row : recordOf(db, row.merged_into);
}

/** All records of one person: whoever is left, and what went into that. Empty where there is none. */
export async function recordsOfPerson(db: Db, patientId: string): Promise<readonly PatientRow[]> {
  const row = await db.selectFrom('patient').selectAll().where('patient_id', '=', patientId).executeTakeFirst();
  if (row === undefined) return [];
  const root = row.merged_into ?? row.patient_id;
  return db
    .selectFrom('patient')
    .selectAll()
    .where((eb) => eb.or([eb('patient_id', '=', root), eb('merged_into', '=', root)]))
    .orderBy('patient_id')
    .execute();
}
