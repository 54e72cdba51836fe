import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AssignDevice,
  BedId,
  CorrectAssignment,
  type CorrectedAssignment,
  type DeviceAssignment,
  DeviceId,
  EndAssignment,
  EpochMs,
  type Page,
  type PatientId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import type { Outcome } from '../ports/stay-limits.js';
import { AssignmentAccess } from './assignment-access.js';
import { touchedBy } from './touched.js';

const AssignmentId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'the id of an assignment');
const PARAMS = { assignmentId: AssignmentId } as const;
const AssignmentQuery = Paging.extend({
  device: DeviceId.optional(),
  bed: BedId.optional(),
  /** Event time. */
  at: z.coerce.number().int().nonnegative().optional(),
});
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const ASSIGN_PROBLEMS = [...READ_PROBLEMS, 'not-found', 'conflict', 'assignment-conflict', 'reason-required'] as const;
const CHANGE_PROBLEMS = [...ASSIGN_PROBLEMS, 'revision-moved', 'precondition-required'] as const;
/** Clocks of two programs may differ by this much wall time. */
const SKEW_MS_MAX = 60_000;

/** Which device is at which bed, and was. Nothing of a patient is in it, so that reading leaves no audit row. */
@ApiTags('device-assignments')
@Controller('api/v1/device-assignments')
export class DeviceAssignmentsController {
  constructor(
    private readonly assignments: DeviceAssignments,
    private readonly may: AssignmentAccess,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('device-assignment.read')
  @Endpoint({
    summary: 'List which device is at which bed, and was; newest first',
    description: '`at` (event time): only those that hold then. Without it also what is over, and what was put right (`voided`).',
    query: AssignmentQuery,
    answer: 'DeviceAssignmentList',
    problems: READ_PROBLEMS,
  })
  list(@Query() query: unknown): Promise<Page<DeviceAssignment>> {
    const { device, bed, at, ...paging } = parse(AssignmentQuery, query, 'query');
    return this.assignments.list({ ...paging, deviceId: device, bedId: bed, atMs: at });
  }

  @Get(':assignmentId')
  @Requires('device-assignment.read')
  @Endpoint({
    summary: 'Show one assignment of a device',
    params: PARAMS,
    answer: 'DeviceAssignment',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async show(@Param('assignmentId') id: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<DeviceAssignment> {
    const assignment = await this.find(id);
    void reply.header('etag', `"${assignment.rev}"`);
    return assignment;
  }

  @Post()
  @Requires('device.assign')
  @Endpoint({
    summary: 'Put a device to a bed',
    description:
      '409 says in `conflicts` what stands in the way: the device at another bed (`endOther` ends that), another device that names the same metric (`replaces` ends that). Where somebody lies, only whoever cares for patients there.',
    headers: CREATE_HEADERS,
    body: 'AssignDevice',
    answer: 'DeviceAssignment',
    status: 201,
    problems: ASSIGN_PROBLEMS,
  })
  async assign(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceAssignment> {
    const wanted = parse(AssignDevice, body, 'body');
    this.refuseFuture('fromMs', wanted.fromMs);
    const { deviceId, bedId, endOther } = wanted;
    const fromMs = wanted.fromMs ?? this.now();
    context.subject(`bed:${bedId}`, null, `device:${deviceId}`);
    const patients = [...(await this.may.requireAssign(context, bedId, { fromMs, toMs: null }))];
    if (endOther === true) patients.push(...(await this.may.requireTakeAway(context, { deviceId, toBedId: bedId }, fromMs)));
    context.subject(`bed:${bedId}`, patients);
    const replaced = wanted.replaces === undefined ? '' : ` in place of device:${wanted.replaces}`;
    const change = changeOf(context, headers, this.clock, `device:${deviceId}${replaced}: ${wanted.reason}`);
    const outcome = await this.assignments.assign(wanted, change);
    void reply.header('location', `/api/v1/device-assignments/${outcome.value.assignmentId}`);
    return this.answered(context, reply, outcome);
  }

  @Post(':assignmentId/end')
  @Requires('device.assign')
  @Endpoint({
    summary: 'Take a device away from its bed',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'EndAssignment',
    answer: 'DeviceAssignment',
    problems: CHANGE_PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param('assignmentId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceAssignment> {
    const wanted = parse(EndAssignment, body, 'body');
    this.refuseFuture('toMs', wanted.toMs);
    const toMs = wanted.toMs ?? this.now();
    const { assignmentId, bedId, deviceId } = await this.find(id);
    context.subject(`bed:${bedId}`, null, `device:${deviceId}`);
    context.subject(`bed:${bedId}`, await this.may.requireAssign(context, bedId, { fromMs: toMs, toMs: null }));
    const target = { assignmentId, ifRev: ifMatch(headers['if-match'], 'signal') };
    const change = changeOf(context, headers, this.clock, `device:${deviceId} ends: ${wanted.reason}`);
    return this.answered(context, reply, await this.assignments.end(target, wanted, change));
  }

  @Post(':assignmentId/correct')
  @Requires('assignment.correct')
  @Endpoint({
    summary: 'Say that an assignment was wrong: how it really was',
    description:
      'What was stored goes to where it belongs; `correction` says how far that is, and which alarms came from what was wrong. What was said before is kept. Needs a reason other than `routine`, and a note.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'CorrectAssignment',
    answer: 'CorrectedAssignment',
    problems: CHANGE_PROBLEMS,
  })
  async correct(
    @Context() context: RequestContext,
    @Param('assignmentId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectedAssignment> {
    const wanted = parse(CorrectAssignment, body, 'body');
    this.refuseFuture('fromMs', wanted.fromMs);
    this.refuseFuture('toMs', wanted.toMs ?? undefined);
    const before = await this.find(id);
    const { assignmentId, bedId, deviceId } = before;
    context.subject(`bed:${bedId}`, null, `device:${deviceId}`);
    const patients: PatientId[] = [];
    // Also where nothing would change there: that this is no reason to answer is for the store to say.
    for (const each of [{ bedId, stretch: EMPTY }, ...touchedBy(before, wanted)]) {
      patients.push(...(await this.may.requireCorrect(context, each.bedId, each.stretch)));
    }
    context.subject(`bed:${bedId}`, patients);
    const target = { assignmentId, ifRev: ifMatch(headers['if-match'], 'signal') };
    const to = wanted.bedId === undefined ? '' : `, bed:${wanted.bedId}`;
    const change = changeOf(context, headers, this.clock, `device:${deviceId} corrected${to}: ${wanted.reason}`);
    const { value, repeated } = await this.assignments.correct(target, wanted, change);
    this.answered(context, reply, { value: value.assignment, repeated });
    return value;
  }

  private answered(
    context: RequestContext,
    reply: FastifyReply,
    { value, repeated }: Outcome<DeviceAssignment>,
  ): DeviceAssignment {
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  private async find(id: unknown): Promise<DeviceAssignment> {
    const assignmentId = parse(AssignmentId, id, 'params.assignmentId');
    const assignment = await this.assignments.find(assignmentId);
    if (assignment === null) throw new PlatformError('not-found', { ids: [`assignment:${assignmentId}`] });
    return assignment;
  }

  private now(): EpochMs {
    return EpochMs.parse(Math.round(this.clock.nowMs()));
  }

  /** @throws InvalidRequest for a time that is still to come: nobody knows yet what will be then */
  private refuseFuture(field: 'fromMs' | 'toMs', atMs: number | undefined): void {
    if (atMs === undefined || atMs <= this.clock.nowMs() + SKEW_MS_MAX * this.clock.rate) return;
    throw new InvalidRequest([{ path: `body.${field}`, message: 'not in the future' }]);
  }
}

const EMPTY = { fromMs: 0, toMs: 0 } as const;
