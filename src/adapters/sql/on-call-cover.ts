import type { CareUnitId, PageTarget } from '@vigil/contracts';
import { routeFor } from '@vigil/domain';
import type { Cover } from '../../ports/on-call-troubles.js';
import { reachable } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { liveStays } from './live-stays.js';
import { onCallNow } from './on-call-now.js';
import { policyInForce } from './policy-in-force.js';
import type { Db } from './sql.js';

/** What is asked about: a patient in danger, by whatever rule. */
const HIGH = { priority: 'high', kind: 'physiological', conditionCode: '' } as const;

/**
 * Whether somebody who can be reached would be told of a high alarm of each bed where somebody lies, in any step. Where the policy
 * tells nobody of it, no bed is covered: two people can not have decided so (`policyFindings`), so that it is site.yaml's.
 */
export async function coverAt(db: Db, context: Pick<SqlContext, 'policy' | 'origin'>, wallMs: number): Promise<readonly Cover[]> {
  const beds = await liveStays(db)
    .innerJoin('bed as b', 'b.bed_id', 'e.bed_id')
    .select(['b.bed_id', 'b.care_unit_id'])
    .distinct()
    .where('e.discharged_ms', 'is', null)
    .orderBy('b.care_unit_id')
    .execute();
  const byUnit = Map.groupBy(beds, (bed) => bed.care_unit_id);
  const covers: Cover[] = [];
  for (const [unit, occupied] of byUnit) {
    const policy = await policyInForce(db, context, [unit]);
    const index = routeFor(policy, HIGH);
    const targets = index === null ? [] : policy.routes[index]!.steps.flatMap((step) => step.tell);
    const toldOf = await whoIsTold(db, unit, targets, wallMs);
    const reach = await reachable(db, toldOf.everybody, context.origin, wallMs);
    const isCovered = (bedId: string): boolean => toldOf.of(bedId).some((staffId) => reach.get(staffId) !== 'unreachable');
    covers.push({
      careUnitId: unit as CareUnitId,
      occupied: occupied.length,
      uncovered: occupied.filter((bed) => !isCovered(bed.bed_id)).length,
    });
  }
  return covers;
}

interface Told {
  readonly everybody: readonly string[];
  of(bedId: string): readonly string[];
}

async function whoIsTold(db: Db, unit: string, targets: readonly PageTarget[], wallMs: number): Promise<Told> {
  const roles = targets.flatMap((each) => (each.kind === 'role' ? [each.role as string] : []));
  const schedules = targets.flatMap((each) => (each.kind === 'schedule' ? [each.scheduleId as string] : []));
  const onCall = schedules.length === 0 ? [] : [...(await onCallNow(db, schedules, wallMs)).values()].flat();
  const persons = targets.flatMap((each) => (each.kind === 'person' ? [each.staffId] : []));
  const duties =
    roles.length === 0
      ? []
      : await db
          .selectFrom('staff_assignment')
          .select(['staff_id', 'bed_id'])
          .where('care_unit_id', '=', unit)
          .where('role', 'in', roles)
          .where('from_ms', '<=', wallMs)
          .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', wallMs)]))
          .execute();
  const always = [...onCall, ...persons];
  return {
    everybody: [...new Set([...always, ...duties.map((duty) => duty.staff_id)])],
    of: (bedId) => [
      ...always,
      ...duties.filter((duty) => duty.bed_id === null || duty.bed_id === bedId).map((duty) => duty.staff_id),
    ],
  };
}
