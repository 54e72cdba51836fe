import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { LinkTask, type Page, ResolveTask, Task, type TaskDetail, type TaskSaid } from '@vigil/contracts';
import { type Action, decideFeed, may, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { FeedRecords, type Settlement } from '../ports/feed-records.js';
import { Tasks } from '../ports/tasks.js';
import { withoutPerson } from './without-person.js';

const TaskQuery = Paging.extend({ state: Task.shape.state.optional() });
const PARAMS = { taskId: Task.shape.taskId } as const;
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
const COMMAND_PROBLEMS = [
  ...READ_PROBLEMS,
  ...(['conflict', 'feed-refused', 'revision-moved', 'precondition-required', 'keys-unavailable', 'record-tampered'] as const),
] as const;

/** What waits for a person, because nothing is attributed by guess. */
@ApiTags('tasks')
@Controller('api/v1/tasks')
export class TasksController {
  constructor(
    private readonly tasks: Tasks,
    private readonly records: FeedRecords,
    private readonly access: Access,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('task.list')
  @Endpoint({
    summary: 'List what waits for a person, oldest first, without any name',
    query: TaskQuery,
    answer: 'TaskList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Task>> {
    const { state, limit, cursor } = parse(TaskQuery, query, 'query');
    context.subject('tasks');
    const visible = await this.access.visible(context.caller, 'task.list');
    return this.tasks.list({ state, limit, cursor, careUnitIds: visible?.careUnitIds });
  }

  @Get(':taskId')
  @Requires('task.list')
  @Endpoint({ summary: 'Show one of them, without any name', params: PARAMS, answer: 'Task', problems: READ_PROBLEMS })
  async show(
    @Context() context: RequestContext,
    @Param('taskId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Task> {
    const task = await this.find(context, id, 'task.list');
    void reply.header('etag', `"${task.rev}"`);
    return task;
  }

  @Get(':taskId/detail')
  @Requires('task.read')
  @Endpoint({
    summary: 'Show what was said and what is known, with the names in it',
    params: PARAMS,
    answer: 'TaskDetail',
    problems: READ_PROBLEMS,
  })
  async detail(@Context() context: RequestContext, @Param('taskId') id: unknown): Promise<TaskDetail> {
    const task = await this.find(context, id, 'task.read');
    const read = await this.tasks.detail(task.taskId);
    context.subject(`task:${task.taskId}`, read?.patientId ?? null);
    return { task, detail: read?.detail ?? null };
  }

  @Get(':taskId/said')
  @Requires('task.list')
  @Endpoint({
    summary: 'Show what was said without whom it is about: the place that has no bed yet, the fields that differ',
    params: PARAMS,
    answer: 'TaskSaid',
    problems: READ_PROBLEMS,
  })
  async said(@Context() context: RequestContext, @Param('taskId') id: unknown): Promise<TaskSaid> {
    const task = await this.find(context, id, 'task.list');
    return { task, said: withoutPerson((await this.tasks.detail(task.taskId))?.detail) };
  }

  @Post(':taskId/apply')
  @Requires('task.resolve')
  @Endpoint({
    summary: 'Have a message decided anew, and carried out',
    description:
      'After what stood in its way is gone: the bed is free, its name is known. 409 `feed-refused` while it would still wait.',
    ...{ params: PARAMS, headers: CHANGE_HEADERS, body: 'ResolveTask', answer: 'Task', problems: COMMAND_PROBLEMS },
  })
  apply(
    @Context() context: RequestContext,
    @Param('taskId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Task> {
    const { note } = parse(ResolveTask, body, 'body');
    return this.settle(context, { id, headers, reply }, { do: 'apply', note });
  }

  @Post(':taskId/dismiss')
  @Requires('task.resolve')
  @Endpoint({
    summary: 'Say that a message is not to be carried out; what waits behind it goes on',
    ...{ params: PARAMS, headers: CHANGE_HEADERS, body: 'ResolveTask', answer: 'Task', problems: COMMAND_PROBLEMS },
  })
  dismiss(
    @Context() context: RequestContext,
    @Param('taskId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Task> {
    const { note } = parse(ResolveTask, body, 'body');
    return this.settle(context, { id, headers, reply }, { do: 'dismiss', note });
  }

  @Post(':taskId/link')
  @Requires('task.resolve')
  @Endpoint({
    summary: 'Say whose the record number in a message is, and have it carried out',
    description:
      'The number finds this patient from then on. 409 where it is another patient’s, or where the message would still wait; nothing is kept then.',
    ...{ params: PARAMS, headers: CHANGE_HEADERS, body: 'LinkTask', answer: 'Task', problems: COMMAND_PROBLEMS },
  })
  link(
    @Context() context: RequestContext,
    @Param('taskId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Task> {
    const { patientId, note } = parse(LinkTask, body, 'body');
    return this.settle(context, { id, headers, reply }, { do: 'link', patientId, note });
  }

  private async settle(
    context: RequestContext,
    { id, headers, reply }: { readonly id: unknown; readonly headers: CommandHeaders; readonly reply: FastifyReply },
    settlement: Settlement & { readonly note: string },
  ): Promise<Task> {
    const { taskId, kind, careUnitId } = await this.find(context, id, 'task.resolve');
    // Who sees no names resolves only what nobody else can.
    const isPlaced = careUnitId !== null;
    if (isPlaced && !may(context.caller, 'task.resolve.placed', { careUnitIds: [careUnitId] }).allowed) {
      throw new PlatformError('forbidden', { ids: [`task:${taskId}`] });
    }
    const target = { taskId, ifRev: ifMatch(headers['if-match'], 'signal') };
    if (settlement.do === 'link') context.subject(`task:${taskId}`, settlement.patientId);
    const change = changeOf(context, headers, this.clock, settlement.do);
    if (kind !== 'feed' && settlement.do !== 'dismiss') throw new PlatformError('feed-refused', { ids: [`task:${taskId}`] });
    const { value, repeated } =
      kind === 'feed'
        ? await this.records.settle(target, settlement, decideFeed, change)
        : await this.tasks.resolve(target, 'dismissed', settlement.note, change);
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  /** @throws InvalidRequest; PlatformError('not-found') for one that is not there or not for the caller */
  private async find(context: RequestContext, id: unknown, action: Action): Promise<Task> {
    const taskId = parse(Task.shape.taskId, id, 'params.taskId');
    context.subject(`task:${taskId}`);
    const task = await this.tasks.find(taskId);
    if (task === null) throw new PlatformError('not-found', { ids: [`task:${taskId}`] });
    context.requireScope(action, task.careUnitId);
    return task;
  }
}
