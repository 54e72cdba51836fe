import type { AssignmentConflict, BedId, EncounterId, PatientId } from '@vigil/contracts';
import { AssignmentRefused, PlatformError } from '@vigil/domain';
import type { Who } from '../../ports/directory.js';
import type { Author } from './authored.js';
import type { SqlContext } from './context.js';
import { overlaps, type Span } from './device-conflicts.js';
import { inBedSince } from './directory-reads.js';
import { liveStay, liveStays } from './live-stays.js';
import type { EncounterRow } from './schema-stays.js';
import { leaveShelves } from './shelf-rows.js';
import type { Db, Tx } from './sql.js';

export type StayContext = Pick<SqlContext, 'notices' | 'origin' | 'clock'>;
/** Who changes a stay; what the event says of it is left out where nobody has told. */
export type StayWho = Who & Partial<Author>;

/** Clocks of two programs may differ by this much. */
export const SKEW_MS_MAX = 60_000;
/** Conflicts that one answer names. */
const CONFLICTS_MAX = 50;

/** A stay in one of its beds. */
export interface BedSpan extends Span {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly bedId: BedId;
}

/** The stay in the bed where it is, or was last. */
export function currentSpan(row: EncounterRow): BedSpan {
  return {
    encounterId: row.encounter_id as EncounterId,
    patientId: row.patient_id as PatientId,
    bedId: row.bed_id as BedId,
    fromMs: inBedSince(row),
    toMs: row.discharged_ms,
  };
}

/** Beds where a stay was before, oldest first. */
export async function pastSpans(db: Db, encounterId: EncounterId): Promise<readonly BedSpan[]> {
  const rows = await db.selectFrom('past_bed').selectAll().where('encounter_id', '=', encounterId).orderBy('from_ms').execute();
  return rows.map((row) => ({
    ...{ encounterId, patientId: row.patient_id as PatientId, bedId: row.bed_id as BedId },
    ...{ fromMs: row.from_ms, toMs: row.to_ms },
  }));
}

/** Others in a bed, or of a patient, whose time touches the span; oldest first. */
async function othersIn(
  db: Db,
  of: { readonly bedId: BedId } | { readonly patientId: PatientId },
  span: Span,
  without: EncounterId,
): Promise<readonly BedSpan[]> {
  const toMs = span.toMs ?? Number.MAX_SAFE_INTEGER;
  const [column, value] = 'bedId' in of ? (['bed_id', of.bedId] as const) : (['patient_id', of.patientId] as const);
  const now = await liveStays(db)
    .selectAll('e')
    .where(`e.${column}`, '=', value)
    .where('e.encounter_id', '<>', without)
    .where((eb) => eb(eb.fn.coalesce('e.bed_since_ms', 'e.admitted_ms'), '<', toMs))
    .where((eb) => eb.or([eb('e.discharged_ms', 'is', null), eb('e.discharged_ms', '>', span.fromMs)]))
    .limit(CONFLICTS_MAX)
    .execute();
  const before = await db
    .selectFrom('past_bed')
    .selectAll()
    .where(column, '=', value)
    .where('encounter_id', '<>', without)
    .where('from_ms', '<', toMs)
    .where('to_ms', '>', span.fromMs)
    .limit(CONFLICTS_MAX)
    .execute();
  const past = before.map((row) => ({
    ...{ encounterId: row.encounter_id as EncounterId, patientId: row.patient_id as PatientId, bedId: row.bed_id as BedId },
    ...{ fromMs: row.from_ms, toMs: row.to_ms },
  }));
  return [...now.map(currentSpan), ...past].filter((each) => overlaps(each, span)).sort((a, b) => a.fromMs - b.fromMs);
}

/** What stands in the way of a stay in a bed at a time: who else lies there, and where else its patient is then. */
async function stayConflicts(db: Db, wanted: BedSpan): Promise<readonly AssignmentConflict[]> {
  const { bedId, patientId, encounterId } = wanted;
  const inBed = await othersIn(db, { bedId }, wanted, encounterId);
  const elsewhere = await othersIn(db, { patientId }, wanted, encounterId);
  const conflict = (kind: AssignmentConflict['kind']) => (span: BedSpan) =>
    ({ kind, bedId: span.bedId, encounterId: span.encounterId, fromMs: span.fromMs, toMs: span.toMs }) as AssignmentConflict;
  // A patient who lies in that bed then is named once, and once more for each other bed.
  const isNamed = (span: BedSpan) => inBed.some((each) => each.encounterId === span.encounterId && each.fromMs === span.fromMs);
  const others = elsewhere.filter((span) => !isNamed(span));
  return [...inBed.map(conflict('bed-taken')), ...others.map(conflict('patient-elsewhere'))].slice(0, CONFLICTS_MAX);
}

