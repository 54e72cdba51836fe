import type { Page, Task } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { type NewTask, Tasks } from '../../ports/tasks.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import type { Fields } from './fields.js';
import type { TaskTable } from './schema-feeds.js';
import { SEALED } from './sealed-columns.js';
import { openTask, openTaskRow, resolveTask, shownTask, taskList, taskRow } from './task-rows.js';

/** What waits for a person, in SQL. */
export class SqlTasks extends Tasks {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  override async open(task: NewTask, openedWallMs: number): Promise<void> {
    const row = await sealedTask(this.context.fields, taskRow(task, null, openedWallMs));
    await this.context.sql.transaction((tx) => openTask(tx, row));
  }

  override find(taskId: string): Promise<Task | null> {
    return this.context.sql.snapshot(({ db }) => shownTask(db, taskId));
  }

  override async detail(taskId: string): Promise<Pick<NewTask, 'detail' | 'patientId'> | null> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('task').selectAll().where('task_id', '=', taskId).executeTakeFirst(),
    );
    if (row === undefined || row.detail === '') return null;
    const [opened] = await this.context.fields.openRows(SEALED.task, [row]);
    const readable = opened?.row ?? null;
    if (readable === null) return null;
    const detail = JSON.parse(readable.detail) as NewTask['detail'];
    return { detail, patientId: readable.patient_id as NewTask['patientId'] };
  }

  override list(query: Parameters<Tasks['list']>[0]): Promise<Page<Task>> {
    return this.context.sql.snapshot(({ db }) => taskList(db, query));
  }

  override async resolve(
    target: { readonly taskId: string; readonly ifRev: number },
    resolution: NonNullable<Task['resolution']>,
    note: string | null,
    change: Change,
  ): Promise<Outcome<Task>> {
    const { taskId } = target;
    const { sql } = this.context;
    const sealed = await sealedNote(this.context, taskId, note);
    const repeated = await sql.transaction(async (tx) => {
      const facts = { action: `task.${resolution}`, subject: `task:${taskId}`, content: { ifRev: target.ifRev } };
      if (await isDone(tx, { ...change, ...facts, by: doneBy(change) })) return true;
      await openTaskRow(tx, target);
      await resolveTask(tx, taskId, { resolution, by: change.by, wallMs: change.wallMs, note: sealed });
      await appendAudit(tx, change.audit, change.wallMs);
      return false;
    });
    return { value: (await this.find(taskId))!, repeated };
  }
}

/** Where there is no key, the task is there without what it says: somebody has to look at it all the same. */
export async function sealedTask(fields: Fields, row: TaskTable): Promise<TaskTable> {
  try {
    return await fields.sealRow(SEALED.task, row);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { ...row, detail: '' };
  }
}

/** What a person wrote about a task, sealed as the task is; left out where there is no key. */
export async function sealedNote(
  { sql, fields }: Pick<SqlContext, 'sql' | 'fields'>,
  taskId: string,
  note: string | null,
): Promise<string | null> {
  if (note === null) return null;
  const row = await sql.query((db) => db.selectFrom('task').selectAll().where('task_id', '=', taskId).executeTakeFirst());
  if (row === undefined) throw new PlatformError('not-found', { ids: [`task:${taskId}`] });
  const sealed = await fields.sealRow(SEALED.task, { ...row, detail: '', note }).catch((error: unknown) => {
    if (error instanceof PlatformError && error.code === 'keys-unavailable') return null;
    throw error;
  });
  return sealed?.note ?? null;
}
