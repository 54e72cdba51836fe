import { EMPTIED } from './page-row.js';
import type { Tx } from './sql.js';

/**
 * Nobody else needs to be told; with `staffId`, this person by no further channel. Pages that were not sent yet stay at home, and
 * their texts (with tokens) go. What had joined one of them, sent or not, is told by itself now: its alarm goes on.
 */
export async function callOffPages(tx: Tx, alarmId: string, staffId: string | null = null): Promise<void> {
  await tx.db
    .updateTable('page')
    .set({ ...EMPTIED, state: 'cancelled' })
    .where('alarm_id', '=', alarmId)
    .where('state', '=', 'queued')
    .where('kind', '<>', 'standDown')
    .$if(staffId !== null, (query) => query.where('staff_id', '=', staffId!))
    .execute();
  const hosts = await tx.db
    .selectFrom('page as joined')
    .innerJoin('page as host', 'host.page_id', 'joined.joined_page_id')
    .select('host.page_id')
    .distinct()
    .where('host.alarm_id', '=', alarmId)
    .where('joined.state', '=', 'queued')
    .$if(staffId !== null, (query) => query.where('host.staff_id', '=', staffId!))
    .execute();
  await releaseJoined(
    tx,
    hosts.map((row) => row.page_id),
  );
}

/** What had joined one of these pages becomes a message of its own, due when it was. */
export async function releaseJoined(tx: Tx, pageIds: readonly string[]): Promise<void> {
  if (pageIds.length === 0) return;
  await tx.db
    .updateTable('page')
    .set({ joined_page_id: null })
    .where('joined_page_id', 'in', pageIds)
    .where('state', '=', 'queued')
    .execute();
}
