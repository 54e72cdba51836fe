import { type AlarmId, AlarmTransition } from '@vigil/contracts';
import type { Linked, LinkedPage } from '../../ports/escalations.js';
import { placeLabel } from './alarm-views.js';
import type { Db } from './sql.js';
import { STILL_ASKED } from './still-asked.js';

/** Others that a link lists beside its own. */
export const LINKED_MAX = 12;
const LINKED_MS = 3_600_000;
/** Of each alarm a person may have many pages in that time: one for each channel and round. */
const LOOK_MAX = 1_000;

/** Pages of the link's person whose alarms nobody has taken, one for each alarm, the most urgent first. */
export async function linkedPages(db: Db, link: Linked, wallMs: number): Promise<readonly LinkedPage[]> {
  const rows = await db
    .selectFrom('page as p')
    .innerJoin('escalation as e', 'e.alarm_id', 'p.alarm_id')
    .innerJoin('alarm as a', 'a.alarm_id', 'p.alarm_id')
    .leftJoin('bed as b', 'b.bed_id', 'a.bed_id')
    .leftJoin('care_unit as u', 'u.care_unit_id', 'a.care_unit_id')
    .leftJoin('page as host', 'host.page_id', 'p.joined_page_id')
    .select(['p.page_id', 'p.alarm_id', 'p.used', 'p.queued_wall_ms', 'a.content_json', 'b.label'])
    .select(['a.bed_id', 'a.gateway_id', 'a.care_unit_id', 'u.label as unit_label'])
    .select('host.alarm_id as host_alarm_id')
    .where('p.staff_id', '=', link.staffId)
    .where('p.queued_wall_ms', '>', wallMs - LINKED_MS)
    .where('p.kind', '=', 'alarm')
    .where('p.test', '=', link.test ? 1 : 0)
    .where('p.alarm_id', '<>', link.alarmId)
    .where('p.state', 'in', ['queued', 'sent'])
    .where(STILL_ASKED)
    .orderBy('a.priority_rank', 'desc')
    .orderBy('p.queued_wall_ms', 'desc')
    .orderBy('p.page_id')
    .limit(LOOK_MAX)
    .execute();
  const byAlarm = Map.groupBy(rows, (row) => row.alarm_id);
  return [...byAlarm.values()].slice(0, LINKED_MAX).map((pages): LinkedPage => {
    const [first] = pages as [(typeof rows)[number], ...typeof rows];
    const alarm = AlarmTransition.parse(JSON.parse(first.content_json));
    return {
      pageId: first.page_id,
      alarmId: first.alarm_id as AlarmId,
      bedLabel: first.label ?? first.bed_id ?? placeLabel(first),
      priority: alarm.priority,
      kind: alarm.kind,
      together: pages.some((page) => page.host_alarm_id === link.alarmId),
      used: pages.every((page) => page.used === 1),
      queuedMs: Math.min(...pages.map((page) => page.queued_wall_ms)),
    };
  });
}
