import { FeedMove, type QuarantineReason, type Task } from '@vigil/contracts';
import { canonical, type DecideFeed, type FeedDecision, PlatformError } from '@vigil/domain';
import { sql as raw } from 'kysely';
import type { Change } from '../../ports/change.js';
import { type FeedBacklog, FeedRecords, INBOUND_KEPT_MS, type Settlement, type Worked } from '../../ports/feed-records.js';
import type { InboundMessage } from '../../ports/inbound.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { backlogOf, forgetDone, nextMessages, quarantinedMessages } from './feed-backlog.js';
import { carryOut, prepare, type Prepared } from './feed-commands.js';
import { linkIdentifiers } from './feed-links.js';
import { type Found, look, type LookUp, lookUpOf, openedBefore, openPatients } from './feed-look-up.js';
import { personOf, reasonOf, taskIdOf, taskOfBytes, taskOfMove } from './feed-tasks.js';
import { settleMessage } from './inbound-rows.js';
import type { InboundMessageTable, TaskTable } from './schema-feeds.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';
import { sealedNote, sealedTask } from './sql-tasks.js';
import { openTask, openTaskRow, resolveTask, shownTask, taskById, taskRow } from './task-rows.js';

/** What was looked up may move under our hands; beyond this it is tried again later. */
const TRIES_MAX = 5;
/** Decisions by which a message says what is so by now. */
const SO_BY_NOW: readonly string[] = ['no-change', 'older-than-known'];

type Context = Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin' | 'clock' | 'feedAuthorities'>;

/** What is to be done with a message, ready before the transaction. */
interface Draft {
  readonly by: LookUp;
  readonly found: Found;
  readonly decision: FeedDecision;
  readonly prepared: Prepared | null;
  /** For the case that a person has to look. */
  readonly task: TaskTable | null;
}

interface Person {
  readonly target: { readonly taskId: string; readonly ifRev: number };
  readonly settlement: Settlement;
  readonly note: string | null;
}

/** The hospital's messages, worked off in SQL. Keys are used before the transaction; in it, everything is looked up again. */
export class SqlFeedRecords extends FeedRecords {
  constructor(private readonly context: Context) {
    super();
  }

  override next(limit: number): Promise<readonly string[]> {
    return this.context.sql.query((db) => nextMessages(db, limit));
  }

  override quarantined(limit: number, after: string | null): Promise<readonly string[]> {
    return this.context.sql.query((db) => quarantinedMessages(db, limit, after));
  }

  override backlog(source?: InboundMessage['source']): Promise<FeedBacklog> {
    return this.context.sql.snapshot(({ db }) => backlogOf(db, source ?? null));
  }

  override onReady(listener: () => void): () => void {
    return this.context.notices.inbound.add(listener);
  }

  override forget(wallMs: number): Promise<number> {
    return this.context.sql.transaction((tx) => forgetDone(tx, wallMs - INBOUND_KEPT_MS));
  }

  override async work(messageId: string, decide: DecideFeed, change: Change): Promise<Worked | null> {
    const message = await this.read(messageId);
    if (message === null || !['kept', 'quarantined'].includes(message.state)) return null;
    if (message.move_json === '') {
      return message.state === 'kept' ? this.setAside(message, change) : null;
    }
    const move = FeedMove.parse(JSON.parse(message.move_json));
    const facts = { seq: message.seq, move, confirmed: message.confirmed_patient_id };
    return this.untilItHolds(async () => {
      const draft = await this.draft(messageId, facts, decide, change);
      const decision = await this.context.sql.transaction(async (tx) => {
        if (!(await isStill(tx, message))) return null;
        await this.confirm(tx, draft, decide, change);
        return message.state === 'kept' ? this.execute(tx, messageId, draft, change) : supersede(tx, messageId, draft, change);
      });
      return decision === null ? null : { decision, kind: move.kind };
    });
  }

  override async settle(
    target: { readonly taskId: string; readonly ifRev: number },
    settlement: Settlement & { readonly note: string },
    decide: DecideFeed,
    change: Change,
  ): Promise<Outcome<Task>> {
    const { sql, notices } = this.context;
    const note = await sealedNote(this.context, target.taskId, settlement.note);
    const task = await sql.query((db) => taskById(db, target.taskId));
    const messageId = task?.message_id ?? null;
    const message = messageId === null ? null : await this.read(messageId);
    if (message === null) throw new PlatformError('not-found', { ids: [`task:${target.taskId}`] });
    const person: Person = { target, settlement, note };
    const repeated = await (settlement.do === 'dismiss'
      ? sql.transaction((tx) => dismiss(tx, message, person, change))
      : this.untilItHolds(() => this.applyFor(message, person, decide, change)));
    notices.inbound.tell();
    return { value: (await sql.snapshot(({ db }) => shownTask(db, target.taskId)))!, repeated };
  }

