import type { AlarmId, PageStage, Priority, StaffId } from '@vigil/contracts';
import { type EscalationStep, isCanary, PlatformError, targetKey } from '@vigil/domain';
import {
  type ChannelRooms,
  type ContactMethod,
  type DueEscalation,
  Escalations,
  type Linked,
  type LinkedPage,
  type NewPage,
  type PageFailure,
  type PageLink,
  type QueuedPage,
} from '../../ports/escalations.js';
import { alarmKey, touchAlarm } from './alarm-commands.js';
import { auditEscalation } from './alarm-audit.js';
import { contactsOf } from './contacts-of.js';
import type { SqlContext } from './context.js';
import { escalationChanged } from './escalation-changed.js';
import { replaceEscalation } from './escalation-row.js';
import { alarmChanged } from './live-events.js';
import { onDutyFor } from './on-duty.js';
import { relay } from './outbox.js';
import { followedOf, placeOf } from './pinned-route.js';
import { claimPages } from './page-claims.js';
import { joinBurst } from './page-joins.js';
import { linkedPages } from './page-links.js';
import { pageFailed, pageSent } from './page-outcomes.js';
import { recordReceipt } from './page-receipts.js';
import { recordTestReceipt } from './sql-test-pages.js';
import { pageRow, queuePage } from './page-row.js';
import { SEALED } from './sealed-columns.js';
import { moveTimers, movedMs, type TimerFrame, timerFrame } from './timer-frame.js';
import { FIRST, type Tx } from './sql.js';

/** Escalations and pages in SQL. */
export class SqlEscalations extends Escalations {
  /** The wall clock by which timers were last looked at. */
  private frame: TimerFrame | null = null;

  constructor(private readonly context: SqlContext) {
    super();
  }

  /** Before it looks, timers move along with a wall clock that somebody has set. */
  async due(wallMs: number, limit: number): Promise<readonly DueEscalation[]> {
    await this.followClock();
    return this.context.sql.query(async (db) => {
      const rows = await db
        .selectFrom('escalation as e')
        .innerJoin('alarm as a', 'a.alarm_id', 'e.alarm_id')
        .selectAll('e')
        .select(['a.content_json', 'a.bed_id'])
        .where('e.state', 'in', ['running', 'accepted'])
        .where('e.next_wall_ms', '<=', wallMs)
        .orderBy('a.priority_rank', 'desc')
        .orderBy('e.next_wall_ms')
        .orderBy('e.alarm_id')
        .limit(limit)
        .execute();
      const followed = await followedOf(db, this.context, rows);
      const places = rows.map((row) => placeOf(row, followed.get(row.alarm_id)!));
      const onDuty = await onDutyFor(db, places, wallMs);
      return rows.map((row) => ({
        ...followed.get(row.alarm_id)!,
        onDuty: (onDuty.get(row.alarm_id) ?? []).map(({ staffId, target, forBed }) => ({ staffId, target, forBed })),
      }));
    });
  }

  contacts(staffId: StaffId, priority?: Priority): Promise<readonly ContactMethod[]> {
    return contactsOf(this.context, staffId, priority);
  }

  async advance(
    due: DueEscalation,
    step: EscalationStep,
    pages: readonly NewPage[],
    nowMs: number,
    wallMs: number,
  ): Promise<boolean> {
    const { alarmId } = due.alarm;
    const rows = await this.context.fields.sealRows(
      SEALED.page,
      pages.map((page) => pageRow(due, page, wallMs)),
    );
    await this.followClock();
    return this.context.sql.transaction(async (tx) => {
      if (!(await replaceEscalation(tx, this.context.clock, step.escalation, due.escalation.rev))) return false;
      await escalationChanged(tx, this.context, due.alarm, due.escalation, step.escalation, wallMs);
      for (const [i, row] of rows.entries()) {
        await queuePage(tx, this.context, due.alarm, await joinBurst(tx, due.alarm, row, pages[i]!.burstMs ?? 0));
      }
      for (const skipped of step.skipped) await this.auditSkipped(tx, due, skipped, wallMs);
      await touchAlarm(tx, alarmId, Math.round(nowMs));
      if (step.exhausted) await this.reportExhausted(tx, due, step, Math.round(nowMs), wallMs);
      const changes = await alarmChanged(tx, alarmId);
      tx.afterCommit(() => this.context.notices.alarms.publish(changes));
      return true;
    }, FIRST);
  }

  async releaseDead(): Promise<void> {
    await this.context.sql.transaction(async ({ db }) => {
      await db.updateTable('page').set({ claimed_wall_ms: null }).where('state', '=', 'queued').execute();
    });
  }

  async claimPages(
    wallMs: number,
    leaseMs: number,
    rooms: ChannelRooms,
    gone: readonly string[] = [],
  ): Promise<readonly QueuedPage[]> {
    await this.followClock();
    return claimPages(this.context, wallMs, leaseMs, rooms, gone);
  }

