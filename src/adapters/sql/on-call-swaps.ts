import { type AskSwap, type EpochMs, type ScheduleId, type StaffId, type Swap, type SwapTurn } from '@vigil/contracts';
import { PlatformError, swapTrouble } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { closedAccounts } from './contact-rows.js';
import type { SqlContext } from './context.js';
import { addOverride } from './on-call-overrides.js';
import { plansOf } from './on-call-plan.js';
import { inUse } from './on-call-schedules.js';
import type { OnCallSwapRow } from './schema-on-call.js';
import type { Db, Tx } from './sql.js';

/** Most offers of one person that wait for an answer. */
const OPEN_MAX = 50;
const SHOWN_MAX = 100;

/** @throws PlatformError 'not-found', 'conflict' where a turn is not theirs, has begun, or the other one is on call then anyway */
export async function askSwap(tx: Tx, swapId: string, asked: AskSwap, change: Change): Promise<void> {
  const askedBy = change.by!;
  const { give, take, to } = asked;
  await requireFree(tx.db, { ...asked, askedBy }, change.wallMs);
  const { count } = await tx.db
    .selectFrom('on_call_swap')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('asked_by', '=', askedBy)
    .where('state', '=', 'open')
    .where('until_wall_ms', '>', change.wallMs)
    .executeTakeFirstOrThrow();
  if (Number(count) >= OPEN_MAX) throw new PlatformError('conflict', { ids: [`staff:${askedBy}`] });
  const row: OnCallSwapRow = {
    ...{ swap_id: swapId, rev: 1, state: 'open', asked_by: askedBy, to_staff_id: to },
    ...{ give_schedule_id: give.scheduleId, give_from_wall_ms: give.fromMs, give_to_wall_ms: give.toMs },
    take_schedule_id: take?.scheduleId ?? null,
    ...{ take_from_wall_ms: take?.fromMs ?? null, take_to_wall_ms: take?.toMs ?? null },
    ...{ asked_wall_ms: Math.floor(change.wallMs), until_wall_ms: Math.min(give.fromMs, take?.fromMs ?? give.fromMs) },
    answered_wall_ms: null,
  };
  await tx.db.insertInto('on_call_swap').values(row).execute();
  await appendAudit(tx, change.audit, change.wallMs);
}

/** Who may answer is for the caller to know. @throws PlatformError 'not-found', 'revision-moved', 'conflict' */
export async function answerSwap(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  target: { readonly swapId: string; readonly ifRev: number },
  answer: 'agree' | 'decline' | 'withdraw',
  change: Change,
): Promise<void> {
  const row = await swapRow(tx.db, target.swapId);
  if (row === undefined) throw new PlatformError('not-found');
  if (row.rev !== target.ifRev) throw new PlatformError('revision-moved');
  const swap = swapOf(row, change.wallMs);
  if (swap.state !== 'open') throw new PlatformError('conflict');
  if (answer === 'agree') await exchange(tx, context, swap, change);
  const state = ({ agree: 'agreed', decline: 'declined', withdraw: 'withdrawn' } as const)[answer];
  await tx.db
    .updateTable('on_call_swap')
    .set({ state, rev: row.rev + 1, answered_wall_ms: Math.floor(change.wallMs) })
    .where('swap_id', '=', row.swap_id)
    .execute();
  await appendAudit(tx, change.audit, change.wallMs);
}

export function swapRow(db: Db, swapId: string): Promise<OnCallSwapRow | undefined> {
  return db.selectFrom('on_call_swap').selectAll().where('swap_id', '=', swapId).executeTakeFirst();
}

export function swapRowsOf(db: Db, staffId: StaffId): Promise<readonly OnCallSwapRow[]> {
  return db
    .selectFrom('on_call_swap')
    .selectAll()
    .where((eb) => eb.or([eb('asked_by', '=', staffId), eb('to_staff_id', '=', staffId)]))
    .orderBy('asked_wall_ms', 'desc')
    .orderBy('swap_id')
    .limit(SHOWN_MAX)
    .execute();
}

export function swapOf(row: OnCallSwapRow, wallMs: number): Swap {
  const turn = (scheduleId: string, fromMs: number, toMs: number): SwapTurn => ({
    scheduleId: scheduleId as ScheduleId,
    fromMs: fromMs as EpochMs,
    toMs: toMs as EpochMs,
  });
  return {
    swapId: row.swap_id,
    rev: row.rev,
    state: row.state === 'open' && row.until_wall_ms <= wallMs ? 'expired' : row.state,
    askedBy: row.asked_by as StaffId,
    to: row.to_staff_id as StaffId,
    give: turn(row.give_schedule_id, row.give_from_wall_ms, row.give_to_wall_ms),
    take: row.take_schedule_id === null ? null : turn(row.take_schedule_id, row.take_from_wall_ms ?? 0, row.take_to_wall_ms ?? 0),
    askedMs: row.asked_wall_ms as EpochMs,
    untilMs: row.until_wall_ms as EpochMs,
    answeredMs: row.answered_wall_ms as EpochMs | null,
  };
}

/** Both turns change hands, or none. */
async function exchange(tx: Tx, context: Pick<SqlContext, 'notices'>, swap: Swap, change: Change): Promise<void> {
  await requireFree(tx.db, swap, change.wallMs);
  const { swapId, give, take, askedBy, to } = swap;
  const common = { kind: 'replace', reason: '', swapId } as const;
  await addOverride(tx, context, { ...common, ...give, overrideId: `${swapId}.give`, staffId: to, instead: askedBy }, change);
  if (take === null) return;
  await addOverride(tx, context, { ...common, ...take, overrideId: `${swapId}.take`, staffId: askedBy, instead: to }, change);
}

async function requireFree(db: Db, swap: Pick<Swap, 'give' | 'take' | 'askedBy' | 'to'>, wallMs: number): Promise<void> {
  const turns = swap.take === null ? [swap.give] : [swap.give, swap.take];
  for (const { scheduleId } of turns) await inUse(db, scheduleId);
  // Whoever has left takes no turn, and answers no page of it.
  const gone = await closedAccounts(db).where('staff_id', 'in', [swap.askedBy, swap.to]).executeTakeFirst();
  if (gone !== undefined) throw new PlatformError('conflict', { ids: [`staff:${gone.staff_id}`] });
  const span = { fromMs: Math.min(...turns.map((t) => t.fromMs)), toMs: Math.max(...turns.map((t) => t.toMs)) };
  const scheduleIds = [...new Set(turns.map((t) => t.scheduleId))];
  const trouble = swapTrouble(swap, await plansOf(db, scheduleIds, span), wallMs);
  if (trouble !== null) throw new PlatformError('conflict', { ids: [`schedule:${swap[trouble.turn]!.scheduleId}`] });
}
