import type {
  AskSwap,
  CareUnitId,
  ChangeSchedule,
  HandoverNote,
  NewOverride,
  OverrideView,
  Schedule,
  ScheduleChange,
  ScheduleContent,
  ScheduleId,
  StaffId,
  Swap,
} from '@vigil/contracts';
import { type OnCallPlan, PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { NOTES_KEPT_MS, OnCall, type WallSpan } from '../../ports/on-call.js';
import type { Reachability } from '../../ports/contacts.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import { reachable } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { forgetFuture } from './on-call-clock.js';
import { addNote, forgetNotes, newestNotes, noteOf, noteRows } from './on-call-notes.js';
import { addOverride, endOverride, overrideOf, overrideRows } from './on-call-overrides.js';
import { contentOf, plansOf } from './on-call-plan.js';
import {
  changeOfVersion,
  changeSchedule,
  createSchedule,
  retireSchedule,
  scheduleOf,
  scheduleRows,
} from './on-call-schedules.js';
import { answerSwap, askSwap, swapOf, swapRow, swapRowsOf } from './on-call-swaps.js';
import type { OnCallOverrideRow, OnCallVersionRow } from './schema-on-call.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'policy' | 'clock' | 'origin'>;
type Target = { readonly scheduleId: ScheduleId; readonly ifRev: number };

const CHANGES_SHOWN_MAX = 100;

/** Who is on call by which schedule, in SQL. */
export class SqlOnCall extends OnCall {
  constructor(private readonly context: Context) {
    super();
  }

  async schedules({ careUnitId }: { readonly careUnitId?: CareUnitId | undefined }): Promise<readonly Schedule[]> {
    const rows = await this.context.sql.query((db) => {
      const all = scheduleRows(db).where('s.retired_wall_ms', 'is', null).orderBy('s.schedule_id');
      return (careUnitId === undefined ? all : all.where('s.care_unit_id', '=', careUnitId)).execute();
    });
    return rows.flatMap((row) => scheduleOf(row) ?? []);
  }

  async schedule(scheduleId: ScheduleId): Promise<Schedule | null> {
    const row = await this.context.sql.query((db) => scheduleRows(db).where('s.schedule_id', '=', scheduleId).executeTakeFirst());
    return row === undefined ? null : scheduleOf(row);
  }

  async changes(scheduleId: ScheduleId): Promise<readonly ScheduleChange[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('on_call_version')
        .selectAll()
        .where('schedule_id', '=', scheduleId)
        .orderBy('rev', 'desc')
        .limit(CHANGES_SHOWN_MAX)
        .execute(),
    );
    const opened = await this.context.fields.openRows(SEALED.onCallVersion, rows);
    return rows.flatMap((row, i) => {
      const content = contentOf(row.content_json);
      return content === null ? [] : [changeOfVersion(row, content, opened[i]!.row?.reason || null)];
    });
  }

  plans(scheduleIds: readonly ScheduleId[], span: WallSpan): Promise<ReadonlyMap<ScheduleId, OnCallPlan>> {
    return this.context.sql.query((db) => plansOf(db, scheduleIds, span)) as Promise<ReadonlyMap<ScheduleId, OnCallPlan>>;
  }

  async create(
    asked: { readonly scheduleId: ScheduleId; readonly content: ScheduleContent; readonly reason?: string | undefined },
    change: Change,
  ): Promise<Outcome<Schedule>> {
    const { scheduleId, content } = asked;
    const reason = await this.sealedReason({ schedule_id: scheduleId, rev: 1 }, asked.reason);
    const command = { action: 'on-call.create', subject: `schedule:${scheduleId}`, content: { content } };
    const repeated = await this.once(command, change, (tx) =>
      createSchedule(tx, this.context, { scheduleId, content, reason }, change),
    );
    return { value: await this.found(scheduleId), repeated };
  }

  async change(target: Target, asked: ChangeSchedule, change: Change): Promise<Outcome<Schedule>> {
    const { scheduleId, ifRev } = target;
    const reason = await this.sealedReason({ schedule_id: scheduleId, rev: ifRev + 1 }, asked.reason);
    const command = { action: 'on-call.change', subject: `schedule:${scheduleId}`, content: { content: asked.content } };
    const repeated = await this.once(command, change, (tx) =>
      changeSchedule(tx, this.context, { ...target, content: asked.content, reason }, change),
    );
    return { value: await this.found(scheduleId), repeated };
  }

  async retire(target: Target, change: Change): Promise<Outcome<Schedule>> {
    const command = { action: 'on-call.retire', subject: `schedule:${target.scheduleId}`, content: {} };
    const repeated = await this.once(command, change, (tx) => retireSchedule(tx, this.context, target, change));
    return { value: await this.found(target.scheduleId), repeated };
  }

  reachable(staffIds: readonly StaffId[], wallMs: number): Promise<ReadonlyMap<StaffId, Reachability>> {
    const { sql, origin } = this.context;
    return sql.query((db) => reachable(db, staffIds, origin, wallMs)) as Promise<ReadonlyMap<StaffId, Reachability>>;
  }

  async overrides(scheduleId: ScheduleId, span: WallSpan): Promise<readonly OverrideView[]> {
    return this.opened(await this.context.sql.query((db) => overrideRows(db, scheduleId, span)));
  }

  async override(overrideId: string): Promise<OverrideView | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('on_call_override').selectAll().where('override_id', '=', overrideId).executeTakeFirst(),
    );
    return row === undefined ? null : (await this.opened([row]))[0]!;
  }

  async addOverride(scheduleId: ScheduleId, asked: NewOverride, change: Change): Promise<Outcome<OverrideView>> {
    const { reason: why, ...rest } = asked;
    const overrideId = change.commandId;
    const reason = await this.sealedOverride(overrideId, why);
    const command = { action: 'on-call.override', subject: `schedule:${scheduleId}`, content: rest };
    const repeated = await this.once(command, change, async (tx) => {
      await addOverride(tx, this.context, { ...rest, overrideId, scheduleId, reason, swapId: null }, change);
      await appendAudit(tx, change.audit, change.wallMs);
    });
    return { value: await this.foundOverride(overrideId), repeated };
  }

  async endOverride(overrideId: string, change: Change): Promise<Outcome<OverrideView>> {
    const command = { action: 'on-call.override.end', subject: `override:${overrideId}`, content: {} };
    let isChanged = false;
    const repeated = await this.once(command, change, async (tx) => {
      isChanged = await endOverride(tx, this.context, overrideId, change);
    });
    return { value: await this.foundOverride(overrideId), repeated: repeated || !isChanged };
  }

  async swaps(staffId: StaffId): Promise<readonly Swap[]> {
    const rows = await this.context.sql.query((db) => swapRowsOf(db, staffId));
    return rows.map((row) => swapOf(row, this.context.clock.wallMs()));
  }

  async swap(swapId: string): Promise<Swap | null> {
    const row = await this.context.sql.query((db) => swapRow(db, swapId));
    return row === undefined ? null : swapOf(row, this.context.clock.wallMs());
  }

  async askSwap(asked: AskSwap, change: Change): Promise<Outcome<Swap>> {
    const swapId = change.commandId;
    const command = { action: 'on-call.swap', subject: `staff:${asked.to}`, content: asked };
    const repeated = await this.once(command, change, (tx) => askSwap(tx, swapId, asked, change));
    return { value: await this.foundSwap(swapId), repeated };
  }

  async answerSwap(
    target: { readonly swapId: string; readonly ifRev: number },
    answer: 'agree' | 'decline' | 'withdraw',
    change: Change,
  ): Promise<Outcome<Swap>> {
    const command = { action: `on-call.swap.${answer}`, subject: `swap:${target.swapId}`, content: {} };
    const repeated = await this.once(command, change, (tx) => answerSwap(tx, this.context, target, answer, change));
    return { value: await this.foundSwap(target.swapId), repeated };
  }

  async notes(scheduleId: ScheduleId): Promise<readonly HandoverNote[]> {
    const { sql, fields, clock } = this.context;
    const rows = await sql.query((db) => noteRows(db, scheduleId, clock.wallMs() - NOTES_KEPT_MS));
    const opened = await fields.openRows(SEALED.onCallNote, rows);
    return rows.map((row, i) => noteOf(row, opened[i]!.row?.text ?? null));
  }

  newestNotes(scheduleIds: readonly ScheduleId[], sinceMs: number): Promise<ReadonlyMap<ScheduleId, number>> {
    return this.context.sql.query((db) => newestNotes(db, scheduleIds, sinceMs));
  }

  async addNote(scheduleId: ScheduleId, text: string, change: Change): Promise<Outcome<HandoverNote>> {
    const noteId = change.commandId;
    const about = { note_id: noteId, schedule_id: scheduleId, set_by: change.by!, set_wall_ms: Math.floor(change.wallMs) };
    const row = await this.context.fields.sealRow(SEALED.onCallNote, { ...about, text });
    const command = { action: 'on-call.note', subject: `schedule:${scheduleId}`, content: {} };
    const repeated = await this.once(command, change, (tx) => addNote(tx, row, change));
    const note = (await this.notes(scheduleId)).find((each) => each.noteId === noteId);
    return { value: note ?? noteOf(row, text), repeated };
  }

  private once(
    command: { readonly action: string; readonly subject: string; readonly content: unknown },
    change: Change,
    work: (tx: Tx) => Promise<void>,
  ): Promise<boolean> {
    const { commandId, wallMs } = change;
    return this.context.sql.transaction(async (tx) => {
      if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return true;
      await forgetFuture(tx, wallMs);
      await work(tx);
      await forgetNotes(tx, wallMs);
      return false;
    });
  }

  private sealedReason(key: Pick<OnCallVersionRow, 'schedule_id' | 'rev'>, reason: string | undefined): Promise<string> {
    if (reason === undefined) return Promise.resolve('');
    const row = { ...key, content_json: '', from_wall_ms: 0, to_wall_ms: null, set_by: null, reason };
    return this.context.fields.sealRow(SEALED.onCallVersion, row).then((sealed) => sealed.reason, withoutKey);
  }

  private sealedOverride(overrideId: string, reason: string | undefined): Promise<string> {
    if (reason === undefined) return Promise.resolve('');
    const row = { ...EMPTY_OVERRIDE, override_id: overrideId, reason };
    return this.context.fields.sealRow(SEALED.onCallOverride, row).then((sealed) => sealed.reason, withoutKey);
  }

  private async opened(rows: readonly OnCallOverrideRow[]): Promise<readonly OverrideView[]> {
    const opened = await this.context.fields.openRows(SEALED.onCallOverride, rows);
    return rows.map((row, i) => overrideOf(row, opened[i]!.row?.reason ?? null));
  }

  private async found(scheduleId: ScheduleId): Promise<Schedule> {
    const schedule = await this.schedule(scheduleId);
    if (schedule === null) throw new PlatformError('not-found', { ids: [`schedule:${scheduleId}`] });
    return schedule;
  }

  private async foundOverride(overrideId: string): Promise<OverrideView> {
    const override = await this.override(overrideId);
    if (override === null) throw new PlatformError('not-found');
    return override;
  }

  private async foundSwap(swapId: string): Promise<Swap> {
    const swap = await this.swap(swapId);
    if (swap === null) throw new PlatformError('not-found');
    return swap;
  }
}

const EMPTY_OVERRIDE: Omit<OnCallOverrideRow, 'override_id' | 'reason'> = {
  ...{ schedule_id: '', seq: 0, kind: 'add', staff_id: null, instead: null, from_wall_ms: 0, to_wall_ms: 0, swap_id: null },
  ...{ set_by: '', set_wall_ms: 0, voided_by: null, voided_wall_ms: null },
};

/** Who is on call waits for no key: without one, it is changed without its reason. */
function withoutKey(error: unknown): string {
  if (error instanceof PlatformError && error.code === 'keys-unavailable') return '';
  throw error;
}
