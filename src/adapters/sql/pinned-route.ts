import { AlarmTransition } from '@vigil/contracts';
import { type Escalation, type PagingPolicy, type PagingRoute, startEscalation } from '@vigil/domain';
import type { SqlContext } from './context.js';
import { escalationOf } from './escalation-row.js';
import type { AlarmPlace } from './on-duty.js';
import { policyByHash, policyInForce } from './policy-in-force.js';
import type { EscalationRow } from './schema.js';
import type { Db } from './sql.js';

/** An escalation with its alarm and what it follows. */
export interface Followed {
  readonly alarm: AlarmTransition;
  /** Pins another policy where its own can not be read any more, or it is of before policies had versions. */
  readonly escalation: Escalation;
  readonly policy: PagingPolicy;
  readonly route: PagingRoute;
}

/** Nobody is paged. */
const NO_ROUTE: PagingRoute = {
  ...{ priorities: [], kinds: null, conditionCodes: null, steps: [] },
  ...{ acceptsNeeded: 1, arriveWithinMs: null, repeat: null },
};

/**
 * The route that an escalation has pinned, whatever policy is in force now. Where that can't be read, it goes on by the one that is in force for its
 * care units: whoever has to be told is told.
 */
async function routeOf(
  db: Db,
  context: Pick<SqlContext, 'policy'>,
  escalation: Escalation,
  alarm: AlarmTransition,
  careUnitIds: readonly string[],
): Promise<Followed> {
  const pinned = escalation.policyHash === null ? null : await policyByHash(db, context, escalation.policyHash);
  const route = pinned === null || escalation.route === null ? undefined : pinned.routes[escalation.route];
  if (pinned !== null && (route !== undefined || escalation.route === null)) {
    return { alarm, escalation, policy: pinned, route: route ?? NO_ROUTE };
  }
  const policy = await policyInForce(db, context, careUnitIds);
  const { policyHash, route: index, pinned: now } = startEscalation(alarm, policy, escalation.startedAtMs);
  return {
    alarm,
    escalation: { ...escalation, policyHash, route: index, pinned: now },
    policy,
    route: (index === null ? undefined : policy.routes[index]) ?? NO_ROUTE,
  };
}

/** One of before policies had versions follows the policy that is in force from its first change on. */
export async function pinnedNow(
  db: Db,
  context: Pick<SqlContext, 'policy'>,
  escalation: Escalation,
  alarm: AlarmTransition,
): Promise<Escalation> {
  if (escalation.policyHash !== null) return escalation;
  const units = (await unitsOf(db, [alarm.alarmId])).get(alarm.alarmId)!;
  return (await routeOf(db, context, escalation, alarm, units)).escalation;
}

/** The care units that see each alarm, in the order of their names. */
export async function unitsOf(db: Db, alarmIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const units = new Map<string, string[]>(alarmIds.map((id) => [id, []]));
  if (alarmIds.length === 0) return units;
  const rows = await db
    .selectFrom('alarm_care_unit')
    .select(['alarm_id', 'care_unit_id'])
    .where('alarm_id', 'in', [...alarmIds])
    .orderBy('care_unit_id')
    .execute();
  for (const row of rows) units.get(row.alarm_id)!.push(row.care_unit_id);
  return units;
}

type AlarmColumns = { readonly alarm_id: string; readonly content_json: string };

/** What each of these follows. */
export async function followedOf(
  db: Db,
  context: Pick<SqlContext, 'policy'>,
  rows: readonly (EscalationRow & AlarmColumns)[],
): Promise<ReadonlyMap<string, Followed>> {
  const units = await unitsOf(
    db,
    rows.map((row) => row.alarm_id),
  );
  const followed = new Map<string, Followed>();
  for (const row of rows) {
    const alarm = AlarmTransition.parse(JSON.parse(row.content_json));
    followed.set(row.alarm_id, await routeOf(db, context, escalationOf(row), alarm, units.get(row.alarm_id)!));
  }
  return followed;
}

/** Where an alarm is and whom its escalation may tell, for `onDutyFor`. */
export function placeOf(row: { readonly alarm_id: string; readonly bed_id: string | null }, { route }: Followed): AlarmPlace {
  return { alarmId: row.alarm_id, bedId: row.bed_id, targets: route.steps.flatMap((step) => step.tell) };
}
