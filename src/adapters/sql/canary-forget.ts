import { AlarmTransition } from '@vigil/contracts';
import { isCanary } from '@vigil/domain';
import type { Tx } from './sql.js';

/** Test alarms that one call takes. */
export const FORGOTTEN_AT_ONCE = 200;

/**
 * Takes test alarms that are over and began before then (wall time) out of the store, with all that is kept of them; the newest of each
 * gateway, which is not over, stays. They are of nobody, and no report, list or audit row names them.
 *
 * @returns how many; `FORGOTTEN_AT_ONCE`: there may be more
 */
export async function forgetCanaries({ db }: Tx, beforeWallMs: number): Promise<number> {
  const rows = await db
    .selectFrom('alarm as a')
    .innerJoin('escalation as e', 'e.alarm_id', 'a.alarm_id')
    .select(['a.alarm_id', 'a.content_json'])
    .where('a.care_unit_id', 'is', null)
    .where('a.gateway_id', 'is not', null)
    .where('a.active', '=', 0)
    .where('a.content_json', 'like', '%"conditionCode":"canary"%')
    .where('e.started_wall_ms', '<', beforeWallMs)
    .orderBy('a.gateway_id')
    .orderBy('a.active')
    .orderBy('a.onset_ms')
    .limit(FORGOTTEN_AT_ONCE)
    .execute();
  const ids = rows.filter((row) => isCanary(AlarmTransition.parse(JSON.parse(row.content_json)))).map((row) => row.alarm_id);
  if (ids.length === 0) return 0;
  const pages = db.selectFrom('page').select('page_id').where('alarm_id', 'in', ids);
  await db.deleteFrom('page_receipt').where('page_id', 'in', pages).execute();
  for (const table of ['page', 'escalation_answer', 'escalation', 'alarm_hop', 'alarm_transition', 'alarm'] as const) {
    await db.deleteFrom(table).where('alarm_id', 'in', ids).execute();
  }
  return ids.length;
}
