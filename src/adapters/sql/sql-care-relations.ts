import {
  type AlarmId,
  AlarmTransition,
  type BedId,
  type CareUnitId,
  type EncounterId,
  type PatientId,
  type StaffId,
} from '@vigil/contracts';
import { ACCEPTED_COUNTS_MS, DISCHARGED_COUNTS_MS, type DutyFacts, type RelationFacts, type StayFacts } from '@vigil/domain';
import {
  type AlarmSubject,
  CareRelations,
  type PastDuty,
  type PastRelations,
  type PlaceOfStay,
  type StayInBed,
} from '../../ports/care-relations.js';
import type { SqlContext } from './context.js';
import { liveStay, liveStays } from './live-stays.js';
import { pastDuties, pastOf } from './past-relations.js';
import type { Db } from './sql.js';
import { currentSpan, pastSpans } from './stays.js';

/** Patients to whom one person can have a relation. A hospital's largest care units have under a hundred beds. */
const AROUND_MAX = 5_000;
const STAYS_MAX = 1_000;

interface Scope {
  readonly staffId: StaffId;
  /** Null: every patient. */
  readonly patientId: PatientId | null;
}

/**
 * Who treats whom, read from assignments, stays, commands and pages. Which stay an alarm belongs to was decided by the
 * engine, at event time. Stays are in event time and duties in wall time: both are compared as wall time.
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
      liveStays(db)
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
      const alarm = await db.selectFrom('alarm').select('content_json').where('alarm_id', '=', alarmId).executeTakeFirst();
      const encounterId = alarm === undefined ? null : encounterOf(alarm);
      const stays = await staysByEncounter(db, encounterId === null ? [] : [encounterId]);
      return {
        careUnitIds: units.map((row) => row.care_unit_id as CareUnitId).sort(),
        patientId: encounterId === null ? null : (stays.get(encounterId)?.patientId ?? null),
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
    const stays = await this.context.sql.query((db) => staysByEncounter(db, encounterIds));
    return [...new Set([...stays.values()].map(({ patientId }) => patientId))].sort();
  }

  async staysIn(bedId: BedId, fromMs: number, toMs: number): Promise<readonly StayInBed[]> {
    const rows = await this.context.sql.query((db) =>
      liveStays(db)
        .select((eb) => [
          'e.encounter_id',
          'e.patient_id',
          eb.fn.coalesce('e.bed_since_ms', 'e.admitted_ms').as('from_ms'),
          'e.discharged_ms as to_ms',
        ])
        .where('e.bed_id', '=', bedId)
        .where((eb) => eb(eb.fn.coalesce('e.bed_since_ms', 'e.admitted_ms'), '<', toMs))
        .where((eb) => eb.or([eb('e.discharged_ms', 'is', null), eb('e.discharged_ms', '>', fromMs)]))
        .unionAll(
          db
            .selectFrom('past_bed')
            .select(['encounter_id', 'patient_id', 'from_ms', 'to_ms'])
            .where('bed_id', '=', bedId)
            .where('from_ms', '<', toMs)
            .where('to_ms', '>', fromMs),
        )
        .orderBy('from_ms')
        .limit(STAYS_MAX)
        .execute(),
    );
    return rows.map((row) => ({
      encounterId: row.encounter_id as EncounterId,
      patientId: row.patient_id as PatientId,
      admittedMs: Number(row.from_ms),
      dischargedMs: row.to_ms,
    }));
  }

  async placesOf(encounterId: EncounterId): Promise<readonly PlaceOfStay[]> {
    return this.context.sql.query(async (db) => {
      const stay = await liveStay(db, encounterId);
      const spans = stay === undefined ? [] : [...(await pastSpans(db, encounterId)), currentSpan(stay)];
      return spans.map(({ bedId, fromMs, toMs }) => ({ bedId, fromMs, toMs }));
    });
  }

  past(patientId: PatientId): Promise<PastRelations> {
    return this.context.sql.query((db) => pastOf(db, this.context.clock, patientId));
  }

  pastDuties(staffIds: readonly StaffId[], fromMs: number, toMs: number): Promise<readonly PastDuty[]> {
    return this.context.sql.query((db) => pastDuties(db, staffIds, fromMs, toMs));
  }

  private facts(scope: Scope): Promise<readonly RelationFacts[]> {
    return this.context.sql.snapshot(async ({ db }) => {
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
    let query = liveStays(db)
      .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
      .select(['e.patient_id', 'e.bed_id', 'b.care_unit_id', 'e.discharged_ms'])
      .where('b.care_unit_id', 'in', [...careUnitIds])
      .where((eb) =>
        eb.or([
          eb('e.discharged_ms', 'is', null),
          eb('e.discharged_ms', '>', Math.floor(nowMs - DISCHARGED_COUNTS_MS * clock.rate)),
        ]),
      )
      .orderBy((eb) => eb.case().when('e.discharged_ms', 'is', null).then(0).else(1).end())
      .orderBy('e.discharged_ms', 'desc')
      .orderBy('e.encounter_id')
      .limit(AROUND_MAX);
    if (patientId !== null) query = query.where('e.patient_id', '=', patientId);
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

/** The stay that an alarm is of; null for an alarm of a gateway or of an empty bed. */
function encounterOf({ content_json: json }: { readonly content_json: string }): EncounterId | null {
  return AlarmTransition.shape.encounterId.parse((JSON.parse(json) as { readonly encounterId?: unknown }).encounterId ?? null);
}

