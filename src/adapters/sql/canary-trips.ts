import { AlarmTransition, type CareUnitId, type GatewayId } from '@vigil/contracts';
import { sql } from 'kysely';
import type { CanarySeen, CanaryWay } from '../../ports/on-call-troubles.js';
import type { Db } from './sql.js';

/** Test alarms of one gateway that are looked through for the newest that came through. */
const NEWEST_MAX = 100;

/** The newest test alarm of each gateway of the site that came through, and whether the gateway itself is known to be away. */
export async function canaryTrips(db: Db): Promise<readonly CanarySeen[]> {
  const gateways = await db.selectFrom('gateway').select('gateway_id').orderBy('gateway_id').execute();
  const seen: CanarySeen[] = [];
  for (const { gateway_id: id } of gateways) {
    const row = await newestOf(db, id);
    const gatewayId = id as GatewayId;
    const about = { gatewayId, careUnitIds: await unitsOf(db, id), isLost: await isLost(db, id) };
    if (row === undefined) {
      seen.push({ ...about, sentMs: null, tookMs: null, hops: [] });
      continue;
    }
    const leftMs = (await leftAt(db, row.alarm_id)) ?? row.hub_wall_ms ?? row.queued_wall_ms;
    const places = [
      ...[['hub', row.hub_wall_ms] as const, ['engine', row.stepped_wall_ms] as const, ['stored', row.stored_wall_ms] as const],
      ...[['queued', row.queued_wall_ms] as const, ['sent', row.sent_wall_ms] as const],
    ];
    const hops = places.flatMap(([at, ms]) => (ms === null ? [] : [{ at, afterMs: ms - leftMs }]));
    seen.push({ ...about, sentMs: row.sent_wall_ms, tookMs: Math.max(0, row.sent_wall_ms! - leftMs), hops });
  }
  return seen;
}

/**
 * Of each gateway by itself, so that those of a busy one hide none of another. Only the newest is active: whatever is done to the clocks
 * that its time comes from, it is first. Nothing but a test alarm belongs to no care unit.
 */
async function newestOf(db: Db, gatewayId: string) {
  const alarms = await db
    .selectFrom('alarm')
    .select('alarm_id')
    .where('care_unit_id', 'is', null)
    .where('gateway_id', '=', gatewayId)
    .orderBy('active', 'desc')
    .orderBy('onset_ms', 'desc')
    .limit(NEWEST_MAX)
    .execute();
  const ids = alarms.map((alarm) => alarm.alarm_id);
  if (ids.length === 0) return undefined;
  const rows = await db
    .selectFrom('page as p')
    .leftJoin('alarm_hop as h', (join) => join.onRef('h.alarm_id', '=', 'p.alarm_id').on('h.rev', '=', 1))
    .select(['p.alarm_id', 'p.queued_wall_ms', 'p.sent_wall_ms', 'h.hub_wall_ms', 'h.stepped_wall_ms', 'h.stored_wall_ms'])
    .where('p.alarm_id', 'in', ids)
    .where('p.channel', '=', 'canary')
    .where('p.state', '=', 'sent')
    .where('p.sent_wall_ms', 'is not', null)
    .execute();
  const sent = new Map(rows.map((row) => [row.alarm_id, row]));
  return ids.map((id) => sent.get(id)).find((row) => row !== undefined);
}

/** Wall time at which the gateway sent it, as it says itself; the alarm's newest revision may not say it. */
async function leftAt(db: Db, alarmId: string): Promise<number | null> {
  const row = await db
    .selectFrom('alarm_transition')
    .select('content_json')
    .where('alarm_id', '=', alarmId)
    .where('rev', '=', 1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return AlarmTransition.parse(JSON.parse(row.content_json)).trigger?.gatewayAtMs ?? null;
}

/** Of its beds; of a gateway without any, every one: somebody has to see it. */
async function unitsOf(db: Db, gatewayId: string): Promise<readonly CareUnitId[]> {
  const own = await db
    .selectFrom('device as d')
    .innerJoin('device_assignment as a', 'a.device_id', 'd.device_id')
    .innerJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .select('b.care_unit_id')
    .distinct()
    .where('d.gateway_id', '=', gatewayId)
    .where('a.to_ms', 'is', null)
    .where('a.voided_wall_ms', 'is', null)
    .execute();
  const inUse = db.selectFrom('care_unit').select('care_unit_id').where('retired_wall_ms', 'is', null);
  const rows = own.length > 0 ? own : await inUse.execute();
  return rows.map((row) => row.care_unit_id as CareUnitId);
}

/** Another alarm says why nothing comes: one cause, one alarm. The 1 stands in the statement, or the index of open alarms is not for it. */
async function isLost(db: Db, gatewayId: string): Promise<boolean> {
  const row = await db
    .selectFrom('alarm')
    .select('alarm_id')
    .where('gateway_id', '=', gatewayId)
    .where('is_open', '=', sql.lit(1))
    .where('active', '=', 1)
    .where('content_json', 'like', '%"conditionCode":"gatewayLost"%')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The newest test alarm of the gateway that was stored, or paged, in [fromMs, toMs); however far it has come. */
export async function canaryWayIn(
  db: Db,
  gatewayId: GatewayId,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<CanaryWay | null> {
  const row = await db
    .selectFrom('alarm as a')
    .leftJoin('alarm_hop as h', (join) => join.onRef('h.alarm_id', '=', 'a.alarm_id').on('h.rev', '=', 1))
    .leftJoin('page as p', (join) => join.onRef('p.alarm_id', '=', 'a.alarm_id').on('p.channel', '=', 'canary'))
    .select(['h.hub_wall_ms', 'h.stepped_wall_ms', 'h.stored_wall_ms', 'p.queued_wall_ms', 'p.sent_wall_ms'])
    .where('a.care_unit_id', 'is', null)
    .where('a.gateway_id', '=', gatewayId)
    .where(({ and, eb, or }) =>
      or([
        and([eb('h.stored_wall_ms', '>=', fromMs), eb('h.stored_wall_ms', '<', toMs)]),
        and([eb('p.queued_wall_ms', '>=', fromMs), eb('p.queued_wall_ms', '<', toMs)]),
      ]),
    )
    .orderBy('a.active', 'desc')
    .orderBy('a.onset_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    ...{ hubMs: row.hub_wall_ms, engineMs: row.stepped_wall_ms, storedMs: row.stored_wall_ms ?? row.queued_wall_ms },
    ...{ queuedMs: row.queued_wall_ms, sentMs: row.sent_wall_ms },
  };
}