/** @throws AssignmentRefused */
export async function requireFree(db: Db, wanted: BedSpan): Promise<void> {
  const conflicts = await stayConflicts(db, wanted);
  if (conflicts.length > 0) throw new AssignmentRefused(conflicts);
}

/**
 * When a stay that is to begin at this time and is not over can begin: a little later than was said, where somebody else, or the
 * patient elsewhere, left a little later than that.
 * @throws AssignmentRefused with what stands in the way
 */
export async function beginsAt(db: Db, wanted: BedSpan): Promise<number> {
  const conflicts = await stayConflicts(db, wanted);
  const ends = conflicts.map(({ toMs }) => toMs ?? Infinity);
  const atMs = Math.max(wanted.fromMs, ...ends);
  if (atMs > wanted.fromMs + SKEW_MS_MAX) throw new AssignmentRefused(conflicts);
  return atMs;
}

/** The bed, where patients can be. @throws PlatformError('not-found') for one that is not there or was retired */
export async function bedInUse(tx: Tx, bedId: BedId, encounterId: EncounterId) {
  const bed = await tx.db
    .selectFrom('bed')
    .select(['bed_id', 'care_unit_id'])
    .where('bed_id', '=', bedId)
    .where('retired_wall_ms', 'is', null)
    .executeTakeFirst();
  if (bed === undefined) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`, `bed:${bedId}`] });
  return bed;
}

/** @throws PlatformError 'not-found', 'revision-moved' */
export async function stayForChange(tx: Tx, encounterId: EncounterId, ifRev?: number): Promise<EncounterRow> {
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  const row = await liveStay(tx.db, encounterId);
  if (row === undefined) throw new PlatformError('not-found', ids);
  if (ifRev !== undefined && row.rev !== ifRev) throw new PlatformError('revision-moved', ids);
  return row;
}

/** Writes what changed of a stay under its next revision. */
export async function updateStay(
  tx: Tx,
  before: EncounterRow,
  set: Partial<Pick<EncounterRow, 'bed_id' | 'bed_since_ms' | 'admitted_ms' | 'discharged_ms' | 'voided_wall_ms'>>,
): Promise<EncounterRow> {
  const next = { ...set, rev: before.rev + 1 };
  await tx.db.updateTable('encounter').set(next).where('encounter_id', '=', before.encounter_id).execute();
  return { ...before, ...next };
}

/**
 * Id of an event about a stay: the plain one the first time, and one of its revision where something of the stay was put right
 * before, because then the same may happen a second time, and the log takes each id once.
 */
export async function eventIdOf(tx: Tx, plain: string, { encounter_id, rev }: EncounterRow): Promise<string> {
  const corrected = await tx.db
    .selectFrom('correction')
    .select('correction_id')
    .where('subject', '=', `encounter:${encounter_id}`)
    .limit(1)
    .executeTakeFirst();
  return corrected === undefined ? plain : `${plain}/${rev}`;
}

/**
 * The time with which beds are told of a change: after all that a correction has told them of the stay, since they take what is not
 * later for old. What the records say stays as it is.
 *
 * @param row as it is after the change
 */
export async function toldAt(
  tx: Tx,
  { clock }: Pick<StayContext, 'clock'>,
  { encounter_id, rev }: EncounterRow,
  atMs: number,
  { nowMs, wallMs }: Pick<StayWho, 'nowMs' | 'wallMs'>,
): Promise<number> {
  const { newestWallMs } = await tx.db
    .selectFrom('correction')
    .select((eb) => eb.fn.max<number | null>('at_wall_ms').as('newestWallMs'))
    .where('subject', '=', `encounter:${encounter_id}`)
    .executeTakeFirstOrThrow();
  if (newestWallMs === null) return atMs;
  const correctedMs = Math.round(nowMs - (wallMs - Number(newestWallMs)) * clock.rate);
  // Each change has a number of its own, so that of two that are both of before it the second is told with a later time.
  return Math.max(atMs, correctedMs + rev);
}

/** A standby of the stay is over with it, and so are its shelves. The engine knows by itself. */
export async function leaveStandby(tx: Tx, encounterId: EncounterId, atMs: number): Promise<void> {
  await tx.db
    .updateTable('standby')
    .set({ ended_ms: Math.round(atMs), cause: 'left' })
    .where('encounter_id', '=', encounterId)
    .where('ended_ms', 'is', null)
    .execute();
  await leaveShelves(tx, encounterId, atMs);
}
