import type { AgeGroup, BedId, Encounter, EncounterId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Who } from '../../ports/directory.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { encounterOf, inBedSince } from './directory-reads.js';
import { freeSince, SKEW_MS_MAX } from './directory-writes.js';
import { relay } from './outbox.js';
import type { EncounterRow } from './schema.js';
import type { Tx } from './sql.js';

/**
 * Moves a stay to another bed and tells the old one, whose engine hands over what it knows (D6). To the bed where it is
 * already: answered with what is stored. One that reaches a little into the stay before begins at its end.
 *
 * @throws PlatformError 'not-found'; 'conflict' where the stay is over, the bed is taken or was until well after it, or the
 *   stay came to its bed later than that
 */
export async function transfer(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin'>,
  request: { readonly encounterId: EncounterId; readonly bedId: BedId; readonly atMs: number },
  who: Who,
): Promise<Encounter> {
  const { encounterId, bedId } = request;
  const ids = { ids: [`encounter:${encounterId}`, `bed:${bedId}`] } as const;
  const known = await tx.db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst();
  const bed = await tx.db.selectFrom('bed').selectAll().where('bed_id', '=', bedId).executeTakeFirst();
  if (known === undefined || bed === undefined) throw new PlatformError('not-found', ids);
  if (known.discharged_ms !== null) throw new PlatformError('conflict', ids);
  if (known.bed_id === bedId) {
    await appendAudit(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  const freeMs = await freeSince(tx, bedId);
  const atMs = Math.max(Math.round(request.atMs), freeMs);
  if ((await isTaken(tx, bedId)) || request.atMs < freeMs - SKEW_MS_MAX || atMs <= inBedSince(known)) {
    throw new PlatformError('conflict', ids);
  }
  await move(tx, known, bedId, atMs);
  await appendAudit(tx, who.audit, who.wallMs);
  await tell(tx, context, known, bed, atMs);
  tx.afterCommit(() => context.notices.directory.tell([known.bed_id as BedId, bedId]));
  return encounterOf({ ...known, bed_id: bedId, bed_since_ms: atMs });
}

async function isTaken(tx: Tx, bedId: BedId): Promise<boolean> {
  const there = await tx.db
    .selectFrom('encounter')
    .select('encounter_id')
    .where('discharged_ms', 'is', null)
    .where('bed_id', '=', bedId)
    .executeTakeFirst();
  return there !== undefined;
}

async function move(
  tx: Tx,
  { encounter_id, patient_id, bed_id, ...known }: EncounterRow,
  bedId: BedId,
  atMs: number,
): Promise<void> {
  await tx.db
    .insertInto('past_bed')
    .values({ encounter_id, patient_id, bed_id, from_ms: inBedSince(known), to_ms: atMs })
    .execute();
  await tx.db
    .updateTable('encounter')
    .set({ bed_id: bedId, bed_since_ms: atMs })
    .where('encounter_id', '=', encounter_id)
    .execute();
}

async function tell(
  tx: Tx,
  { notices, origin }: Pick<SqlContext, 'notices' | 'origin'>,
  stay: EncounterRow,
  bed: { readonly bed_id: string; readonly care_unit_id: string },
  atMs: number,
): Promise<void> {
  await relay(tx, notices, {
    kind: 'transferOut',
    // A stay comes to one bed at one time only.
    id: `transfer/${stay.encounter_id}/${atMs}`,
    key: `bed:${stay.bed_id}`,
    origin,
    atMs,
    bedId: stay.bed_id,
    encounterId: stay.encounter_id,
    toBedId: bed.bed_id,
    toCareUnitId: bed.care_unit_id,
    patientId: stay.patient_id,
    ...(stay.age_group === null ? {} : { ageGroup: stay.age_group as AgeGroup }),
  });
}
