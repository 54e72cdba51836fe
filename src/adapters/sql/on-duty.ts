import type { Origin, PageTarget, StaffId } from '@vigil/contracts';
import { type OnDuty, targetKey } from '@vigil/domain';
import { closedAccounts, isUsable, type UsableFacts } from './contact-rows.js';
import { onCallNow } from './on-call-now.js';
import type { Db } from './sql.js';

/** Where an alarm is and whom its policy tells: all that decides who answers for it. */
export interface AlarmPlace {
  readonly alarmId: string;
  readonly bedId: string | null;
  readonly targets: readonly PageTarget[];
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
 * Whom the targets of each alarm find at a wall time. A role: for a bed, its own staff and those of the whole care unit; for a gateway,
 * everybody of its care units. A schedule: who is on call by it. A person: that one. Nobody twice for the same target.
 */
export async function onDutyFor(
  db: Db,
  alarms: readonly AlarmPlace[],
  wallMs: number,
): Promise<ReadonlyMap<string, readonly NamedOnDuty[]>> {
  const found = new Map<string, OnDuty[]>(alarms.map((each) => [each.alarmId, []]));
  await findRoles(db, alarms, wallMs, found);
  await findOnCall(db, alarms, wallMs, found);
  for (const { alarmId, targets } of alarms) {
    for (const target of targets) {
      if (target.kind === 'person')
        merge(found.get(alarmId)!, { staffId: target.staffId, target: targetKey(target), forBed: false });
    }
  }
  const known = await reachOf(db, [...new Set([...found.values()].flatMap((people) => people.map((each) => each.staffId)))]);
  return new Map(
    [...found].map(([alarmId, people]) => [
      alarmId,
      people.flatMap((each) => {
        const reach = known.get(each.staffId);
        return reach === undefined ? [] : [{ ...each, ...reach }];
      }),
    ]),
  );
}

async function findRoles(db: Db, alarms: readonly AlarmPlace[], wallMs: number, found: Map<string, OnDuty[]>): Promise<void> {
  const asking = alarms.filter(({ targets }) => targets.some((each) => each.kind === 'role'));
  if (asking.length === 0) return;
  const rows = await db
    .selectFrom('alarm_care_unit as u')
    .innerJoin('staff_assignment as a', 'a.care_unit_id', 'u.care_unit_id')
    .select(['u.alarm_id', 'a.staff_id', 'a.role', 'a.bed_id'])
    .where(
      'u.alarm_id',
      'in',
      asking.map((each) => each.alarmId),
    )
    .where('a.from_ms', '<=', wallMs)
    .where((eb) => eb.or([eb('a.to_ms', 'is', null), eb('a.to_ms', '>', wallMs)]))
    .orderBy('a.staff_id')
    .orderBy('a.assignment_id')
    .execute();
  const byId = new Map(asking.map((each) => [each.alarmId, each]));
  for (const row of rows) {
    const { bedId, targets } = byId.get(row.alarm_id)!;
    if (!targets.some((each) => each.kind === 'role' && each.role === row.role)) continue;
    if (bedId !== null && row.bed_id !== null && row.bed_id !== bedId) continue;
    const forBed = bedId !== null && row.bed_id === bedId;
    merge(found.get(row.alarm_id)!, { staffId: row.staff_id as StaffId, target: `role:${row.role}`, forBed });
  }
}

async function findOnCall(db: Db, alarms: readonly AlarmPlace[], wallMs: number, found: Map<string, OnDuty[]>): Promise<void> {
  const schedules = new Set(
    alarms.flatMap(({ targets }) => targets.flatMap((each) => (each.kind === 'schedule' ? [each.scheduleId] : []))),
  );
  if (schedules.size === 0) return;
  const onCall = await onCallNow(db, [...schedules], wallMs);
  for (const { alarmId, targets } of alarms) {
    for (const target of targets) {
      if (target.kind !== 'schedule') continue;
      for (const staffId of onCall.get(target.scheduleId) ?? []) {
        merge(found.get(alarmId)!, { staffId, target: targetKey(target), forBed: false });
      }
    }
  }
}

function merge(people: OnDuty[], person: OnDuty): void {
  const at = people.findIndex((each) => each.staffId === person.staffId && each.target === person.target);
  const known = people[at];
  if (known === undefined) people.push(person);
  else people[at] = { ...known, forBed: known.forBed || person.forBed };
}

type Reach = Pick<NamedOnDuty, 'name' | 'reachableLive' | 'reachableDemo'>;

/** Names of people, and whether they have a way that works. Who is not known is left out. */
async function reachOf(db: Db, staffIds: readonly string[]): Promise<ReadonlyMap<string, Reach>> {
  const known = new Map<string, Reach>();
  if (staffIds.length === 0) return known;
  const rows = await db
    .selectFrom('staff as s')
    .leftJoin('contact_method as c', (join) =>
      join.onRef('c.staff_id', '=', 's.staff_id').on('c.staff_id', 'not in', closedAccounts(db)),
    )
    .select(['s.staff_id', 's.name', 'c.demo', 'c.available', 'c.source', 'c.verified_wall_ms', 'c.outcome', 'c.address'])
    .where('s.staff_id', 'in', [...staffIds])
    .execute();
  for (const row of rows) {
    const before = known.get(row.staff_id);
    const works = row.address !== null && isUsable(row as UsableFacts);
    known.set(row.staff_id, {
      name: row.name,
      reachableLive: (before?.reachableLive ?? false) || works,
      reachableDemo: (before?.reachableDemo ?? false) || (works && row.demo === 1),
    });
  }
  return known;
}