  /** @returns true where it was done before */
  private async applyFor(message: InboundMessageTable, person: Person, decide: DecideFeed, change: Change): Promise<boolean> {
    const { settlement, target } = person;
    const refused = new PlatformError('feed-refused', { ids: [`task:${target.taskId}`] });
    const { message_id: messageId, seq } = message;
    const move = message.move_json === '' ? null : FeedMove.parse(JSON.parse(message.move_json));
    const confirmed = settlement.do === 'link' ? settlement.patientId : message.confirmed_patient_id;
    const draft = move === null ? null : await this.draft(messageId, { seq, move, confirmed }, decide, change);
    return this.context.sql.transaction(async (tx) => {
      if (await wasDone(tx, person, change)) return true;
      await openTaskRow(tx, target);
      // What nobody can read can't be applied, whatever a person says.
      if (draft === null) throw refused;
      await this.confirm(tx, draft, decide, change);
      if (settlement.do === 'link') await linkIdentifiers(tx, draft.by, settlement.patientId, change);
      const decision = await this.execute(tx, messageId, draft, change);
      if (decision.do === 'quarantine') throw refused;
      if (decision.do === 'ignore') await appendAudit(tx, change.audit, change.wallMs);
      await resolveTask(tx, target.taskId, { resolution: 'applied', by: change.by, wallMs: change.wallMs, note: person.note });
      return false;
    });
  }

  private async read(messageId: string): Promise<InboundMessageTable | null> {
    const { sql, fields } = this.context;
    const row = await sql.query((db) =>
      db.selectFrom('inbound_message').selectAll().where('message_id', '=', messageId).executeTakeFirst(),
    );
    return row === undefined ? null : fields.openRow(SEALED.inboundMessage, row);
  }

  /** Decides and seals, without a transaction: a key service may be slow. */
  private async draft(
    messageId: string,
    facts: Parameters<typeof lookUpOf>[2],
    decide: DecideFeed,
    change: Change,
  ): Promise<Draft> {
    const { sql, fields, feedAuthorities = { hl7: null, fhir: null } } = this.context;
    const by = await lookUpOf(fields, feedAuthorities, facts);
    const { move } = facts;
    const found = await sql.query((db) => look(db, by, change.nowMs, (rows) => openPatients(fields, rows)));
    const decision = decide(move, found.known);
    if (decision.do === 'ignore') return { by, found, decision, prepared: null, task: null };
    const reason = decision.do === 'quarantine' ? decision.reason : 'overlap';
    const task = await sql.query((db) => taskOfMove(db, messageId, { move, known: found.known, reason }));
    const sealed = await sealedTask(fields, taskRow(task, messageId, change.wallMs));
    const records = { sealed: found.sealed, opened: found.opened, nowMs: change.nowMs };
    const prepared = decision.do === 'apply' ? await prepare(this.context, messageId, decision.commands, records) : null;
    return { by, found, decision, prepared, task: sealed };
  }

  /** What was decided before the transaction holds in it. @throws PlatformError('conflict', retryable) where it does not */
  private async confirm(tx: Tx, { by, found, decision }: Draft, decide: DecideFeed, change: Change): Promise<void> {
    const now = await look(tx.db, by, change.nowMs, openedBefore(found));
    if (canonical(decide(by.move, now.known)) !== canonical(decision)) throw new PlatformError('conflict', {}, true);
  }

