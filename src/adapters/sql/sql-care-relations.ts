import type { AlarmId, BedId, CareUnitId, EncounterId, PatientId, StaffId } from '@vigil/contracts';
import { ACCEPTED_COUNTS_MS, DISCHARGED_COUNTS_MS, type DutyFacts, type RelationFacts, type StayFacts } from '@vigil/domain';
import { type AlarmSubject, CareRelations, type StayInBed } from '../../ports/care-relations.js';
import type { SqlContext } from './context.js';
import type { Db } from './sql.js';

/** Patients to whom one person can have a relation. A hospital's largest care units have under a hundred beds. */
const AROUND_MAX = 5_000;
const STAYS_MAX = 1_000;

interface Scope {
  readonly staffId: StaffId;
  /** Null: every patient. */
  readonly patientId: PatientId | null;
}

/**
 * Who treats whom, read from assignments, stays, commands and pages. An alarm belongs to the stay in whose bed and time
 * its onset lies. Stays are in event time and duties in wall time: both are compared as wall time.
 */
export class SqlCareRelations extends CareRelations {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'clock'>) {
    super();
  }

  async between(staffId: StaffId, patientId: PatientId): Promise<RelationFacts> {
    const found = await this.facts({ staffId, patientId });
    return found[0] ?? { patientId, stays: [], duties: [], acceptedWallMs: null, paged: false };
  }

  around(staffId: StaffId): Promise<readonly RelationFacts[]> {
    return this.facts({ staffId, patientId: null });
  }

  async bedOf(patientId: PatientId): Promise<{ readonly bedId: BedId; readonly careUnitId: CareUnitId } | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('encounter as e')
        .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
        .select(['b.bed_id', 'b.care_unit_id'])
        .where('e.patient_id', '=', patientId)
        .where('e.discharged_ms', 'is', null)
        .executeTakeFirst(),
    );
    return row === undefined ? null : { bedId: row.bed_id as BedId, careUnitId: row.care_unit_id as CareUnitId };
  }

  async careUnitOf(bedId: BedId): Promise<CareUnitId | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', bedId).executeTakeFirst(),
    );
    return (row?.care_unit_id as CareUnitId | undefined) ?? null;
  }

  async subjectOf(alarmId: AlarmId): Promise<AlarmSubject> {
    return this.context.sql.query(async (db) => {
      const units = await db.selectFrom('alarm_care_unit').select('care_unit_id').where('alarm_id', '=', alarmId).execute();
      const stay = await alarmsWithStays(db).select('s.patient_id').where('a.alarm_id', '=', alarmId).executeTakeFirst();
      return {
        careUnitIds: units.map((row) => row.care_unit_id as CareUnitId).sort(),
        patientId: (stay?.patient_id as PatientId | undefined) ?? null,
      };
    });
  }

  async isPagedFor(staffId: StaffId, alarmId: AlarmId): Promise<boolean> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('page as p')
        .innerJoin('escalation as e', 'e.alarm_id', 'p.alarm_id')
        .select('p.page_id')
        .where('p.alarm_id', '=', alarmId)
        .where('p.staff_id', '=', staffId)
        // Whoever accepts calls the pages off that are still queued, and stays responsible all the same.
        .where((eb) => eb.or([eb('e.state', 'in', ['pending', 'running']), eb('e.accepted_by', '=', staffId)]))
        .executeTakeFirst(),
    );
    return row !== undefined;
  }

  async patientsOf(encounterIds: readonly EncounterId[]): Promise<readonly PatientId[]> {
    if (encounterIds.length === 0) return [];
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('encounter')
        .select('patient_id')
        .distinct()
        .where('encounter_id', 'in', [...encounterIds])
        .orderBy('patient_id')
        .execute(),
    );
    return rows.map((row) => row.patient_id as PatientId);
  }

  async staysIn(bedId: BedId, fromMs: number, toMs: number): Promise<readonly StayInBed[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('encounter')
        .select(['patient_id', 'admitted_ms', 'discharged_ms'])
        .where('bed_id', '=', bedId)
        .where('admitted_ms', '<', toMs)
        .where((eb) => eb.or([eb('discharged_ms', 'is', null), eb('discharged_ms', '>', fromMs)]))
        .orderBy('admitted_ms')
        .limit(STAYS_MAX)
        .execute(),
    );
    return rows.map((row) => ({
      patientId: row.patient_id as PatientId,
      admittedMs: row.admitted_ms,
      dischargedMs: row.discharged_ms,
    }));
  }

  private facts(scope: Scope): Promise<readonly RelationFacts[]> {
    return this.context.sql.transaction(async ({ db }) => {
      const wallMs = this.context.clock.wallMs();
      const duties = await dutiesOf(db, scope.staffId, wallMs);
      const stays = await this.staysOf(db, scope, [...new Set(duties.map((duty) => duty.careUnitId))]);
      const accepted = await acceptedBy(db, scope, wallMs);
      const paged = await pagedOf(db, scope);
      const patientIds = [...new Set([...stays.keys(), ...accepted.keys(), ...paged])].slice(0, AROUND_MAX);
      return patientIds.map((patientId) => {
        const own = stays.get(patientId) ?? [];
        const units = new Set(own.map((stay) => stay.careUnitId));
        return {
          patientId,
          stays: own,
          duties: duties.filter((duty) => units.has(duty.careUnitId)),
          acceptedWallMs: accepted.get(patientId) ?? null,
          paged: paged.has(patientId),
        };
      });
    });
  }

  /** Stays in these care units that are open or ended lately, open ones first. */
  private async staysOf(
    db: Db,
    { patientId }: Scope,
    careUnitIds: readonly CareUnitId[],
  ): Promise<ReadonlyMap<PatientId, readonly StayFacts[]>> {
    const stays = new Map<PatientId, StayFacts[]>();
    if (careUnitIds.length === 0) return stays;
    const { clock } = this.context;
    const [nowMs, wallMs] = [clock.nowMs(), clock.wallMs()];
    let query = db
      .selectFrom('encounter as s')
      .innerJoin('bed as b', 'b.bed_id', 's.bed_id')
      .select(['s.patient_id', 's.bed_id', 'b.care_unit_id', 's.discharged_ms'])
      .where('b.care_unit_id', 'in', [...careUnitIds])
      .where((eb) =>
        eb.or([
          eb('s.discharged_ms', 'is', null),
          eb('s.discharged_ms', '>', Math.floor(nowMs - DISCHARGED_COUNTS_MS * clock.rate)),
        ]),
      )
      .orderBy((eb) => eb.case().when('s.discharged_ms', 'is', null).then(0).else(1).end())
      .orderBy('s.discharged_ms', 'desc')
      .orderBy('s.encounter_id')
      .limit(AROUND_MAX);
    if (patientId !== null) query = query.where('s.patient_id', '=', patientId);
    for (const row of await query.execute()) {
      const id = row.patient_id as PatientId;
      const stay = {
        careUnitId: row.care_unit_id as CareUnitId,
        bedId: row.bed_id as BedId,
        dischargedWallMs: row.discharged_ms === null ? null : wallMs - (nowMs - row.discharged_ms) / clock.rate,
      };
      stays.set(id, [...(stays.get(id) ?? []), stay]);
    }
    return stays;
  }
}

