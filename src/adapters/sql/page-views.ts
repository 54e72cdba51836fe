import { type AlarmId, PageStage, type PageReceipt, type PageView, type StaffId } from '@vigil/contracts';
import type { Escalation } from '@vigil/domain';
import { receiptsOf } from './page-receipts.js';
import type { PageRow } from './schema.js';
import type { Db } from './sql.js';

/** What pages are shown with besides their rows. */
export interface PageReports {
  /** Pages that others have joined, by id. */
  readonly hosts: ReadonlyMap<string, Pick<PageRow, 'page_id' | 'alarm_id' | 'state' | 'sent_wall_ms'>>;
  readonly receipts: ReadonlyMap<string, readonly { readonly stage: PageStage; readonly atMs: number }[]>;
}

export async function pageReports(db: Db, pages: readonly PageRow[]): Promise<PageReports> {
  const hostIds = [...new Set(pages.flatMap((page) => page.joined_page_id ?? []))];
  const hosts =
    hostIds.length === 0
      ? []
      : await db
          .selectFrom('page')
          .select(['page_id', 'alarm_id', 'state', 'sent_wall_ms'])
          .where('page_id', 'in', hostIds)
          .execute();
  const receipts = await receiptsOf(
    db,
    pages.map((page) => page.page_id),
  );
  return { hosts: new Map(hosts.map((host) => [host.page_id, host])), receipts };
}

/** How a page is shown. One that joined another has come as far as that one. */
export function pageView(
  row: PageRow,
  names: ReadonlyMap<string, string>,
  { hosts, receipts }: PageReports,
  escalation: Pick<Escalation, 'accepts' | 'declines'>,
): PageView {
  const host = row.joined_page_id === null ? null : (hosts.get(row.joined_page_id) ?? null);
  const hostSentMs = host === null || host.sent_wall_ms === null ? null : Math.max(host.sent_wall_ms, row.queued_wall_ms);
  const state = (row.state === 'queued' && host !== null ? host.state : row.state) as PageView['state'];
  const sentAtMs = row.sent_wall_ms ?? hostSentMs;
  const known = [
    { stage: 'queued', atMs: row.queued_wall_ms },
    ...(sentAtMs === null ? [] : [{ stage: 'sent', atMs: sentAtMs }]),
    ...(receipts.get(row.page_id) ?? []),
    ...(row.kind === 'alarm' ? answersOf(row.staff_id, escalation) : []),
  ] as PageReceipt[];
  return {
    pageId: row.page_id,
    kind: row.kind,
    staffId: row.staff_id as StaffId,
    staffName: names.get(row.staff_id) ?? row.staff_id,
    channel: row.channel,
    step: row.step,
    reason: row.reason,
    state,
    queuedAtMs: row.queued_wall_ms as PageView['queuedAtMs'],
    ...(row.not_before_wall_ms === null ? {} : { notBeforeMs: row.not_before_wall_ms as PageView['queuedAtMs'] }),
    sentAtMs: sentAtMs as PageView['sentAtMs'],
    receipts: firstOfEachStage(known),
    joined: host === null ? null : { pageId: host.page_id, alarmId: host.alarm_id as AlarmId },
  };
}

/** What the person has said to the alarm, by whatever page or screen. */
function answersOf(
  staffId: string,
  { accepts, declines }: Pick<Escalation, 'accepts' | 'declines'>,
): { stage: PageStage; atMs: number }[] {
  const accepted = accepts.find((each) => each.by === staffId);
  const declined = declines.find((each) => each.by === staffId);
  return [
    ...(accepted === undefined ? [] : [{ stage: 'accepted' as const, atMs: accepted.atMs }]),
    ...(declined === undefined ? [] : [{ stage: 'declined' as const, atMs: declined.atMs }]),
  ];
}

/** In the order of the ladder. What a provider says of a stage that is known already is left out. */
function firstOfEachStage(known: readonly PageReceipt[]): PageReceipt[] {
  return PageStage.options.flatMap((stage) => known.find((each) => each.stage === stage) ?? []);
}
