import type { CareUnitId, ScheduleContent, StaffRole } from '@vigil/contracts';
import { CANARY_STAFF, type PolicySite } from '@vigil/domain';
import { contentOf } from './on-call-plan.js';
import { WHOLE_SITE } from './policy-in-force.js';
import type { Db } from './sql.js';

/** Wall time before and after now in which somebody who has a role is there to be told. */
const AROUND_MS = 7 * 86_400_000;
/** No local day is further from that day of UTC, the handover of its evening included. */
const DAY_OVER_MS = 2 * 86_400_000;

/** Who can be told where a policy is to hold. A care unit that is not there, or is retired, is left out. */
export async function policySite(db: Db, wanted: readonly CareUnitId[], wallMs: number): Promise<PolicySite> {
  const careUnitIds = wanted.length > 0 ? await inUse(db, wanted) : await unitsOfTheSite(db);
  // Whoever names the test alarm's recipient names nobody.
  const staff = await db
    .selectFrom('staff')
    .select('staff_id')
    .where('staff_id', '<>', CANARY_STAFF)
    .orderBy('staff_id')
    .execute();
  return {
    careUnitIds,
    staffIds: staff.map((row) => row.staff_id),
    schedules: await participants(db, wallMs),
    roles: await rolesAround(db, careUnitIds, wallMs),
  };
}

async function inUse(db: Db, wanted: readonly CareUnitId[]): Promise<readonly CareUnitId[]> {
  const rows = await db
    .selectFrom('care_unit')
    .select('care_unit_id')
    .where('care_unit_id', 'in', [...wanted])
    .where('retired_wall_ms', 'is', null)
    .execute();
  return wanted.filter((id) => rows.some((row) => row.care_unit_id === id));
}

/** Care units in use without a policy of their own. */
export async function unitsOfTheSite(db: Db): Promise<readonly CareUnitId[]> {
  const own = await db.selectFrom('policy_in_force').select('scope').where('scope', '<>', WHOLE_SITE).execute();
  const units = await db
    .selectFrom('care_unit')
    .select('care_unit_id')
    .where('retired_wall_ms', 'is', null)
    .orderBy('care_unit_id')
    .execute();
  return units.map((row) => row.care_unit_id as CareUnitId).filter((id) => !own.some((row) => row.scope === id));
}

/** Whoever takes turns of a schedule, now or later, or is put on call by an override. One that can't be read has nobody. */
async function participants(db: Db, wallMs: number): Promise<PolicySite['schedules']> {
  const rows = await db
    .selectFrom('on_call_schedule as s')
    .innerJoin('on_call_version as v', 'v.schedule_id', 's.schedule_id')
    .select(['s.schedule_id', 'v.content_json'])
    .where('s.retired_wall_ms', 'is', null)
    .where('v.to_wall_ms', 'is', null)
    .execute();
  const overrides = await db
    .selectFrom('on_call_override')
    .select(['schedule_id', 'staff_id'])
    .distinct()
    .where('to_wall_ms', '>', wallMs)
    .where('voided_wall_ms', 'is', null)
    .orderBy('staff_id')
    .execute();
  return Object.fromEntries(
    rows.map((row) => {
      const turns = peopleOf(contentOf(row.content_json), wallMs);
      const others = overrides.flatMap((each) => (each.schedule_id === row.schedule_id ? (each.staff_id ?? []) : []));
      return [row.schedule_id, [...new Set([...turns, ...others])]];
    }),
  );
}

function peopleOf(content: ScheduleContent | null, wallMs: number): readonly string[] {
  const isOver = (endDate: string | null): boolean => endDate !== null && Date.parse(endDate) + DAY_OVER_MS < wallMs;
  return (content?.rotations ?? []).flatMap(({ endDate, participants: people }) => (isOver(endDate) ? [] : people));
}

async function rolesAround(db: Db, careUnitIds: readonly CareUnitId[], wallMs: number): Promise<PolicySite['roles']> {
  const rows = await db
    .selectFrom('staff_assignment')
    .select(['care_unit_id', 'role', 'staff_id'])
    .distinct()
    .where('from_ms', '<=', wallMs + AROUND_MS)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs - AROUND_MS)]))
    .orderBy('staff_id')
    .execute();
  const roles: Record<string, Partial<Record<StaffRole, string[]>>> = Object.fromEntries(careUnitIds.map((id) => [id, {}]));
  for (const row of rows) {
    const ofUnit = roles[row.care_unit_id];
    if (ofUnit !== undefined) (ofUnit[row.role as StaffRole] ??= []).push(row.staff_id);
  }
  return roles;
}