  pageSent(pageIds: readonly string[], wallMs: number, receipt: string): Promise<void> {
    return pageSent(this.context, pageIds, wallMs, receipt);
  }

  async pageFailed(pageIds: readonly string[], wallMs: number, failure: PageFailure): Promise<void> {
    await this.followClock();
    return pageFailed(this.context, pageIds, wallMs, failure);
  }

  receipt(pageId: string, stage: PageStage, wallMs: number): Promise<boolean> {
    return this.context.sql.transaction(async (tx) => {
      const isOfTest = await recordTestReceipt(tx, pageId, { stage, wallMs });
      return isOfTest || recordReceipt(tx, this.context, pageId, { stage, wallMs });
    });
  }

  async linkByTokenHash(tokenHash: string): Promise<PageLink | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('page as p')
        .innerJoin('staff as s', 's.staff_id', 'p.staff_id')
        .select(['p.page_id', 'p.alarm_id', 'p.staff_id', 's.name', 'p.expires_wall_ms', 'p.used', 'p.test'])
        .where('p.token_hash', '=', tokenHash)
        .executeTakeFirst(),
    );
    if (row === undefined) return null;
    return {
      pageId: row.page_id,
      alarmId: row.alarm_id as AlarmId,
      staffId: row.staff_id as StaffId,
      staffName: row.name,
      expiresAtMs: row.expires_wall_ms,
      used: row.used === 1,
      test: row.test === 1,
    };
  }

  linkedPages(link: Linked, wallMs: number): Promise<readonly LinkedPage[]> {
    return this.context.sql.query((db) => linkedPages(db, link, wallMs));
  }

  /** @throws PlatformError('link-expired') when the link was used before: of two at once, one wins */
  async useLink(pageId: string): Promise<void> {
    const { numUpdatedRows } = await this.context.sql.query((db) =>
      db.updateTable('page').set({ used: 1 }).where('page_id', '=', pageId).where('used', '=', 0).executeTakeFirst(),
    );
    if (numUpdatedRows !== 1n) throw new PlatformError('link-expired', { ids: [`page:${pageId}`] });
  }

  /** Also before pages are written: all that wait move along together, and what was written since the clock was set must not. */
  private async followClock(): Promise<void> {
    const frame = timerFrame(this.context.clock);
    const known = this.frame === null ? null : { boot_id: this.frame.bootId, steady_offset_ms: this.frame.offsetMs };
    if (known !== null && known.boot_id === frame.bootId && movedMs(known, frame) === 0) return;
    await moveTimers(this.context, frame);
    this.frame = frame;
  }

  /** A step that told nobody is reported with its reason: nobody on duty, or nobody whom a page can reach. */
  private async auditSkipped(tx: Tx, due: DueEscalation, step: number, wallMs: number): Promise<void> {
    const why = whySkipped(due, step);
    const detail = `step ${step + 1} told nobody: ${why}`;
    await auditEscalation(tx, this.context, due.alarm, { action: 'escalation.skip', outcome: 'failed', detail }, wallMs);
  }

  private async reportExhausted(tx: Tx, due: DueEscalation, step: EscalationStep, nowMs: number, wallMs: number): Promise<void> {
    const { alarm } = due;
    const detail = 'the policy has ended and nobody has accepted';
    await auditEscalation(tx, this.context, alarm, { action: 'escalation.exhausted', outcome: 'failed', detail }, wallMs);
    // Of the alarm that says so it makes no further one: the engine learns that nobody is told by it any more.
    if (isCanary(alarm)) return;
    await relay(tx, this.context.notices, {
      kind: 'escalationExhausted',
      id: `exhausted/${alarm.alarmId}/${step.escalation.rev}`,
      key: alarmKey({ bed_id: alarm.bedId, gateway_id: alarm.gatewayId, care_unit_id: alarm.careUnitId ?? null }),
      origin: this.context.origin,
      atMs: nowMs,
      alarmId: alarm.alarmId,
      priority: alarm.priority,
    });
  }
}

/** Nobody was found, all who were have declined or are going already, or nothing reaches them. */
function whySkipped({ onDuty, route, escalation }: DueEscalation, step: number): string {
  const targets = (route.steps[step]?.tell ?? []).map(targetKey);
  const people = [...new Set(onDuty.filter((each) => targets.includes(each.target)).map((each) => each.staffId))];
  if (people.length === 0) return 'nobody on duty';
  const answered = new Set([...escalation.declines, ...escalation.accepts].map((each) => each.by));
  const silent = people.filter((each) => !answered.has(each));
  if (silent.length === 0) return `answered before: ${people.map((each) => `staff:${each}`).join(' ')}`;
  return `no usable contact for ${silent.map((each) => `staff:${each}`).join(' ')}`;
}
