import { AlarmTransition } from '@vigil/contracts';
import type { PageFailure } from '../../ports/escalations.js';
import { auditEscalation } from './alarm-audit.js';
import type { SqlContext } from './context.js';
import { loadEscalation, replaceEscalation } from './escalation-row.js';
import { alarmChanged } from './live-events.js';
import { releaseJoined } from './page-call-off.js';
import { EMPTIED } from './page-row.js';
import type { PageRow } from './schema.js';
import { queueStandDowns } from './stand-downs.js';
import { FIRST, type Tx } from './sql.js';
import { tellUndelivered } from './undelivered.js';

const REASON_CHARS_MAX = 200;

/** The provider took the message. True also where somebody accepted meanwhile: what happened is what is shown. */
export async function pageSent(context: SqlContext, pageIds: readonly string[], wallMs: number, receipt: string): Promise<void> {
  await context.sql.transaction(async (tx) => {
    const sent = { ...EMPTIED, state: 'sent', sent_wall_ms: wallMs, outcome: receipt.slice(0, REASON_CHARS_MAX) } as const;
    await tx.db
      .updateTable('page')
      .set(sent)
      .where('page_id', 'in', [...pageIds])
      .execute();
    for (const page of await pagesOf(tx, pageIds)) {
      if (page.kind === 'alarm') {
        await tellUndelivered(tx, context, page.alarm_id, false);
        await standDownLate(tx, context, page.alarm_id, wallMs);
      }
      await tell(tx, context, page.alarm_id);
    }
  }, FIRST);
}

/** It left while somebody was accepting, or as it ended or was put away: whoever reads it need not come. */
async function standDownLate(tx: Tx, context: SqlContext, alarmId: string, wallMs: number): Promise<void> {
  const escalation = await tx.db
    .selectFrom('escalation')
    .select(['state', 'ended_why'])
    .where('alarm_id', '=', alarmId)
    .executeTakeFirst();
  if (escalation?.state === 'accepted') return queueStandDowns(tx, context, { alarmId, why: 'accepted', wallMs });
  if (escalation?.state !== 'ended') return;
  if (await isOver(tx, alarmId)) await queueStandDowns(tx, context, { alarmId, why: 'over', wallMs });
  else if (escalation.ended_why === 'shelved') await queueStandDowns(tx, context, { alarmId, why: 'shelved', wallMs });
}

/** An escalation that ran out has ended too, while its alarm goes on. */
async function isOver(tx: Tx, alarmId: string): Promise<boolean> {
  const alarm = await tx.db.selectFrom('alarm').select('active').where('alarm_id', '=', alarmId).executeTakeFirst();
  return alarm?.active === 0;
}

/** Frees the pages for another attempt, or gives them up, which is shown. A page that was called off stays so. */
export async function pageFailed(
  context: SqlContext,
  pageIds: readonly string[],
  wallMs: number,
  failure: PageFailure,
): Promise<void> {
  await context.sql.transaction(async (tx) => {
    const outcome = failure.reason.slice(0, REASON_CHARS_MAX);
    const { retryAtMs } = failure;
    const change =
      retryAtMs === null
        ? ({ ...EMPTIED, state: 'failed', outcome } as const)
        : { outcome, next_attempt_wall_ms: Math.max(retryAtMs, wallMs), claimed_wall_ms: null };
    for (const page of await pagesOf(tx, pageIds)) {
      if (page.state !== 'queued') continue;
      const counted = { ...change, failures: page.failures + 1 };
      const own = failure.apart === true ? { ...counted, group_id: null } : counted;
      await tx.db.updateTable('page').set(own).where('page_id', '=', page.page_id).execute();
      if (retryAtMs === null) await givenUp(tx, context, page, wallMs);
    }
  }, FIRST);
}

async function givenUp(tx: Tx, context: SqlContext, page: PageRow, wallMs: number): Promise<void> {
  await releaseJoined(tx, [page.page_id]);
  if (page.kind === 'alarm' && (await hasStepFailed(tx, page))) await hurryOn(tx, context, page.alarm_id, wallMs);
  await tell(tx, context, page.alarm_id);
}

/** No page of the step that was told last, of which this is one, has left, or can still leave. */
async function hasStepFailed(tx: Tx, { alarm_id: alarmId, escalation_rev: rev }: PageRow): Promise<boolean> {
  const pages = await tx.db
    .selectFrom('page')
    .select(['state', 'escalation_rev'])
    .where('alarm_id', '=', alarmId)
    .where('kind', '=', 'alarm')
    .execute();
  const last = Math.max(...pages.map((page) => page.escalation_rev));
  // What is given up of an earlier step hurries nothing on: the last one has its own pages, or has had them.
  if (rev !== last) return false;
  const states = pages.filter((page) => page.escalation_rev === last).map((page) => page.state);
  return states.includes('failed') && !states.includes('queued') && !states.includes('sent');
}

/**
 * The next step is due at once. That a provider refused is no receipt and says nothing about a person: the page never was (ADR 0066).
 * It is an alarm of the care unit until a page of this alarm leaves, or nobody is needed any more.
 */
async function hurryOn(tx: Tx, context: SqlContext, alarmId: string, wallMs: number): Promise<void> {
  const escalation = await loadEscalation(tx.db, alarmId, context.clock);
  if (escalation?.state !== 'running' || escalation.nextAtMs === null || escalation.nextAtMs <= wallMs) return;
  // Under the same revision: a person's answer that is on its way is as good as before.
  await replaceEscalation(tx, context.clock, { ...escalation, nextAtMs: wallMs }, escalation.rev);
  await tellUndelivered(tx, context, alarmId, true);
  const row = await tx.db.selectFrom('alarm').select('content_json').where('alarm_id', '=', alarmId).executeTakeFirstOrThrow();
  const detail = 'no page of the step could be sent; the next one is due at once';
  const news = { action: 'page.undelivered', outcome: 'failed', detail } as const;
  await auditEscalation(tx, context, AlarmTransition.parse(JSON.parse(row.content_json)), news, wallMs);
}

/** It need not leave any more. */
export async function cancelPage(context: SqlContext, pageId: string): Promise<void> {
  const cancelled = { ...EMPTIED, state: 'cancelled' } as const;
  await context.sql.query((db) =>
    db.updateTable('page').set(cancelled).where('page_id', '=', pageId).where('state', '=', 'queued').execute(),
  );
}

function pagesOf(tx: Tx, pageIds: readonly string[]): Promise<PageRow[]> {
  return tx.db
    .selectFrom('page')
    .selectAll()
    .where('page_id', 'in', [...pageIds])
    .execute();
}

async function tell(tx: Tx, context: SqlContext, alarmId: string): Promise<void> {
  const changes = await alarmChanged(tx, alarmId);
  tx.afterCommit(() => context.notices.alarms.publish(changes));
}
