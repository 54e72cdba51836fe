import { type AgeGroup, bedKey, type BedId, type Encounter, type EncounterId } from '@vigil/contracts';
import { AssignmentRefused, PlatformError } from '@vigil/domain';
import { appendAudit, appendRepeated } from './audit-row.js';
import { authoredBy } from './authored.js';
import { encounterOf, inBedSince } from './directory-reads.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema-stays.js';
import { moveShelves } from './shelf-rows.js';
import type { Tx } from './sql.js';
import {
  beginsAt,
  bedInUse,
  currentSpan,
  eventIdOf,
  type StayContext,
  stayForChange,
  type StayWho,
  toldAt,
  updateStay,
} from './stays.js';

export interface Transfer {
  readonly encounterId: EncounterId;
  readonly bedId: BedId;
  readonly atMs: number;
}

/**
 * Moves a stay to another bed and tells the old one, whose engine hands over what it knows (D6). To the bed where it is
 * already: answered with what is stored. One that reaches a little into the stay before begins at its end.
 *
 * @throws PlatformError 'not-found'; 'conflict' where the stay is over; AssignmentRefused where the bed is taken or was until well
 *   after it, or the stay came to its bed later than that
 */
export async function transfer(tx: Tx, context: StayContext, request: Transfer, who: StayWho): Promise<Encounter> {
  const { encounterId, bedId } = request;
  const known = await stayForChange(tx, encounterId);
  const bed = await bedInUse(tx, bedId, encounterId);
  if (known.discharged_ms !== null) throw new PlatformError('conflict', { ids: [`encounter:${encounterId}`, `bed:${bedId}`] });
  if (known.bed_id === bedId) {
    await appendRepeated(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  const here = currentSpan(known);
  const atMs = await beginsAt(tx.db, { ...here, bedId, fromMs: Math.round(request.atMs) });
  if (atMs <= here.fromMs) throw new AssignmentRefused([stayOverlap(here)]);
  const row = await moveTo(tx, known, bedId, atMs);
  await appendAudit(tx, who.audit, who.wallMs);
  await tellTransfer(tx, context, known, bed, {
    // A stay comes to one bed at one time only.
    id: await eventIdOf(tx, `transfer/${encounterId}/${atMs}`, row),
    atMs: await toldAt(tx, context, row, atMs, who),
    ...authoredBy(who, 'routine'),
  });
  return encounterOf(row);
}

/** The stay came to the bed where it is at that time or later. */
function stayOverlap({ encounterId, bedId, fromMs, toMs }: ReturnType<typeof currentSpan>) {
  return { kind: 'overlap' as const, encounterId, bedId, fromMs, toMs } as AssignmentRefused['conflicts'][number];
}

async function moveTo(tx: Tx, known: EncounterRow, bedId: BedId, atMs: number): Promise<EncounterRow> {
  const { encounter_id, patient_id, bed_id } = known;
  await tx.db
    .insertInto('past_bed')
    .values({ encounter_id, patient_id, bed_id, from_ms: inBedSince(known), to_ms: atMs })
    .execute();
  await moveStandby(tx, encounter_id, bedId);
  return updateStay(tx, known, { bed_id: bedId, bed_since_ms: atMs });
}

/** A standby goes along with the patient, and so do shelves. */
export async function moveStandby(tx: Tx, encounterId: string, bedId: string): Promise<void> {
  await tx.db
    .updateTable('standby')
    .set({ bed_id: bedId })
    .where('encounter_id', '=', encounterId)
    .where('ended_ms', 'is', null)
    .execute();
  await moveShelves(tx, encounterId, bedId);
}

/** Tells the bed where the stay is, or was until now, that it goes to another. */
export async function tellTransfer(
  tx: Tx,
  { notices, origin }: Pick<StayContext, 'notices' | 'origin'>,
  stay: EncounterRow,
  to: { readonly bed_id: string; readonly care_unit_id: string },
  told: { readonly id: string; readonly atMs: number } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const bedId = stay.bed_id as BedId;
  await relay(tx, notices, {
    ...told,
    ...{ kind: 'transferOut', key: bedKey(bedId), origin, bedId, encounterId: stay.encounter_id },
    ...{ toBedId: to.bed_id, toCareUnitId: to.care_unit_id, patientId: stay.patient_id },
    ...(stay.age_group === null ? {} : { ageGroup: stay.age_group as AgeGroup }),
  });
  tx.afterCommit(() => notices.directory.tell([bedId, to.bed_id as BedId]));
}