/** Those that run, and those that ended so lately that a discharge in their time still counts. */
async function dutiesOf(db: Db, staffId: StaffId, wallMs: number): Promise<readonly DutyFacts[]> {
  const rows = await db
    .selectFrom('staff_assignment')
    .select(['care_unit_id', 'bed_id', 'from_ms', 'to_ms'])
    .where('staff_id', '=', staffId)
    .where('from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs - DISCHARGED_COUNTS_MS)]))
    .orderBy('from_ms', 'desc')
    .limit(AROUND_MAX)
    .execute();
  return rows.map((row) => ({
    careUnitId: row.care_unit_id as CareUnitId,
    bedId: row.bed_id as BedId | null,
    fromMs: row.from_ms,
    toMs: row.to_ms,
  }));
}

/** Each alarm of a bed with the stay in whose time its onset lies. */
function alarmsWithStays(db: Db) {
  return db.selectFrom('alarm as a').innerJoin('encounter as s', (join) =>
    join
      .onRef('s.bed_id', '=', 'a.bed_id')
      .onRef('s.admitted_ms', '<=', 'a.onset_ms')
      .on((eb) => eb.or([eb('s.discharged_ms', 'is', null), eb('s.discharged_ms', '>', eb.ref('a.onset_ms'))])),
  );
}

async function acceptedBy(db: Db, { staffId, patientId }: Scope, wallMs: number): Promise<ReadonlyMap<PatientId, number>> {
  let query = alarmsWithStays(db)
    .innerJoin('command as c', 'c.alarm_id', 'a.alarm_id')
    .select(({ fn }) => ['s.patient_id', fn.max('c.at_wall_ms').as('newest')])
    .where('c.staff_id', '=', staffId)
    .where('c.command', '=', 'accept')
    .where('c.at_wall_ms', '>', wallMs - ACCEPTED_COUNTS_MS)
    .groupBy('s.patient_id')
    .limit(AROUND_MAX);
  if (patientId !== null) query = query.where('s.patient_id', '=', patientId);
  const rows = await query.execute();
  return new Map(rows.map((row) => [row.patient_id as PatientId, Number(row.newest)]));
}

async function pagedOf(db: Db, { staffId, patientId }: Scope): Promise<ReadonlySet<PatientId>> {
  let query = alarmsWithStays(db)
    .innerJoin('page as p', 'p.alarm_id', 'a.alarm_id')
    .innerJoin('escalation as e', 'e.alarm_id', 'a.alarm_id')
    .select('s.patient_id')
    .distinct()
    .where('p.staff_id', '=', staffId)
    .where('e.state', 'in', ['pending', 'running'])
    .limit(AROUND_MAX);
  if (patientId !== null) query = query.where('s.patient_id', '=', patientId);
  return new Set((await query.execute()).map((row) => row.patient_id as PatientId));
}
