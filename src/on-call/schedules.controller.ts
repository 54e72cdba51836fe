import { Body, Controller, Delete, Get, Headers, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CareUnitId,
  ChangeSchedule,
  EpochMs,
  NewSchedule,
  type Page,
  type Schedule,
  type ScheduleChange,
  ScheduleId,
  type ShiftPlan,
} from '@vigil/contracts';
import { ON_CALL_ASKED_MS_MAX, plannedShifts } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCall, type WallSpan } from '../ports/on-call.js';
import { answered, refuseWith, tagged } from './answered.js';
import { scheduleErrors } from './checks.js';
import { OnCallDesk } from './desk.js';

const ScheduleQuery = z.object({ careUnit: CareUnitId.optional() });
const SHOWN_MS = 14 * 86_400_000;
export const SpanQuery = z.object({
  /** Wall time; now where it is left out. */
  from: z.coerce.number().int().nonnegative().optional(),
  /** Wall time; two weeks after `from` where it is left out, at most 400 days. */
  to: z.coerce.number().int().nonnegative().optional(),
});
export const SCHEDULE_PARAMS = { scheduleId: ScheduleId } as const;
export const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
export const CREATE_PROBLEMS = [...READ_PROBLEMS, 'conflict'] as const;
const CHANGE_PROBLEMS = [...CREATE_PROBLEMS, 'revision-moved', 'precondition-required'] as const;

/** @throws InvalidRequest for one that ends before it begins, or is too long */
export function spanOf(query: unknown, clock: AppClock): WallSpan {
  const { from, to } = parse(SpanQuery, query, 'query');
  const fromMs = from ?? Math.floor(clock.wallMs());
  const toMs = to ?? fromMs + SHOWN_MS;
  if (toMs > fromMs && toMs - fromMs <= ON_CALL_ASKED_MS_MAX) return { fromMs, toMs };
  throw new InvalidRequest([{ path: 'query.to', message: 'later than from, and at most 400 days' }]);
}

/** Who is on call when. Nothing of a patient, so that reading leaves no audit row. */
@ApiTags('on-call')
@Controller('api/v1/on-call/schedules')
export class SchedulesController {
  constructor(
    private readonly onCall: OnCall,
    private readonly desk: OnCallDesk,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('on-call.read')
  @Endpoint({
    summary: 'List the on-call schedules that are in use',
    query: ScheduleQuery,
    answer: 'ScheduleList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Query() query: unknown): Promise<Page<Schedule>> {
    const { careUnit } = parse(ScheduleQuery, query, 'query');
    return { items: [...(await this.onCall.schedules({ careUnitId: careUnit }))], next: null };
  }

  @Get(':scheduleId')
  @Requires('on-call.read')
  @Endpoint({
    summary: 'Show one schedule, also a retired one',
    params: SCHEDULE_PARAMS,
    answer: 'Schedule',
    problems: READ_PROBLEMS,
  })
  async show(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    return tagged(reply, await this.desk.find(context, id));
  }

  @Get(':scheduleId/changes')
  @Requires('on-call.read')
  @Endpoint({
    summary: 'Show what a schedule has said, newest first, and who changed it',
    description: 'At most 100. Reasons are shown to who plans for its care unit.',
    params: SCHEDULE_PARAMS,
    answer: 'ScheduleChangeList',
    problems: READ_PROBLEMS,
  })
  async changes(@Context() context: RequestContext, @Param('scheduleId') id: unknown): Promise<Page<ScheduleChange>> {
    const { scheduleId, content } = await this.desk.find(context, id);
    const changes = await this.onCall.changes(scheduleId);
    if (this.desk.mayKnowWhy(context, content.careUnitId)) return { items: [...changes], next: null };
    return { items: changes.map((change) => ({ ...change, reason: null })), next: null };
  }

  @Get(':scheduleId/shifts')
  @Requires('on-call.read')
  @Endpoint({
    summary: 'Show who is on call when, and when nobody is',
    description:
      'What has been is told as it was planned then: what was changed later changes nothing of it. Wall time; the times of turns are those of the time zone of the schedule.',
    params: SCHEDULE_PARAMS,
    query: SpanQuery,
    answer: 'ShiftPlan',
    problems: READ_PROBLEMS,
  })
  async shifts(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Query() query: unknown,
  ): Promise<ShiftPlan> {
    const span = spanOf(query, this.clock);
    const { scheduleId } = await this.desk.find(context, id);
    const plan = (await this.onCall.plans([scheduleId], span)).get(scheduleId)!;
    const { shifts, gaps } = plannedShifts(plan, span);
    const nameOf = await this.desk.names();
    return {
      ...(span as Pick<ShiftPlan, 'fromMs' | 'toMs'>),
      shifts: shifts.map((shift) => ({ ...shift, name: nameOf(shift.staffId) })),
      gaps: gaps.map((gap) => ({ fromMs: EpochMs.parse(gap.fromMs), toMs: EpochMs.parse(gap.toMs) })),
    };
  }

  @Post()
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Make an on-call schedule',
    headers: CREATE_HEADERS,
    body: 'NewSchedule',
    answer: 'Schedule',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async create(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    const { reason, ...asked } = parse(NewSchedule, body, 'body');
    context.subject(`schedule:${asked.scheduleId}`);
    context.requireScope('on-call.manage', asked.content.careUnitId);
    refuseWith(scheduleErrors(asked.content, await this.desk.site()));
    const change = changeOf(context, headers, this.clock, `made for careUnit:${asked.content.careUnitId}`);
    return answered(context, reply, await this.onCall.create({ ...asked, reason }, change));
  }

  @Put(':scheduleId')
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Change a schedule from now on',
    params: SCHEDULE_PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ChangeSchedule',
    answer: 'Schedule',
    problems: CHANGE_PROBLEMS,
  })
  async change(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    const asked = parse(ChangeSchedule, body, 'body');
    const { scheduleId } = await this.desk.findToManage(context, id);
    context.requireScope('on-call.manage', asked.content.careUnitId);
    refuseWith(scheduleErrors(asked.content, await this.desk.site()));
    const target = { scheduleId, ifRev: ifMatch(headers['if-match'], 'signal') };
    const change = changeOf(context, headers, this.clock, `changed after revision ${target.ifRev}`);
    return answered(context, reply, await this.onCall.change(target, asked, change));
  }

  @Delete(':scheduleId')
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Retire a schedule: nobody is on call by it any more',
    description: '409 while an escalation policy in force tells it. It is kept, so that who was on call can be told for ever.',
    params: SCHEDULE_PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'Schedule',
    status: 200,
    problems: CHANGE_PROBLEMS,
  })
  async retire(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    const { scheduleId } = await this.desk.findToManage(context, id);
    const target = { scheduleId, ifRev: ifMatch(headers['if-match'], 'signal') };
    return answered(context, reply, await this.onCall.retire(target, changeOf(context, headers, this.clock, 'retired')));
  }
}
