import { plannedShifts } from '@vigil/domain';
import { plansOf } from './on-call-plan.js';
import type { Db } from './sql.js';

/** One person answers for one care unit in [fromMs, toMs) of wall time, by an assignment or by a turn of a schedule. */
export interface Duty {
  /** The same for the same duty in each round. */
  readonly dutyId: string;
  readonly staffId: string;
  readonly careUnitId: string;
  readonly fromMs: number;
  /** Null: until further notice. */
  readonly toMs: number | null;
}

/** Beyond this many of each kind the oldest are left out; a hospital has some hundreds. */
const DUTIES_MAX = 5_000;
/** Turns that began earlier are cut to this much before now, so that the stretch that is planned has an end. */
const BACK_MS = 24 * 3_600_000;

/** Duties that run at `wallMs` or begin before `untilMs`. */
export async function dutiesIn(db: Db, wallMs: number, untilMs: number): Promise<readonly Duty[]> {
  const assigned = await db
    .selectFrom('staff_assignment')
    .select(['assignment_id', 'staff_id', 'care_unit_id', 'from_ms', 'to_ms'])
    .where('from_ms', '<', untilMs)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs)]))
    .orderBy('from_ms', 'desc')
    .limit(DUTIES_MAX)
    .execute();
  const duties: Duty[] = assigned.map((row) => ({
    ...{ dutyId: `assignment:${row.assignment_id}`, staffId: row.staff_id, careUnitId: row.care_unit_id },
    ...{ fromMs: row.from_ms, toMs: row.to_ms },
  }));
  const schedules = await db
    .selectFrom('on_call_schedule')
    .select(['schedule_id', 'care_unit_id'])
    .where('retired_wall_ms', 'is', null)
    .execute();
  const unitOf = new Map(schedules.map((row) => [row.schedule_id, row.care_unit_id]));
  const stretch = { fromMs: Math.floor(wallMs) - BACK_MS, toMs: Math.ceil(untilMs) };
  for (const [scheduleId, plan] of await plansOf(db, [...unitOf.keys()], stretch)) {
    for (const { staffId, fromMs, toMs } of plannedShifts(plan, stretch).shifts) {
      if (toMs <= wallMs) continue;
      // What began before the stretch is one duty all the same, whichever round looks at it.
      const began = fromMs <= stretch.fromMs ? 'before' : String(fromMs);
      const dutyId = `turn:${scheduleId}:${staffId}:${began}`;
      duties.push({ dutyId, staffId, careUnitId: unitOf.get(scheduleId)!, fromMs, toMs });
    }
  }
  return duties.slice(0, 2 * DUTIES_MAX);
}
