import { PRIORITY_RANK } from '@vigil/domain';
import type { DueEscalation, NewPage } from '../../ports/escalations.js';
import { auditEscalation } from './alarm-audit.js';
import type { SqlContext } from './context.js';
import type { PageRow } from './schema.js';
import type { Tx } from './sql.js';

/** The text of a page holds the token of its link: it is kept no longer than the page waits. */
export const EMPTIED = { address: '', subject: '', body: '', place: '', claimed_wall_ms: null } as const;

/** A page as it waits to be sent; its text still in clear. */
export function pageRow(due: DueEscalation, page: NewPage, wallMs: number): PageRow {
  const notBeforeMs = page.notBeforeMs ?? wallMs;
  return {
    page_id: page.pageId,
    alarm_id: due.alarm.alarmId,
    staff_id: page.staffId,
    channel: page.channel,
    step: page.step,
    reason: page.reason,
    address: page.address,
    subject: page.subject,
    body: page.text,
    place: page.place ?? '',
    token_hash: page.tokenHash,
    expires_wall_ms: page.expiresAtMs,
    used: 0,
    test: page.test ? 1 : 0,
    state: 'queued',
    priority_rank: PRIORITY_RANK[due.alarm.priority],
    queued_wall_ms: wallMs,
    sent_wall_ms: null,
    outcome: null,
    attempts: 0,
    failures: 0,
    next_attempt_wall_ms: Math.max(notBeforeMs, wallMs),
    claimed_wall_ms: null,
    claimed_by: null,
    claimed_attempt: null,
    kind: page.kind ?? 'alarm',
    escalation_rev: due.escalation.rev,
    not_before_wall_ms: notBeforeMs > wallMs ? notBeforeMs : null,
    contact_id: page.contactId ?? null,
    group_id: null,
    joined_page_id: null,
  };
}

/** Queues a page whose text is sealed, with its audit row. */
export async function queuePage(
  tx: Tx,
  context: Pick<SqlContext, 'keepAudit'>,
  alarm: DueEscalation['alarm'],
  row: PageRow,
): Promise<void> {
  await tx.db.insertInto('page').values(row).execute();
  const detail = `page:${row.page_id} to staff:${row.staff_id} by ${row.channel}; ${row.reason}`;
  await auditEscalation(tx, context, alarm, { action: 'page.queue', outcome: 'allowed', detail }, row.queued_wall_ms);
}
