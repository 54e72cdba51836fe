import {
  type EpochMs,
  type ScheduleContent,
  Schedule,
  type ScheduleChange,
  type ScheduleId,
  type Site,
  type StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { contentOf } from './on-call-plan.js';
import { policyInForce, WHOLE_SITE } from './policy-in-force.js';
import { bedsInUse } from './places.js';
import type { OnCallScheduleRow, OnCallVersionRow } from './schema-on-call.js';
import type { Db, Tx } from './sql.js';

/** Most schedules in use, and most versions of one: whoever reaches them has a program that goes wrong. */
const SCHEDULES_MAX = 500;
const VERSIONS_MAX = 5_000;

type Row = OnCallScheduleRow & Pick<OnCallVersionRow, 'content_json' | 'from_wall_ms' | 'set_by'>;

/** Every schedule with what it says now, or said last. */
export function scheduleRows(db: Db) {
  return db
    .selectFrom('on_call_schedule as s')
    .innerJoin('on_call_version as v', (join) => join.onRef('v.schedule_id', '=', 's.schedule_id').onRef('v.rev', '=', 's.rev'))
    .selectAll('s')
    .select(['v.content_json', 'v.from_wall_ms', 'v.set_by']);
}

/** Null where what it says can't be read, as by another release. */
export function scheduleOf(row: Row): Schedule | null {
  const { data } = Schedule.safeParse({
    ...{ scheduleId: row.schedule_id, rev: row.rev, content: contentOf(row.content_json) },
    ...{ sinceMs: row.from_wall_ms, by: row.set_by, retired: row.retired_wall_ms !== null },
  });
  return data ?? null;
}

/** @param reason sealed, or empty */
export async function createSchedule(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  asked: { readonly scheduleId: ScheduleId; readonly content: ScheduleContent; readonly reason: string },
  change: Pick<Change, 'audit' | 'by' | 'wallMs'>,
): Promise<void> {
  const { scheduleId, content, reason } = asked;
  const ids = { ids: [`schedule:${scheduleId}`] } as const;
  const known = await tx.db.selectFrom('on_call_schedule').select('rev').where('schedule_id', '=', scheduleId).executeTakeFirst();
  const { count } = await tx.db
    .selectFrom('on_call_schedule')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('retired_wall_ms', 'is', null)
    .executeTakeFirstOrThrow();
  if (known !== undefined || Number(count) >= SCHEDULES_MAX) throw new PlatformError('conflict', ids);
  await insertSchedule(tx, { scheduleId, content, reason, by: change.by, wallMs: change.wallMs });
  await appendAudit(tx, change.audit, change.wallMs);
  await tellUnit(tx, context, content.careUnitId);
}

/** The first version of a schedule that is not there. */
export async function insertSchedule(
  tx: Tx,
  first: {
    readonly scheduleId: string;
    readonly content: ScheduleContent;
    readonly reason: string;
    readonly by: StaffId | null;
    readonly wallMs: number;
  },
): Promise<void> {
  const { scheduleId, content, reason, by, wallMs } = first;
  const row = { schedule_id: scheduleId, care_unit_id: content.careUnitId, rev: 1, retired_wall_ms: null };
  await tx.db.insertInto('on_call_schedule').values(row).execute();
  const since = { from_wall_ms: Math.floor(wallMs), to_wall_ms: null };
  const version = { schedule_id: scheduleId, rev: 1, content_json: JSON.stringify(content), ...since, set_by: by, reason };
  await tx.db.insertInto('on_call_version').values(version).execute();
}

/**
 * Makes the schedules of the site's description that were never there; one that was retired stays so.
 * @throws PlatformError('invalid-request') for people or a care unit that the description does not have
 */
export async function seedSchedules(
  tx: Tx,
  site: Pick<Site, 'onCallSchedules' | 'staff' | 'careUnits'>,
  wallMs: number,
): Promise<void> {
  for (const { scheduleId, content } of site.onCallSchedules ?? []) {
    const people = content.rotations.flatMap(({ participants }) => participants);
    const isKnown = people.every((id) => site.staff.some(({ staffId }) => staffId === id));
    if (!isKnown || !site.careUnits.some(({ careUnitId }) => careUnitId === content.careUnitId)) {
      throw new PlatformError('invalid-request', { ids: [`schedule:${scheduleId}`] });
    }
    const known = await tx.db
      .selectFrom('on_call_schedule')
      .select('rev')
      .where('schedule_id', '=', scheduleId)
      .executeTakeFirst();
    if (known === undefined) await insertSchedule(tx, { scheduleId, content, reason: '', by: null, wallMs });
  }
}

/** @param reason sealed for the revision that follows `ifRev`, or empty */
export async function changeSchedule(
  tx: Tx,
  context: Pick<SqlContext, 'notices'>,
  asked: { readonly scheduleId: ScheduleId; readonly ifRev: number; readonly content: ScheduleContent; readonly reason: string },
  change: Change,
): Promise<void> {
  const { scheduleId, ifRev, content, reason } = asked;
  const row = await inUse(tx.db, scheduleId);
  const ids = { ids: [`schedule:${scheduleId}`] } as const;
  if (row.rev !== ifRev) throw new PlatformError('revision-moved', ids);
  if (row.rev >= VERSIONS_MAX) throw new PlatformError('conflict', ids);
  const rev = row.rev + 1;
  const fromMs = await endVersion(tx, scheduleId, change.wallMs);
  const version = { schedule_id: scheduleId, rev, content_json: JSON.stringify(content), from_wall_ms: fromMs, to_wall_ms: null };
  await tx.db
    .insertInto('on_call_version')
    .values({ ...version, set_by: change.by, reason })
    .execute();
  await tx.db
    .updateTable('on_call_schedule')
    .set({ rev, care_unit_id: content.careUnitId })
    .where('schedule_id', '=', scheduleId)
    .execute();
  await appendAudit(tx, change.audit, change.wallMs);
  await tellUnit(tx, context, row.care_unit_id);
  await tellUnit(tx, context, content.careUnitId);
}

export async function retireSchedule(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'policy'>,
  { scheduleId, ifRev }: { readonly scheduleId: ScheduleId; readonly ifRev: number },
  change: Change,
): Promise<void> {
  const row = await inUse(tx.db, scheduleId);
  const ids = { ids: [`schedule:${scheduleId}`] } as const;
  if (row.rev !== ifRev) throw new PlatformError('revision-moved', ids);
  if (await isTold(tx.db, context, scheduleId)) throw new PlatformError('conflict', ids);
  const retiredMs = await endVersion(tx, scheduleId, change.wallMs);
  await tx.db.updateTable('on_call_schedule').set({ retired_wall_ms: retiredMs }).where('schedule_id', '=', scheduleId).execute();
  await appendAudit(tx, change.audit, change.wallMs);
  await tellUnit(tx, context, row.care_unit_id);
}

/** The row of a schedule that can be changed. @throws PlatformError 'not-found', 'conflict' for one that is retired */
export async function inUse(db: Db, scheduleId: string): Promise<OnCallScheduleRow> {
  const row = await db.selectFrom('on_call_schedule').selectAll().where('schedule_id', '=', scheduleId).executeTakeFirst();
  const ids = { ids: [`schedule:${scheduleId}`] } as const;
  if (row === undefined) throw new PlatformError('not-found', ids);
  if (row.retired_wall_ms !== null) throw new PlatformError('conflict', ids);
  return row;
}

/** Whoever shows who is told for an alarm there looks again. */
export async function tellUnit(tx: Tx, { notices }: Pick<SqlContext, 'notices'>, careUnitId: string): Promise<void> {
  const beds = (await bedsInUse(tx.db, careUnitId)).map(
    (bed) => bed.bed_id as Parameters<typeof notices.directory.tell>[0][number],
  );
  tx.afterCommit(() => notices.directory.tell(beds));
}

export function changeOfVersion(row: OnCallVersionRow, content: ScheduleContent, reason: string | null): ScheduleChange {
  return {
    ...{ rev: row.rev, content, fromMs: row.from_wall_ms as EpochMs, toMs: row.to_wall_ms as EpochMs | null },
    ...{ by: row.set_by as StaffId | null, reason },
  };
}

/** Ends what a schedule says, never before it began: a clock that was put back makes no version of before. */
async function endVersion(tx: Tx, scheduleId: string, wallMs: number): Promise<number> {
  const current = await tx.db
    .selectFrom('on_call_version')
    .select(['rev', 'from_wall_ms'])
    .where('schedule_id', '=', scheduleId)
    .where('to_wall_ms', 'is', null)
    .executeTakeFirstOrThrow();
  const toMs = Math.max(Math.floor(wallMs), current.from_wall_ms);
  await tx.db
    .updateTable('on_call_version')
    .set({ to_wall_ms: toMs })
    .where('schedule_id', '=', scheduleId)
    .where('rev', '=', current.rev)
    .execute();
  return toMs;
}

/** A policy that is in force somewhere tells this schedule. */
async function isTold(db: Db, context: Pick<SqlContext, 'policy'>, scheduleId: string): Promise<boolean> {
  const scopes = (await db.selectFrom('policy_in_force').select('scope').execute()).map((row) => row.scope);
  for (const scope of new Set([WHOLE_SITE, ...scopes])) {
    const { routes } = await policyInForce(db, context, scope === WHOLE_SITE ? [] : [scope]);
    const targets = routes.flatMap((route) => route.steps.flatMap((step) => step.tell));
    if (targets.some((target) => target.kind === 'schedule' && target.scheduleId === scheduleId)) return true;
  }
  return false;
}
