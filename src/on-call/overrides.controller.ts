import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HandoverNote, NewHandoverNote, NewOverride, type OverrideView, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCall } from '../ports/on-call.js';
import { answered, refuseWith } from './answered.js';
import { overrideErrors } from './checks.js';
import { OnCallDesk } from './desk.js';
import { CREATE_PROBLEMS, READ_PROBLEMS, SCHEDULE_PARAMS, spanOf, SpanQuery } from './schedules.controller.js';

const OverrideId = z.string().regex(/^[0-9a-f-]{36}(\.(give|take))?$/, 'the id of an override');

/** What differs from a schedule for a while, and what one shift writes for the next. */
@ApiTags('on-call')
@Controller('api/v1/on-call')
export class OverridesController {
  constructor(
    private readonly onCall: OnCall,
    private readonly desk: OnCallDesk,
    private readonly clock: AppClock,
  ) {}

  @Get('schedules/:scheduleId/overrides')
  @Requires('on-call.read')
  @Endpoint({
    summary: 'List what differs from a schedule in a span of wall time, also what was taken back',
    description: 'In the order in which they are done. Reasons are shown to who plans for its care unit.',
    params: SCHEDULE_PARAMS,
    query: SpanQuery,
    answer: 'OverrideViewList',
    problems: READ_PROBLEMS,
  })
  async list(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Query() query: unknown,
  ): Promise<Page<OverrideView>> {
    const span = spanOf(query, this.clock);
    const { scheduleId, content } = await this.desk.find(context, id);
    const overrides = await this.onCall.overrides(scheduleId, span);
    if (this.desk.mayKnowWhy(context, content.careUnitId)) return { items: [...overrides], next: null };
    return { items: overrides.map((override) => ({ ...override, reason: null })), next: null };
  }

  @Post('schedules/:scheduleId/overrides')
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Put somebody in the place of others, beside them, or take somebody out, for a while',
    description:
      'Wall time, at most a year. It counts from now on, also where `fromMs` is before. At most 2,000 that are not over.',
    params: SCHEDULE_PARAMS,
    headers: CREATE_HEADERS,
    body: 'NewOverride',
    answer: 'OverrideView',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async add(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OverrideView> {
    const asked = parse(NewOverride, body, 'body');
    const { scheduleId } = await this.desk.findToManage(context, id);
    refuseWith(overrideErrors(asked, await this.desk.site(), this.clock.wallMs()));
    const { kind, staffId, instead, fromMs, toMs } = asked;
    const who = `staff:${staffId ?? 'nobody'} for staff:${instead ?? 'everybody'}`;
    const change = changeOf(context, headers, this.clock, `${kind} ${who}, ${fromMs} to ${toMs}`);
    return answered(context, reply, await this.onCall.addOverride(scheduleId, asked, change));
  }

  @Delete('overrides/:overrideId')
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Take an override back: from now on the schedule holds again',
    params: { overrideId: OverrideId },
    headers: CREATE_HEADERS,
    answer: 'OverrideView',
    status: 200,
    problems: CREATE_PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param('overrideId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OverrideView> {
    const overrideId = parse(OverrideId, id, 'params.overrideId');
    const override = await this.onCall.override(overrideId);
    if (override === null) throw new PlatformError('not-found');
    await this.desk.findToManage(context, override.scheduleId);
    const change = changeOf(context, headers, this.clock, `override ${overrideId} taken back`);
    return answered(context, reply, await this.onCall.endOverride(overrideId, change));
  }

  @Get('schedules/:scheduleId/handover-notes')
  @Requires('on-call.notes')
  @Endpoint({
    summary: 'Read what the shifts before have written',
    description:
      'For who works in the care unit, and for who has a turn from a day ago to a day ahead. Newest first, at most 50, of the last 30 days.',
    params: SCHEDULE_PARAMS,
    answer: 'HandoverNoteList',
    problems: [...READ_PROBLEMS, 'audit-unavailable'],
  })
  async notes(@Context() context: RequestContext, @Param('scheduleId') id: unknown): Promise<Page<HandoverNote>> {
    const { scheduleId } = await this.desk.findForNotes(context, id);
    return { items: [...(await this.onCall.notes(scheduleId))], next: null };
  }

  @Post('schedules/:scheduleId/handover-notes')
  @Requires('on-call.notes')
  @Endpoint({
    summary: 'Write something for the shifts to come',
    params: SCHEDULE_PARAMS,
    headers: CREATE_HEADERS,
    body: 'NewHandoverNote',
    answer: 'HandoverNote',
    status: 201,
    problems: [...CREATE_PROBLEMS, 'keys-unavailable'],
  })
  async write(
    @Context() context: RequestContext,
    @Param('scheduleId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HandoverNote> {
    const { text } = parse(NewHandoverNote, body, 'body');
    const { scheduleId } = await this.desk.findForNotes(context, id);
    const change = changeOf(context, headers, this.clock, 'wrote a hand-over note');
    return answered(context, reply, await this.onCall.addNote(scheduleId, text, change));
  }
}
