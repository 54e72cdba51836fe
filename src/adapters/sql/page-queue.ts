import type { AlarmId, StaffId } from '@vigil/contracts';
import type { Unreadable } from '../../ports/directory.js';
import type { QueuedPage } from '../../ports/escalations.js';
import { alarmChanged } from './live-events.js';
import type { SqlContext } from './context.js';
import type { PageRow } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

const REASON_CHARS_MAX = 200;
const KEY_RETRY_MS = 2_000;
/** The text of a page holds the token of its link: it is kept no longer than the page waits. */
const EMPTIED = { address: '', subject: '', body: '', claimed_wall_ms: null } as const;

/**
 * Takes pages to send, highest priority first; `attempts` counts this claim, so that a page which ends the process
 * does not do so for ever. A claim that is older than the lease is taken over: its process died.
 */
export async function claimPages(
  context: SqlContext,
  wallMs: number,
  leaseMs: number,
  limit: number,
): Promise<readonly QueuedPage[]> {
  const claimed = await context.sql.transaction(async (tx) => {
    const rows = await tx.db
      .selectFrom('page as p')
      .innerJoin('staff as s', 's.staff_id', 'p.staff_id')
      .selectAll('p')
      .select('s.name')
      .where('p.state', '=', 'queued')
      .where('p.next_attempt_wall_ms', '<=', wallMs)
      .where((eb) => eb.or([eb('p.claimed_wall_ms', 'is', null), eb('p.claimed_wall_ms', '<=', wallMs - leaseMs)]))
      .orderBy('p.priority_rank', 'desc')
      .orderBy('p.queued_wall_ms')
      .orderBy('p.page_id')
      .limit(limit)
      .execute();
    for (const row of rows) {
      await tx.db
        .updateTable('page')
        .set({ claimed_wall_ms: wallMs, attempts: row.attempts + 1 })
        .where('page_id', '=', row.page_id)
        .execute();
    }
    return rows;
  });
  const opened = await context.fields.openRows(SEALED.page, claimed);
  for (const [i, { unreadable }] of opened.entries()) {
    if (unreadable !== null) await notReadable(context, claimed[i]!.page_id, unreadable, wallMs);
  }
  return opened.flatMap(({ row }) => (row === null ? [] : [queuedPage(row)]));
}

/** A page whose text can't be read is not sent. While its key is away it is tried again; the next person is told in time. */
function notReadable(context: SqlContext, pageId: string, unreadable: Unreadable, wallMs: number): Promise<void> {
  if (unreadable === 'away') return pageFailed(context, pageId, wallMs, 'the key of its text is away', wallMs + KEY_RETRY_MS);
  return pageFailed(context, pageId, wallMs, 'its text was tampered with', null);
}

function queuedPage(row: PageRow & { readonly name: string }): QueuedPage {
  return {
    pageId: row.page_id,
    alarmId: row.alarm_id as AlarmId,
    staffId: row.staff_id as StaffId,
    staffName: row.name,
    channel: row.channel,
    address: row.address,
    subject: row.subject,
    text: row.body,
    idempotencyKey: row.page_id,
    attempts: row.attempts + 1,
  };
}

/** The provider took the page. True also where somebody accepted meanwhile: what happened is what is shown. */
export async function pageSent(context: SqlContext, pageId: string, wallMs: number, receipt: string): Promise<void> {
  await context.sql.transaction(async (tx) => {
    const sent = { ...EMPTIED, state: 'sent', sent_wall_ms: wallMs, outcome: receipt.slice(0, REASON_CHARS_MAX) } as const;
    await tx.db.updateTable('page').set(sent).where('page_id', '=', pageId).execute();
    await tell(tx, context, pageId);
  });
}

/** Frees the page for another attempt, or gives it up, which is shown. A page that was called off stays so. */
export async function pageFailed(
  context: SqlContext,
  pageId: string,
  wallMs: number,
  reason: string,
  retryAtMs: number | null,
): Promise<void> {
  await context.sql.transaction(async (tx) => {
    const outcome = reason.slice(0, REASON_CHARS_MAX);
    const change =
      retryAtMs === null
        ? ({ ...EMPTIED, state: 'failed', outcome } as const)
        : { outcome, next_attempt_wall_ms: Math.max(retryAtMs, wallMs), claimed_wall_ms: null };
    const { numUpdatedRows } = await tx.db
      .updateTable('page')
      .set(change)
      .where('page_id', '=', pageId)
      .where('state', '=', 'queued')
      .executeTakeFirst();
    if (numUpdatedRows === 1n && retryAtMs === null) await tell(tx, context, pageId);
  });
}

async function tell(tx: Tx, context: SqlContext, pageId: string): Promise<void> {
  const page = await tx.db.selectFrom('page').select('alarm_id').where('page_id', '=', pageId).executeTakeFirst();
  if (page === undefined) return;
  const changes = await alarmChanged(tx, page.alarm_id);
  tx.afterCommit(() => context.notices.alarms.publish(changes));
}
