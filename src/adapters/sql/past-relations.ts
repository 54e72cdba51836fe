import type { Clock } from '@vigil/clock';
import type { CareUnitId, PatientId, StaffId } from '@vigil/contracts';
import type { PastDuty, PastRelations } from '../../ports/care-relations.js';
import { liveStays } from './live-stays.js';
import type { Db } from './sql.js';

const STAYS_MAX = 1_000;
const PAGES_MAX = 1_000;
const DUTIES_MAX = 10_000;

/** Stays are in event time and pages in wall time: both are told in wall time. */
export async function pastOf(
  db: Db,
  clock: Pick<Clock, 'nowMs' | 'wallMs' | 'rate'>,
  patientId: PatientId,
): Promise<PastRelations> {
  const [nowMs, wallMs] = [clock.nowMs(), clock.wallMs()];
  const wallOf = (eventMs: number): number => wallMs - (nowMs - eventMs) / clock.rate;
  const rows = await liveStays(db)
    .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
    .select((eb) => [
      'b.care_unit_id',
      'b.bed_id',
      eb.fn.coalesce('e.bed_since_ms', 'e.admitted_ms').as('from_ms'),
      'e.discharged_ms as to_ms',
    ])
    .where('e.patient_id', '=', patientId)
    .unionAll(
      db
        .selectFrom('past_bed as p')
        .innerJoin('bed as b', 'b.bed_id', 'p.bed_id')
        .select(['b.care_unit_id', 'b.bed_id', 'p.from_ms', 'p.to_ms'])
        .where('p.patient_id', '=', patientId),
    )
    .limit(STAYS_MAX)
    .execute();
  const stays = rows.map((row) => ({
    careUnitId: row.care_unit_id as CareUnitId,
    fromMs: wallOf(Number(row.from_ms)),
    toMs: row.to_ms === null ? null : wallOf(row.to_ms),
  }));
  const pages: { staffId: StaffId; atMs: number }[] = [];
  for (const row of rows) {
    const paged = await db
      .selectFrom('alarm as a')
      .innerJoin('page as p', 'p.alarm_id', 'a.alarm_id')
      .select(['p.staff_id', 'p.queued_wall_ms'])
      .where('a.bed_id', '=', row.bed_id)
      .where('a.onset_ms', '>=', Number(row.from_ms))
      .$if(row.to_ms !== null, (q) => q.where('a.onset_ms', '<', row.to_ms!))
      .orderBy('a.onset_ms', 'desc')
      .limit(PAGES_MAX)
      .execute();
    pages.push(...paged.map((page) => ({ staffId: page.staff_id as StaffId, atMs: page.queued_wall_ms })));
    if (pages.length >= PAGES_MAX) break;
  }
  return { stays, pages: pages.slice(0, PAGES_MAX) };
}

export async function pastDuties(
  db: Db,
  staffIds: readonly StaffId[],
  fromMs: number,
  toMs: number,
): Promise<readonly PastDuty[]> {
  if (staffIds.length === 0) return [];
  const rows = await db
    .selectFrom('staff_assignment')
    .select(['staff_id', 'care_unit_id', 'from_ms', 'to_ms'])
    .where('staff_id', 'in', [...staffIds])
    .where('from_ms', '<', toMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', fromMs)]))
    .limit(DUTIES_MAX)
    .execute();
  return rows.map((row) => ({
    staffId: row.staff_id as StaffId,
    careUnitId: row.care_unit_id as CareUnitId,
    fromMs: row.from_ms,
    toMs: row.to_ms,
  }));
}
