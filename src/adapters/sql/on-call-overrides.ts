import {
  type EpochMs,
  type NewOverride,
  OVERRIDE_MS_MAX,
  OVERRIDES_MAX,
  type OverrideView,
  type ScheduleId,
  type StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import type { WallSpan } from '../../ports/on-call.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { inUse, tellUnit } from './on-call-schedules.js';
import { spanOf } from './on-call-plan.js';
import type { OnCallOverrideRow } from './schema-on-call.js';
import type { Db, Tx } from './sql.js';

/** Of one schedule, those that were taken back included: whoever makes and takes back more has a program that goes wrong. */
const KEPT_AHEAD_MAX = 5 * OVERRIDES_MAX;

/** An override before the store has it. `reason` is sealed, or empty. */
export interface OverrideToAdd extends Omit<NewOverride, 'reason'> {
  readonly overrideId: string;
  readonly scheduleId: ScheduleId;
  readonly reason: string;
  readonly swapId: string | null;
}

/** @throws PlatformError 'not-found', 'conflict' (retired, over already, too many), 'invalid-request' for a span that is none */
export async function addOverride(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  asked: OverrideToAdd,
  change: Pick<Change, 'by' | 'wallMs'>,
): Promise<void> {
  const { scheduleId, fromMs, toMs } = asked;
  const ids = { ids: [`schedule:${scheduleId}`] } as const;
  const schedule = await inUse(tx.db, scheduleId);
  if (fromMs >= toMs || toMs - fromMs > OVERRIDE_MS_MAX) throw new PlatformError('invalid-request', ids);
  const wallMs = Math.floor(change.wallMs);
  if (toMs <= wallMs || (await isFull(tx.db, scheduleId, wallMs))) throw new PlatformError('conflict', ids);
  const row: OnCallOverrideRow = {
    ...{ override_id: asked.overrideId, schedule_id: scheduleId, seq: await nextNumber(tx, 'on-call-override') },
    ...{ kind: asked.kind, staff_id: asked.staffId, instead: asked.instead, from_wall_ms: fromMs, to_wall_ms: toMs },
    ...{ reason: asked.reason, swap_id: asked.swapId, set_by: change.by ?? 'system', set_wall_ms: wallMs },
    ...{ voided_by: null, voided_wall_ms: null },
  };
  await tx.db.insertInto('on_call_override').values(row).execute();
  await tellUnit(tx, context, schedule.care_unit_id);
}

/** True where it counted until now. @throws PlatformError 'not-found', 'conflict' for one that is over */
export async function endOverride(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  overrideId: string,
  change: Change,
): Promise<boolean> {
  const row = await tx.db.selectFrom('on_call_override').selectAll().where('override_id', '=', overrideId).executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  const ids = { ids: [`schedule:${row.schedule_id}`] } as const;
  const schedule = await inUse(tx.db, row.schedule_id);
  if (row.voided_wall_ms !== null) return false;
  const wallMs = Math.floor(change.wallMs);
  if (row.to_wall_ms <= wallMs) throw new PlatformError('conflict', ids);
  await tx.db
    .updateTable('on_call_override')
    .set({ voided_by: change.by, voided_wall_ms: Math.max(wallMs, row.set_wall_ms) })
    .where('override_id', '=', overrideId)
    .execute();
  await appendAudit(tx, change.audit, change.wallMs);
  await tellUnit(tx, context, schedule.care_unit_id);
  return true;
}

export function overrideRows(db: Db, scheduleId: string, { fromMs, toMs }: WallSpan): Promise<readonly OnCallOverrideRow[]> {
  return db
    .selectFrom('on_call_override')
    .selectAll()
    .where('schedule_id', '=', scheduleId)
    .where('to_wall_ms', '>', fromMs)
    .where('from_wall_ms', '<', toMs)
    .orderBy('seq')
    .execute();
}

/** @param reason opened; null where it can't be read */
export function overrideOf(row: OnCallOverrideRow, reason: string | null): OverrideView {
  return {
    ...spanOf(row),
    scheduleId: row.schedule_id as ScheduleId,
    reason: reason === '' ? null : reason,
    by: row.set_by as StaffId,
    setMs: row.set_wall_ms as EpochMs,
    voidedBy: row.voided_by as StaffId | null,
    voidedMs: row.voided_wall_ms as EpochMs | null,
    swapId: row.swap_id,
  };
}

/** More that are not over than there may be. */
async function isFull(db: Db, scheduleId: string, wallMs: number): Promise<boolean> {
  const { all, holding } = await db
    .selectFrom('on_call_override')
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.countAll<number>().filterWhere('voided_wall_ms', 'is', null).as('holding'),
    ])
    .where('schedule_id', '=', scheduleId)
    .where('to_wall_ms', '>', wallMs)
    .executeTakeFirstOrThrow();
  return Number(holding) >= OVERRIDES_MAX || Number(all) >= KEPT_AHEAD_MAX;
}
