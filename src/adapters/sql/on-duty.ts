import type { Origin, StaffId, StaffRole } from '@vigil/contracts';
import type { OnDuty } from '@vigil/domain';
import { isUsable, type UsableFacts } from './contact-rows.js';
import type { Db } from './sql.js';

/** Where an alarm is: all that decides who answers for it. */
export interface AlarmPlace {
  readonly alarmId: string;
  readonly bedId: string | null;
}

/** One person on duty, by name, and whether anything can reach them with a page of this origin. */
export interface NamedOnDuty extends OnDuty {
  readonly name: string;
  readonly reachableLive: boolean;
  readonly reachableDemo: boolean;
}

export function isReachable(person: NamedOnDuty, origin: Origin): boolean {
  return origin === 'live' ? person.reachableLive : person.reachableDemo;
}

/**
 * Who is on duty for each alarm at a wall time: for a bed, its own staff and those of the whole care unit; for a
 * gateway, everybody of its care units. Nobody twice in the same role.
 */
export async function onDutyFor(
  db: Db,
  alarms: readonly AlarmPlace[],
  wallMs: number,
): Promise<ReadonlyMap<string, readonly NamedOnDuty[]>> {
  const duties = new Map<string, NamedOnDuty[]>(alarms.map((a) => [a.alarmId, []]));
  if (alarms.length === 0) return duties;
  const rows = await db
    .selectFrom('alarm_care_unit as u')
    .innerJoin('staff_assignment as a', 'a.care_unit_id', 'u.care_unit_id')
    .innerJoin('staff as s', 's.staff_id', 'a.staff_id')
    .leftJoin('contact_method as c', 'c.staff_id', 'a.staff_id')
    .select(['u.alarm_id', 'a.staff_id', 'a.role', 'a.bed_id', 's.name', 'c.demo'])
    .select(['c.available', 'c.source', 'c.verified_wall_ms', 'c.outcome', 'c.address'])
    .where('u.alarm_id', 'in', [...duties.keys()])
    .where('a.from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', wallMs)]))
    .orderBy('a.staff_id')
    .orderBy('a.assignment_id')
    .execute();
  const bedOf = new Map(alarms.map((a) => [a.alarmId, a.bedId]));
  for (const row of rows) {
    const bedId = bedOf.get(row.alarm_id) ?? null;
    if (bedId !== null && row.bed_id !== null && row.bed_id !== bedId) continue;
    merge(duties.get(row.alarm_id)!, {
      staffId: row.staff_id as StaffId,
      role: row.role as StaffRole,
      forBed: bedId !== null && row.bed_id === bedId,
      name: row.name,
      reachableLive: row.available !== null && isUsable(row as UsableFacts),
      reachableDemo: row.demo === 1 && isUsable(row as UsableFacts),
    });
  }
  return duties;
}

function merge(people: NamedOnDuty[], person: NamedOnDuty): void {
  const at = people.findIndex((p) => p.staffId === person.staffId && p.role === person.role);
  const known = people[at];
  if (known === undefined) {
    people.push(person);
    return;
  }
  people[at] = {
    ...known,
    forBed: known.forBed || person.forBed,
    reachableLive: known.reachableLive || person.reachableLive,
    reachableDemo: known.reachableDemo || person.reachableDemo,
  };
}
