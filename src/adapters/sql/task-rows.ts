import { type CareUnitId, type Page, Task } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { NewTask, Tasks } from '../../ports/tasks.js';
import { nextNumber } from './counters.js';
import { decodeCursor, pageOf } from './cursor.js';
import type { TaskTable } from './schema-feeds.js';
import type { Db, Tx } from './sql.js';

const SHOWN = [
  ...(['seq', 'task_id', 'kind', 'reason', 'message_id', 'care_unit_id', 'bed_id', 'opened_wall_ms', 'state'] as const),
  ...(['resolution', 'resolved_by', 'resolved_wall_ms', 'rev'] as const),
] as const;
type Shown = Pick<TaskTable, (typeof SHOWN)[number]>;

/** Before it is sealed and has its number. */
export function taskRow(task: NewTask, messageId: string | null, openedWallMs: number): TaskTable {
  return {
    ...{ seq: 0, task_id: task.taskId, kind: task.kind, reason: task.reason, message_id: messageId },
    ...{ care_unit_id: task.careUnitId, bed_id: task.bedId, patient_id: task.patientId },
    ...{ detail: JSON.stringify(task.detail), note: null, opened_wall_ms: Math.round(openedWallMs), state: 'open' },
    ...{ resolution: null, resolved_by: null, resolved_wall_ms: null, rev: 1 },
  };
}

/** One that is there already stays as it is. */
export async function openTask(tx: Tx, row: TaskTable): Promise<void> {
  const known = await tx.db.selectFrom('task').select('seq').where('task_id', '=', row.task_id).executeTakeFirst();
  if (known !== undefined) return;
  const seq = await nextNumber(tx, 'task');
  await tx.db
    .insertInto('task')
    .values({ ...row, seq })
    .execute();
}

export interface Resolved {
  readonly resolution: NonNullable<Task['resolution']>;
  readonly by: string | null;
  readonly wallMs: number;
  /** Sealed; null without one. */
  readonly note: string | null;
}

/** @throws PlatformError 'not-found', 'revision-moved', 'conflict' (it is done) */
export async function openTaskRow(
  tx: Tx,
  { taskId, ifRev }: { readonly taskId: string; readonly ifRev: number },
): Promise<Shown> {
  const row = await taskById(tx.db, taskId);
  const ids = { ids: [`task:${taskId}`] } as const;
  if (row === undefined) throw new PlatformError('not-found', ids);
  if (row.rev !== ifRev) throw new PlatformError('revision-moved', ids);
  if (row.state !== 'open') throw new PlatformError('conflict', ids);
  return row;
}

export async function resolveTask(tx: Tx, taskId: string, { resolution, by, wallMs, note }: Resolved): Promise<void> {
  const set = { state: 'done' as const, resolution, resolved_by: by, resolved_wall_ms: Math.round(wallMs), note };
  await tx.db
    .updateTable('task')
    .set((eb) => ({ ...set, rev: eb('rev', '+', 1) }))
    .where('task_id', '=', taskId)
    .execute();
}

export function taskById(db: Db, taskId: string): Promise<Shown | undefined> {
  return db
    .selectFrom('task')
    .select([...SHOWN])
    .where('task_id', '=', taskId)
    .executeTakeFirst();
}

/** Oldest first, page by page. */
export async function taskList(db: Db, query: Parameters<Tasks['list']>[0]): Promise<Page<Task>> {
  const { state, careUnitIds, unplaced, limit } = query;
  const after = decodeCursor(query.cursor, ['number']);
  let rows = db
    .selectFrom('task')
    .select([...SHOWN])
    .orderBy('seq')
    .limit(limit + 1);
  if (state !== undefined) rows = rows.where('state', '=', state);
  if (after !== null) rows = rows.where('seq', '>', Number(after[0]));
  if (careUnitIds !== undefined || unplaced === true) {
    rows = rows.where((eb) =>
      eb.or([
        ...(careUnitIds === undefined || careUnitIds.length === 0 ? [] : [eb('care_unit_id', 'in', careUnitIds)]),
        ...(unplaced === true ? [eb('care_unit_id', 'is', null)] : []),
      ]),
    );
  }
  const found = await rows.execute();
  const waiting = await waitingBehind(
    db,
    found.flatMap(({ message_id, state: is }) => (message_id === null || is === 'done' ? [] : [message_id])),
  );
  return pageOf(
    found,
    limit,
    (row) => taskOf(row, waiting.get(row.message_id ?? '') ?? 0),
    (row) => [row.seq],
  );
}

export async function shownTask(db: Db, taskId: string): Promise<Task | null> {
  const row = await taskById(db, taskId);
  if (row === undefined) return null;
  const waiting =
    row.message_id === null || row.state === 'done' ? new Map<string, number>() : await waitingBehind(db, [row.message_id]);
  return taskOf(row, waiting.get(row.message_id ?? '') ?? 0);
}

/** How many messages of the same person or visit came after each and are not done with. */
async function waitingBehind(db: Db, messageIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('inbound_message as m')
    .innerJoin('inbound_subject as mine', 'mine.seq', 'm.seq')
    .innerJoin('inbound_subject as other', 'other.subject_index', 'mine.subject_index')
    .select((eb) => ['m.message_id', eb.fn.count<number>('other.seq').distinct().as('count')])
    .where('m.message_id', 'in', messageIds)
    .where('other.settled', '=', 0)
    .whereRef('other.seq', '>', 'mine.seq')
    .groupBy('m.message_id')
    .execute();
  return new Map(rows.map((row) => [row.message_id, Number(row.count)]));
}

function taskOf(row: Shown, waiting: number): Task {
  return Task.parse({
    ...{ taskId: row.task_id, kind: row.kind, reason: row.reason, careUnitId: row.care_unit_id as CareUnitId | null },
    ...{ bedId: row.bed_id, openedWallMs: row.opened_wall_ms, state: row.state, resolution: row.resolution },
    ...{ resolvedBy: row.resolved_by, resolvedWallMs: row.resolved_wall_ms, waiting, rev: row.rev },
  });
}