interface StayOfAlarm {
  readonly patientId: PatientId;
  /** Event time; null while it is open. */
  readonly dischargedMs: number | null;
}

async function staysByEncounter(db: Db, encounterIds: readonly EncounterId[]): Promise<ReadonlyMap<EncounterId, StayOfAlarm>> {
  if (encounterIds.length === 0) return new Map();
  const rows = await liveStays(db)
    .select(['e.encounter_id', 'e.patient_id', 'e.discharged_ms'])
    .where('e.encounter_id', 'in', [...encounterIds])
    .execute();
  return new Map(
    rows.map((row) => [
      row.encounter_id as EncounterId,
      { patientId: row.patient_id as PatientId, dischargedMs: row.discharged_ms },
    ]),
  );
}

/**
 * When the person last accepted an alarm of each patient while the patient lay there: an alarm of a stay that was over
 * by then calls nobody to anybody, and would open the record of whoever lay there once.
 */
async function acceptedBy(db: Db, { staffId, patientId }: Scope, wallMs: number): Promise<ReadonlyMap<PatientId, number>> {
  const rows = await db
    .selectFrom('command as c')
    .innerJoin('alarm as a', 'a.alarm_id', 'c.alarm_id')
    .select(['a.content_json', 'c.at_ms', 'c.at_wall_ms'])
    .where('c.staff_id', '=', staffId)
    .where('c.command', '=', 'accept')
    .where('c.at_wall_ms', '>', wallMs - ACCEPTED_COUNTS_MS)
    .orderBy('c.at_wall_ms', 'desc')
    .limit(AROUND_MAX)
    .execute();
  const newest = new Map<PatientId, number>();
  for (const [stay, row] of await withStays(db, rows)) {
    const wasThere = stay.dischargedMs === null || row.at_ms <= stay.dischargedMs;
    const id = stay.patientId;
    if (wasThere && (patientId === null || id === patientId)) newest.set(id, Math.max(newest.get(id) ?? 0, row.at_wall_ms));
  }
  return newest;
}

/** Patients of alarms whose escalation runs and for which a page names the person. */
async function pagedOf(db: Db, { staffId, patientId }: Scope): Promise<ReadonlySet<PatientId>> {
  const rows = await db
    .selectFrom('escalation as e')
    .innerJoin('page as p', 'p.alarm_id', 'e.alarm_id')
    .innerJoin('alarm as a', 'a.alarm_id', 'e.alarm_id')
    .select('a.content_json')
    .distinct()
    .where('p.staff_id', '=', staffId)
    .where('e.state', 'in', ['pending', 'running'])
    .limit(AROUND_MAX)
    .execute();
  const patients = (await withStays(db, rows)).map(([stay]) => stay.patientId);
  return new Set(patientId === null ? patients : patients.filter((id) => id === patientId));
}

async function withStays<Row extends { readonly content_json: string }>(
  db: Db,
  rows: readonly Row[],
): Promise<readonly (readonly [StayOfAlarm, Row])[]> {
  const ids = rows.map(encounterOf);
  const stays = await staysByEncounter(db, [...new Set(ids.flatMap((id) => id ?? []))]);
  return rows.flatMap((row, at) => {
    const id = ids[at];
    const stay = id === null || id === undefined ? undefined : stays.get(id);
    return stay === undefined ? [] : [[stay, row] as const];
  });
}
