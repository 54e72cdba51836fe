import type { BedId, EncounterId, FeedIdentifier, FeedMove, PatientId, PlaceName } from '@vigil/contracts';
import { canonical, type FeedKnown, type KnownPatient, type KnownStay, type Named, PlatformError } from '@vigil/domain';
import { inBedSince, patientOf } from './directory-reads.js';
import type { Fields } from './fields.js';
import { type FeedAuthorities, isOurs, waitsForEarlier } from './inbound-rows.js';
import { liveStays } from './live-stays.js';
import { mrnIndex } from './person-index.js';
import type { EncounterRow, PatientRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Db } from './sql.js';
import { visitIndex } from './stays-visit.js';

/** What a message is looked up by: made before the transaction, because it takes keys. */
export interface LookUp {
  readonly seq: number;
  readonly move: FeedMove;
  /** Identifiers of the authority, and their blind indexes. */
  readonly identifiers: readonly FeedIdentifier[];
  readonly patients: readonly string[];
  readonly merged: readonly string[];
  readonly visit: string | null;
  /** Who is meant, as a person has said. */
  readonly confirmed: string | null;
}

export async function lookUpOf(
  fields: Fields,
  authorities: FeedAuthorities,
  facts: { readonly seq: number; readonly move: FeedMove; readonly confirmed: string | null },
): Promise<LookUp> {
  const { move } = facts;
  const ours = (all: readonly FeedIdentifier[]) => all.filter((each) => isOurs(authorities, move.source, each));
  const indexes = (all: readonly FeedIdentifier[]) => Promise.all(all.map(({ value }) => mrnIndex(fields, value)));
  const identifiers = ours(move.identifiers);
  return {
    ...facts,
    identifiers,
    patients: await indexes(identifiers),
    merged: await indexes(ours(move.merged)),
    visit: move.visit === null ? null : await visitIndex(fields, move.visit),
  };
}

/** The rows that a message names, and what is known of them. */
export interface Found {
  readonly known: FeedKnown;
  /** Records, as they are stored and readable. */
  readonly sealed: readonly PatientRow[];
  readonly opened: readonly PatientRow[];
}

/**
 * What is known of a message. Records are opened before the transaction (`open`); in it, those that were opened count as long as they
 * are as they were. @throws PlatformError('conflict', retryable) where one is another than was opened
 */
export async function look(
  db: Db,
  by: LookUp,
  nowMs: number,
  open: (rows: readonly PatientRow[]) => Promise<readonly PatientRow[]>,
): Promise<Found> {
  const { move } = by;
  const confirmed = by.confirmed === null ? [] : await byIds(db, [by.confirmed]);
  const patients = confirmed.length > 0 ? await survivors(db, confirmed) : await byIndexes(db, by.patients);
  const merged = await byIndexes(db, by.merged);
  const rows = [...patients, ...merged];
  const readable = await open(rows);
  const opened = new Map(readable.map((row) => [row.patient_id, row]));
  const knownOf = (all: readonly PatientRow[]): Promise<readonly KnownPatient[]> =>
    Promise.all(all.map((row) => knownPatient(db, opened.get(row.patient_id)!, by)));
  return {
    ...{ sealed: rows, opened: readable },
    known: {
      identifiers: by.identifiers,
      patients: await knownOf(patients),
      confirmed: confirmed.length > 0,
      merged: await knownOf(merged),
      stay: by.visit === null ? null : await stayByVisit(db, by),
      place: await named(db, move.place, by),
      from: await named(db, move.fromPlace, by),
      waitsForEarlier: await waitsForEarlier(db, by.seq),
      nowMs,
    },
  };
}

/** Opens records. @throws PlatformError 'keys-unavailable', 'record-tampered': whose it is can't be told then */
export async function openPatients(fields: Fields, rows: readonly PatientRow[]): Promise<readonly PatientRow[]> {
  return Promise.all(rows.map((row) => fields.openRow(SEALED.patient, row)));
}

