import {
  type BedId,
  type CareUnit,
  type CareUnitId,
  DeviceAssigned,
  Encounter,
  type Page,
  Patient,
  RejectRow,
  StaffAssignment,
  StaffMember,
} from '@vigil/contracts';
import { CANARY_STAFF } from '@vigil/domain';
import type { BedRow, Directory, StayPatient } from '../../ports/directory.js';
import { decodeCursor, pageOf } from './cursor.js';
import type { Fields, Opened } from './fields.js';
import { liveStays } from './live-stays.js';
import type { EncounterRow, PatientRow, StaffAssignmentRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Db } from './sql.js';

interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export async function careUnits(db: Db): Promise<readonly CareUnit[]> {
  const rows = await db
    .selectFrom('care_unit')
    .selectAll()
    .where('retired_wall_ms', 'is', null)
    .orderBy('care_unit_id')
    .execute();
  return rows.map((row) => ({ careUnitId: row.care_unit_id as CareUnitId, label: row.label }));
}

/** A bed with its patient as stored: still sealed. */
export interface SealedBed extends Omit<BedRow, 'encounter'> {
  readonly stay: (EncounterRow & PatientRow) | null;
}

/** Beds in use, in the order of the site, with who lies there, what is attached and who is on duty at `wallMs`. */
export async function bedRows(
  db: Db,
  where: { readonly careUnitId?: CareUnitId | undefined; readonly bedId?: BedId },
  wallMs: number,
): Promise<readonly SealedBed[]> {
  let beds = db.selectFrom('bed').selectAll().where('retired_wall_ms', 'is', null).orderBy('place').orderBy('bed_id');
  if (where.careUnitId !== undefined) beds = beds.where('care_unit_id', '=', where.careUnitId);
  if (where.bedId !== undefined) beds = beds.where('bed_id', '=', where.bedId);
  const rows = await beds.execute();
  const devices = await devicesNow(db);
  const stays = await staysNow(db, where.bedId);
  const nurses = await nursesNow(db, wallMs);
  return rows.map((bed) => ({
    bedId: bed.bed_id as BedId,
    careUnitId: bed.care_unit_id as CareUnitId,
    label: bed.label,
    devices: devices
      .filter((d) => d.bed_id === bed.bed_id)
      .map((d) => ({ deviceId: d.device_id, intervalsMs: DeviceAssigned.shape.intervalsMs.parse(JSON.parse(d.intervals_json)) })),
    stay: stays.get(bed.bed_id) ?? null,
    nurses: nurses
      .filter((n) => n.bed_id === bed.bed_id || (n.bed_id === null && n.care_unit_id === bed.care_unit_id))
      .map((n) => ({ staffId: n.staff_id, name: n.name, role: n.role })),
  }));
}

function devicesNow(db: Db) {
  return db
    .selectFrom('device_assignment as a')
    .innerJoin('device as d', 'd.device_id', 'a.device_id')
    .select(['a.bed_id', 'a.device_id', 'd.intervals_json'])
    .where('a.to_ms', 'is', null)
    .where('a.voided_wall_ms', 'is', null)
    .orderBy('a.device_id')
    .execute();
}

/** Opens the names of all beds together. A name that can't be opened leaves its bed without one, and no more. */
export async function openBeds(fields: Fields, beds: readonly SealedBed[]): Promise<readonly BedRow[]> {
  const stays = beds.flatMap(({ stay }) => stay ?? []);
  const opened = await fields.openRows(SEALED.patient, stays);
  const byBed = new Map(stays.map((stay, i) => [stay.bed_id, opened[i]!]));
  return beds.map(({ stay, ...bed }) => {
    if (stay === null) return { ...bed, encounter: null };
    return {
      ...bed,
      encounter: { ...encounterOf(stay), inBedSinceMs: inBedSince(stay), ...stayPatient(byBed.get(stay.bed_id)!) },
    };
  });
}

function stayPatient({ row, unreadable }: Opened<PatientRow>): StayPatient {
  return unreadable === null ? { patient: patientOf(row), unreadable } : { patient: null, unreadable };
}

async function staysNow(db: Db, bedId: BedId | undefined): Promise<ReadonlyMap<string, EncounterRow & PatientRow>> {
  let query = liveStays(db)
    .innerJoin('patient as p', 'p.patient_id', 'e.patient_id')
    .selectAll()
    .where('e.discharged_ms', 'is', null);
  if (bedId !== undefined) query = query.where('e.bed_id', '=', bedId);
  return new Map((await query.execute()).map((row) => [row.bed_id, row]));
}

function nursesNow(db: Db, wallMs: number) {
  return db
    .selectFrom('staff_assignment as a')
    .innerJoin('staff as s', 's.staff_id', 'a.staff_id')
    .select(['a.bed_id', 'a.care_unit_id', 'a.staff_id', 's.name', 'a.role'])
    .where('a.from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', wallMs)]))
    .orderBy('a.role', 'desc')
    .orderBy('s.name')
    .execute();
}

export async function staffMembers(db: Db): Promise<readonly StaffMember[]> {
  const rows = await db
    .selectFrom('staff')
    .selectAll()
    .where('staff_id', '<>', CANARY_STAFF)
    .orderBy('name')
    .orderBy('staff_id')
    .execute();
  return rows.map((r) => StaffMember.parse({ staffId: r.staff_id, name: r.name, roles: JSON.parse(r.roles_json) }));
}