  /** Does what was decided. What the store refuses is undone and waits for a person. */
  private async execute(tx: Tx, messageId: string, draft: Draft, change: Change): Promise<FeedDecision> {
    const { decision, by, found, task } = draft;
    const who = personOf(found.known)?.patient.patientId ?? null;
    const { wallMs } = change;
    if (decision.do === 'ignore') {
      await settleMessage(tx, by.seq, { state: 'ignored', patientId: who, wallMs });
      return decision;
    }
    if (decision.do === 'quarantine') {
      if (decision.reason !== 'waits-for-earlier') await quarantine(tx, by.seq, { ...task!, reason: decision.reason });
      return decision;
    }
    const patientId = who ?? (draft.prepared!.recorded === null ? null : draft.prepared!.patientId);
    const source = { ...change, source: by.move.source, sourceRef: messageId };
    await raw`savepoint feed_commands`.execute(tx.db);
    try {
      await carryOut(tx, this.context, decision.commands, draft.prepared!, named(source, messageId, by.move.kind, patientId));
    } catch (error) {
      const reason = reasonOf(error, decision.commands);
      await raw`rollback to savepoint feed_commands`.execute(tx.db);
      await quarantine(tx, by.seq, { ...task!, reason });
      return { do: 'quarantine', reason };
    }
    await settleMessage(tx, by.seq, { state: 'applied', patientId, wallMs });
    return decision;
  }

  /** Nobody can read it: it waits for a person, and what is of the same patient waits for it. */
  private async setAside(message: InboundMessageTable, change: Change): Promise<Worked | null> {
    const reason = message.reason as QuarantineReason;
    const task = taskOfBytes(message.message_id, message.sender, message.raw, reason);
    const row = await sealedTask(this.context.fields, taskRow(task, message.message_id, change.wallMs));
    return this.context.sql.transaction(async (tx) => {
      if (!(await isStill(tx, message))) return null;
      await quarantine(tx, message.seq, row);
      return { decision: { do: 'quarantine', reason }, kind: null };
    });
  }

  /** @throws PlatformError('store-unavailable', retryable) where it moves on and on */
  private async untilItHolds<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof PlatformError) || error.code !== 'conflict' || !error.retryable) throw error;
        if (tries >= TRIES_MAX) throw new PlatformError('store-unavailable', { attempt: tries }, true, error);
      }
    }
  }
}

async function isStill(tx: Tx, { seq, state }: InboundMessageTable): Promise<boolean> {
  const row = await tx.db.selectFrom('inbound_message').select('state').where('seq', '=', seq).executeTakeFirst();
  return row?.state === state;
}

async function quarantine(tx: Tx, seq: number, task: TaskTable): Promise<void> {
  await tx.db
    .updateTable('inbound_message')
    .set({ state: 'quarantined', reason: task.reason, patient_id: task.patient_id })
    .where('seq', '=', seq)
    .execute();
  await openTask(tx, task);
}

/** What the message says is so by now, by whatever hand: that is the only thing that settles it without a person. */
async function supersede(
  tx: Tx,
  messageId: string,
  { decision, by, found }: Draft,
  change: Change,
): Promise<FeedDecision | null> {
  if (decision.do !== 'ignore' || !SO_BY_NOW.includes(decision.why)) return null;
  const patientId = personOf(found.known)?.patient.patientId ?? null;
  await settleMessage(tx, by.seq, { state: 'ignored', patientId, wallMs: change.wallMs });
  await resolveTask(tx, taskIdOf(messageId), { resolution: 'superseded', by: null, wallMs: change.wallMs, note: null });
  return decision;
}

/** @returns true where it was done before */
async function dismiss(tx: Tx, message: InboundMessageTable, person: Person, change: Change): Promise<boolean> {
  if (await wasDone(tx, person, change)) return true;
  await openTaskRow(tx, person.target);
  await settleMessage(tx, message.seq, { state: 'dismissed', patientId: message.patient_id, wallMs: change.wallMs });
  const { by, wallMs } = change;
  await resolveTask(tx, person.target.taskId, { resolution: 'dismissed', by, wallMs, note: person.note });
  await appendAudit(tx, change.audit, wallMs);
  return false;
}

function wasDone(tx: Tx, { target, settlement }: Person, change: Change): Promise<boolean> {
  const content = settlement.do === 'link' ? { ...target, patientId: settlement.patientId } : target;
  const facts = { action: `task.${settlement.do}`, subject: `task:${target.taskId}`, content, by: doneBy(change) };
  return isDone(tx, { ...facts, commandId: change.commandId, wallMs: change.wallMs });
}

/** The entry of a message, whichever of its commands writes it: each names it by the same id. */
function named(change: Change, messageId: string, kind: string, patientId: string | null): Change {
  const { audit } = change;
  const patientIds =
    patientId === null ? audit.patientIds : [...audit.patientIds, patientId as (typeof audit.patientIds)[number]];
  const entryId = audit.entryId ?? `feed/${messageId}/${change.commandId}`;
  return { ...change, audit: { ...audit, entryId, patientIds, detail: audit.detail === '' ? kind : audit.detail } };
}