/** For a transaction: hands out what was opened before it. */
export function openedBefore({ sealed, opened }: Pick<Found, 'sealed' | 'opened'>) {
  const before = new Map(sealed.map((row, at) => [canonical(row), opened[at]!]));
  return (rows: readonly PatientRow[]): Promise<readonly PatientRow[]> => {
    const found = rows.map((row) => before.get(canonical(row)));
    if (found.some((row) => row === undefined)) throw new PlatformError('conflict', {}, true);
    return Promise.resolve(found as readonly PatientRow[]);
  };
}

function patientRows(db: Db) {
  return db.selectFrom('patient').selectAll().where('erased_wall_ms', 'is', null).orderBy('patient_id');
}

async function byIds(db: Db, ids: readonly string[]): Promise<readonly PatientRow[]> {
  return ids.length === 0 ? [] : patientRows(db).where('patient_id', 'in', ids).execute();
}

/** By record number, and by what a person has said of one. */
async function byIndexes(db: Db, indexes: readonly string[]): Promise<readonly PatientRow[]> {
  if (indexes.length === 0) return [];
  const rows = await patientRows(db)
    .where((eb) =>
      eb.or([
        eb('mrn_index', 'in', indexes),
        eb('patient_id', 'in', eb.selectFrom('patient_identifier').select('patient_id').where('mrn_index', 'in', indexes)),
      ]),
    )
    .execute();
  return survivors(db, rows);
}

/** With those into whom they went. */
async function survivors(db: Db, rows: readonly PatientRow[]): Promise<readonly PatientRow[]> {
  const gone = rows.flatMap(({ merged_into }) => merged_into ?? []);
  const further = (await byIds(db, gone)).filter(({ patient_id }) => !rows.some((row) => row.patient_id === patient_id));
  return [...rows, ...further];
}

async function knownPatient(db: Db, row: PatientRow, by: LookUp): Promise<KnownPatient> {
  const open = await liveStays(db)
    .selectAll('e')
    .where('e.patient_id', '=', row.patient_id)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
  return {
    patient: patientOf(row),
    mergedInto: row.merged_into as PatientId | null,
    stay: open === undefined ? null : await stayOf(db, open, by),
  };
}

/** The latest of that number: an admission comes again under the number of the whole stay in the hospital. */
async function stayByVisit(db: Db, by: LookUp): Promise<KnownStay | null> {
  const row = await liveStays(db)
    .selectAll('e')
    .where('e.visit_index', '=', by.visit)
    .orderBy('e.admitted_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : stayOf(db, row, by);
}

async function stayOf(db: Db, row: EncounterRow, by: LookUp): Promise<KnownStay> {
  const before = await db
    .selectFrom('past_bed')
    .select(['bed_id', 'from_ms'])
    .where('encounter_id', '=', row.encounter_id)
    .orderBy('from_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    encounterId: row.encounter_id as EncounterId,
    patientId: row.patient_id as PatientId,
    bedId: row.bed_id as BedId,
    admittedMs: row.admitted_ms,
    inBedSinceMs: inBedSince(row),
    dischargedMs: row.discharged_ms,
    before: before === undefined ? null : { bedId: before.bed_id as BedId, fromMs: before.from_ms },
    visit: visitOf(row, by),
  };
}

/** The number of the message, or another one, of which its index is enough. */
function visitOf({ visit_index, visit_system }: EncounterRow, by: LookUp): FeedIdentifier | null {
  if (visit_index === null) return null;
  return visit_index === by.visit ? by.move.visit : { system: visit_system ?? '', value: `index ${visit_index}` };
}

async function named(db: Db, name: PlaceName | null, by: LookUp): Promise<Named> {
  if (name === null) return 'none';
  const alias = await db
    .selectFrom('bed_alias as a')
    .innerJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .select('b.bed_id')
    .where('a.system', '=', name.system)
    .where('a.value', '=', name.value)
    .where('b.retired_wall_ms', 'is', null)
    .executeTakeFirst();
  if (alias === undefined) {
    const any = await db.selectFrom('bed_alias').select('bed_id').where('system', '=', name.system).limit(1).executeTakeFirst();
    return any === undefined ? 'elsewhere' : 'unknown';
  }
  const taken = await liveStays(db)
    .selectAll('e')
    .where('e.bed_id', '=', alias.bed_id)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
  return { bedId: alias.bed_id as BedId, taken: taken === undefined ? null : await stayOf(db, taken, by) };
}
