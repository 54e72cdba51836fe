import { PageStage } from '@vigil/contracts';
import { alarmChanged } from './live-events.js';
import type { SqlContext } from './context.js';
import type { Db, Tx } from './sql.js';

/**
 * Keeps when a stage was first reported of a message, for each page that it carried. Shown, and read by nothing that decides whom to
 * tell (D12). What is told twice, or out of order, changes nothing of what is there. @returns false where nothing was new
 */
export async function recordReceipt(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  pageId: string,
  { stage, wallMs }: { readonly stage: PageStage; readonly wallMs: number },
): Promise<boolean> {
  const alarmIds = new Set<string>();
  for (const page of await carriedWith(tx.db, pageId)) {
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('page_receipt')
      .values({ page_id: page.page_id, stage, at_wall_ms: wallMs })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) > 0n) alarmIds.add(page.alarm_id);
  }
  for (const alarmId of alarmIds) {
    const changes = await alarmChanged(tx, alarmId);
    tx.afterCommit(() => context.notices.alarms.publish(changes));
  }
  return alarmIds.size > 0;
}

/** The page, those that left in its message, and those that had joined one of them. */
async function carriedWith(db: Db, pageId: string): Promise<readonly { page_id: string; alarm_id: string }[]> {
  const page = await db
    .selectFrom('page')
    .select(['page_id', 'alarm_id', 'group_id'])
    .where('page_id', '=', pageId)
    .executeTakeFirst();
  if (page === undefined) return [];
  const { group_id: groupId } = page;
  const together =
    groupId === null
      ? [page]
      : await db.selectFrom('page').select(['page_id', 'alarm_id']).where('group_id', '=', groupId).execute();
  const ids = together.map((each) => each.page_id);
  const joined = await db.selectFrom('page').select(['page_id', 'alarm_id']).where('joined_page_id', 'in', ids).execute();
  return [...together, ...joined];
}

/** What was reported of these pages, in the order of the ladder. */
export async function receiptsOf(
  db: Db,
  pageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly { readonly stage: PageStage; readonly atMs: number }[]>> {
  const found = new Map<string, { stage: PageStage; atMs: number }[]>();
  if (pageIds.length === 0) return found;
  const rows = await db
    .selectFrom('page_receipt')
    .selectAll()
    .where('page_id', 'in', [...pageIds])
    .execute();
  rows.sort((a, b) => PageStage.options.indexOf(a.stage) - PageStage.options.indexOf(b.stage));
  for (const { page_id: pageId, stage, at_wall_ms: atMs } of rows) {
    found.set(pageId, [...(found.get(pageId) ?? []), { stage, atMs }]);
  }
  return found;
}