type EncounterQuery = ListQuery & Parameters<Directory['encounters']>[0];

/** Newest admission first. */
export async function encounterList(db: Db, { limit, cursor, bed, open, visible }: EncounterQuery): Promise<Page<Encounter>> {
  const after = decodeCursor(cursor, ['number', 'string']);
  if (visible !== undefined && visible.careUnitIds.length + visible.patientIds.length === 0) return { items: [], next: null };
  let query = liveStays(db)
    .selectAll('e')
    .orderBy('e.admitted_ms', 'desc')
    .orderBy('e.encounter_id', 'desc')
    .limit(limit + 1);
  if (bed !== undefined) query = query.where('e.bed_id', '=', bed);
  if (open !== undefined) query = query.where('e.discharged_ms', open ? 'is' : 'is not', null);
  if (visible !== undefined) {
    const { careUnitIds, patientIds } = visible;
    query = query.where((eb) => {
      const beds = eb
        .selectFrom('bed')
        .select('bed.bed_id')
        .where('bed.care_unit_id', 'in', [...careUnitIds]);
      return eb.or([
        ...(careUnitIds.length === 0 ? [] : [eb.and([eb('e.discharged_ms', 'is', null), eb('e.bed_id', 'in', beds)])]),
        ...(patientIds.length === 0 ? [] : [eb('e.patient_id', 'in', [...patientIds])]),
      ]);
    });
  }
  if (after !== null) {
    const [ms, id] = [Number(after[0]), String(after[1])];
    query = query.where((eb) =>
      eb.or([eb('e.admitted_ms', '<', ms), eb.and([eb('e.admitted_ms', '=', ms), eb('e.encounter_id', '<', id)])]),
    );
  }
  return pageOf(await query.execute(), limit, encounterOf, (row) => [row.admitted_ms, row.encounter_id]);
}

/** Newest start first. */
export async function assignmentList(
  db: Db,
  { limit, cursor, careUnitId, staffId, bedId, atWallMs }: ListQuery & Parameters<Directory['assignments']>[0],
): Promise<Page<StaffAssignment>> {
  const after = decodeCursor(cursor, ['number', 'string']);
  let query = db
    .selectFrom('staff_assignment')
    .selectAll()
    .orderBy('from_ms', 'desc')
    .orderBy('assignment_id', 'desc')
    .limit(limit + 1);
  if (careUnitId !== undefined) query = query.where('care_unit_id', '=', careUnitId);
  if (staffId !== undefined) query = query.where('staff_id', '=', staffId);
  if (bedId !== undefined) query = query.where('bed_id', '=', bedId);
  if (atWallMs !== undefined) {
    query = query.where('from_ms', '<=', atWallMs).where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', atWallMs)]));
  }
  if (after !== null) {
    const [ms, id] = [Number(after[0]), String(after[1])];
    query = query.where((eb) => eb.or([eb('from_ms', '<', ms), eb.and([eb('from_ms', '=', ms), eb('assignment_id', '<', id)])]));
  }
  return pageOf(await query.execute(), limit, assignmentOf, (row) => [row.from_ms, row.assignment_id]);
}

/** Newest first. */
export async function rejectList(db: Db, { limit, cursor }: ListQuery): Promise<Page<RejectRow>> {
  const after = decodeCursor(cursor, ['number']);
  let query = db
    .selectFrom('reject')
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (after !== null) query = query.where('seq', '<', Number(after[0]));
  return pageOf(
    await query.execute(),
    limit,
    (row) =>
      RejectRow.parse({
        id: row.reject_id,
        deviceId: row.device_id,
        gatewayId: row.gateway_id,
        reason: row.reason,
        path: row.path,
        expected: row.expected,
        bytes: row.bytes,
        sha256: row.sha256,
        atMs: row.at_ms,
      }),
    (row) => [row.seq],
  );
}

export function patientOf(row: PatientRow): Patient {
  return Patient.parse({
    patientId: row.patient_id,
    mrn: row.mrn,
    familyName: row.family_name,
    givenName: row.given_name,
    birthDate: row.birth_date,
    sex: row.sex,
  });
}

export function encounterOf(row: EncounterRow): Encounter {
  return Encounter.parse({
    encounterId: row.encounter_id,
    patientId: row.patient_id,
    bedId: row.bed_id,
    admittedMs: row.admitted_ms,
    dischargedMs: row.discharged_ms,
    ...(row.age_group === null ? {} : { ageGroup: row.age_group }),
    source: row.source,
    rev: row.rev,
  });
}

/** Event time from which on the stay is in the bed that it is in. */
export function inBedSince({ bed_since_ms, admitted_ms }: Pick<EncounterRow, 'bed_since_ms' | 'admitted_ms'>): number {
  return bed_since_ms ?? admitted_ms;
}

export function assignmentOf(row: StaffAssignmentRow): StaffAssignment {
  return StaffAssignment.parse({
    assignmentId: row.assignment_id,
    staffId: row.staff_id,
    careUnitId: row.care_unit_id,
    bedId: row.bed_id,
    role: row.role,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    source: row.source,
    reason: row.reason,
    rev: row.rev,
  });
}
