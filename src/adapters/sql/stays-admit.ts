import { bedKey, type BedId, type Encounter, type EncounterId, type PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { appendAudit, appendRepeated } from './audit-row.js';
import { authoredBy } from './authored.js';
import { encounterOf, inBedSince } from './directory-reads.js';
import { liveStays } from './live-stays.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema-stays.js';
import type { Tx } from './sql.js';
import {
  beginsAt,
  bedInUse,
  eventIdOf,
  leaveStandby,
  type StayContext,
  stayForChange,
  type StayWho,
  toldAt,
  updateStay,
} from './stays.js';
import { type Admission, newStay } from './stays-visit.js';

/**
 * The same admission again is answered with what is stored. One that reaches a little into the stay before begins at its
 * end.
 * @throws PlatformError 'not-found'; 'conflict' where the id is another stay's; AssignmentRefused while bed or patient is taken
 */
export async function admit(tx: Tx, context: StayContext, request: Admission, who: StayWho): Promise<Encounter> {
  const { encounterId, patientId, bedId } = request;
  const ids = { ids: [`encounter:${encounterId}`, `bed:${bedId}`] } as const;
  // Also one that was voided: its id is never given again.
  const known = await tx.db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst();
  if (known !== undefined) {
    const isSame = known.patient_id === patientId && known.bed_id === bedId && known.voided_wall_ms === null;
    if (!isSame) throw new PlatformError('conflict', ids);
    await appendRepeated(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  await bedInUse(tx, bedId, encounterId);
  await requirePatient(tx, patientId, ids);
  const fromMs = Math.round(request.atMs);
  const atMs = await beginsAt(tx.db, { encounterId, patientId, bedId, fromMs, toMs: null });
  const row = await insertEncounter(tx, context, { ...request, atMs }, `admit/${encounterId}`, who);
  await appendAudit(tx, who.audit, who.wallMs);
  return encounterOf(row);
}

/** A record that went into another one takes no stays any more. */
export async function requirePatient(
  tx: Tx,
  patientId: PatientId,
  facts: { readonly ids: readonly `${'encounter' | 'bed'}:${string}`[] },
): Promise<void> {
  const patient = await tx.db
    .selectFrom('patient')
    .select('patient_id')
    .where('patient_id', '=', patientId)
    .where('erased_wall_ms', 'is', null)
    .where('merged_into', 'is', null)
    .executeTakeFirst();
  if (patient === undefined) throw new PlatformError('not-found', facts);
}

/** True while somebody else lies in the bed or the patient lies elsewhere. */
export async function isTaken(tx: Tx, { bedId, patientId }: Pick<Admission, 'bedId' | 'patientId'>): Promise<boolean> {
  const open = await liveStays(tx.db)
    .select('e.encounter_id')
    .where('e.discharged_ms', 'is', null)
    .where((eb) => eb.or([eb('e.bed_id', '=', bedId), eb('e.patient_id', '=', patientId)]))
    .executeTakeFirst();
  return open !== undefined;
}

export async function insertEncounter(
  tx: Tx,
  context: Pick<StayContext, 'notices' | 'origin'>,
  request: Admission,
  eventId: string,
  who: Partial<Pick<StayWho, 'by' | 'source' | 'sourceRef'>>,
): Promise<EncounterRow> {
  const row = newStay(request, who.source ?? 'person');
  await tx.db.insertInto('encounter').values(row).execute();
  await tellAdmitted(tx, context, row, { id: eventId, atMs: row.admitted_ms }, authoredBy(who, 'routine'));
  return row;
}

/** Tells the bed that the stay begins there at `atMs`. */
export async function tellAdmitted(
  tx: Tx,
  context: Pick<StayContext, 'notices' | 'origin'>,
  row: EncounterRow,
  { id, atMs, reopened }: { readonly id: string; readonly atMs: number; readonly reopened?: true },
  authored: Readonly<Record<string, unknown>>,
): Promise<void> {
  const bedId = row.bed_id as BedId;
  const bed = await tx.db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', bedId).executeTakeFirst();
  await relay(tx, context.notices, {
    ...{ kind: 'admit', id, key: bedKey(bedId), origin: context.origin, atMs, bedId },
    ...{ encounterId: row.encounter_id, patientId: row.patient_id },
    ...(row.age_group === null ? {} : { ageGroup: row.age_group }),
    ...(bed === undefined ? {} : { careUnitId: bed.care_unit_id }),
    ...(reopened === undefined ? {} : { reopened }),
    ...authored,
  });
  tx.afterCommit(() => context.notices.directory.tell([bedId]));
}

/**
 * Ends a stay; ending it again is answered with what is stored.
 * @throws PlatformError('conflict') when it would end before it began
 */
export async function discharge(
  tx: Tx,
  context: StayContext,
  request: { readonly encounterId: EncounterId; readonly atMs: number },
  who: StayWho,
): Promise<Encounter> {
  const { encounterId } = request;
  const known = await stayForChange(tx, encounterId);
  if (known.discharged_ms !== null) {
    await appendRepeated(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  const atMs = Math.round(request.atMs);
  if (atMs < inBedSince(known)) throw new PlatformError('conflict', { ids: [`encounter:${encounterId}`] });
  const row = await updateStay(tx, known, { discharged_ms: atMs });
  await leaveStandby(tx, encounterId, atMs);
  await appendAudit(tx, who.audit, who.wallMs);
  await tellDischarged(tx, context, row, {
    id: await eventIdOf(tx, `discharge/${encounterId}`, row),
    atMs: await toldAt(tx, context, row, atMs, who),
    ...authoredBy(who, 'routine'),
  });
  return encounterOf(row);
}

/** Tells the bed of a stay that it is over there. */
export async function tellDischarged(
  tx: Tx,
  { notices, origin }: Pick<StayContext, 'notices' | 'origin'>,
  row: EncounterRow,
  told: { readonly id: string; readonly atMs: number } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const bedId = row.bed_id as BedId;
  await relay(tx, notices, { ...told, kind: 'discharge', key: bedKey(bedId), origin, bedId, encounterId: row.encounter_id });
  tx.afterCommit(() => notices.directory.tell([bedId]));
}
