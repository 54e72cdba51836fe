import { type AlarmId, AlarmTransition, type StaffId } from '@vigil/contracts';
import { type BurstPage, burstHost } from '@vigil/domain';
import type { PageRow } from './schema.js';
import type { Tx } from './sql.js';

/** Newest pages of a person that are looked at; whoever gets more within a burst gets messages of their own. */
const LOOK_MAX = 50;

/** Lets a page that is about to be queued join the message that tells this person of the same patient already, where there is one. */
export async function joinBurst(tx: Tx, alarm: AlarmTransition, row: PageRow, burstMs: number): Promise<PageRow> {
  if (burstMs <= 0) return row;
  const rows = await tx.db
    .selectFrom('page as p')
    .innerJoin('alarm as a', 'a.alarm_id', 'p.alarm_id')
    .innerJoin('escalation as e', 'e.alarm_id', 'p.alarm_id')
    .selectAll('p')
    .select(['a.content_json', 'e.accepts_json', 'e.declines_json'])
    // A message about what nobody has to go to any more tells of nothing.
    .where('e.state', 'in', ['pending', 'running'])
    .where('p.staff_id', '=', row.staff_id)
    .where('p.queued_wall_ms', '>', row.queued_wall_ms - burstMs)
    .orderBy('p.queued_wall_ms', 'desc')
    .orderBy('p.page_id')
    .limit(LOOK_MAX)
    .execute();
  const open = rows.filter((each) => !hasAnswered(each));
  const earlier = open.map((each) => burstPage(each, AlarmTransition.parse(JSON.parse(each.content_json))));
  const host = burstHost(burstPage(row, alarm), earlier, burstMs);
  if (host === null) return row;
  return { ...row, joined_page_id: host.pageId, reason: `${row.reason}; told with page:${host.pageId}` };
}

/** Whoever has answered looks at that message no more. Their ids stand in what they said. */
function hasAnswered({ staff_id: staffId, accepts_json: accepts, declines_json: declines }: Answered): boolean {
  return [accepts, declines].some(
    (json) => json !== '' && (JSON.parse(json) as { by: string }[]).some((each) => each.by === staffId),
  );
}
interface Answered {
  readonly staff_id: string;
  readonly accepts_json: string;
  readonly declines_json: string;
}

function burstPage(row: PageRow, alarm: AlarmTransition): BurstPage {
  return {
    pageId: row.page_id,
    alarmId: row.alarm_id as AlarmId,
    staffId: row.staff_id as StaffId,
    contactId: row.contact_id,
    channel: row.channel,
    kind: row.kind,
    alarmKind: alarm.kind,
    test: row.test === 1,
    state: row.state,
    isJoined: row.joined_page_id !== null,
    rank: row.priority_rank,
    queuedMs: row.queued_wall_ms,
    subject: alarm.encounterId ?? alarm.bedId ?? alarm.gatewayId ?? alarm.careUnitId ?? alarm.alarmId,
  };
}
