import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BedId,
  CareUnitId,
  ChangeStaffAssignment,
  EpochMs,
  NewStaffAssignment,
  type Page,
  type StaffAssignment,
  StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import type { Outcome } from '../ports/stay-limits.js';
import { SKEW_MS_MAX } from './patient-scope.js';

const AssignmentQuery = Paging.extend({
  careUnit: CareUnitId.optional(),
  staff: StaffId.optional(),
  bed: BedId.optional(),
  /** Wall time. */
  at: z.coerce.number().int().nonnegative().optional(),
});
const AssignmentId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'the id of an assignment');
const PARAMS = { assignmentId: AssignmentId } as const;
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const CREATE_PROBLEMS = [...READ_PROBLEMS, 'not-found', 'conflict'] as const;
const CHANGE_PROBLEMS = [...CREATE_PROBLEMS, 'revision-moved', 'precondition-required'] as const;

/** Who answers for which bed or care unit, and when. No patient is shown, so reading leaves no audit row. */
@ApiTags('staff')
@Controller('api/v1/assignments')
export class StaffAssignmentsController {
  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('assignment.read')
  @Endpoint({
    summary: 'List who answers for which bed or care unit',
    description: '`at` (wall time): only those that hold then.',
    query: AssignmentQuery,
    answer: 'StaffAssignmentList',
    problems: READ_PROBLEMS,
  })
  list(@Query() query: unknown): Promise<Page<StaffAssignment>> {
    const { careUnit, staff, bed, at, ...paging } = parse(AssignmentQuery, query, 'query');
    return this.directory.assignments({ ...paging, careUnitId: careUnit, staffId: staff, bedId: bed, atWallMs: at });
  }

  @Get(':assignmentId')
  @Requires('assignment.read')
  @Endpoint({
    summary: 'Show one assignment of a person',
    params: PARAMS,
    answer: 'StaffAssignment',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async show(@Param('assignmentId') id: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<StaffAssignment> {
    return tagged(reply, await this.find(id));
  }

  @Post()
  @Requires('assignment.create')
  @Endpoint({
    summary: 'Assign a person to a bed, or to a whole care unit',
    description: 'Times are wall time, because shifts are; `fromMs` defaults to now.',
    body: 'NewStaffAssignment',
    answer: 'StaffAssignment',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async assign(
    @Context() context: RequestContext,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StaffAssignment> {
    const { staffId, careUnitId, bedId = null, role, fromMs, toMs = null } = parse(NewStaffAssignment, body, 'body');
    const place = bedId === null ? `careUnit:${careUnitId}` : `bed:${bedId}`;
    context.subject(`staff:${staffId}`, null, `${role} of ${place}`);
    context.requireScope('assignment.create', careUnitId);
    if (bedId !== null && (await this.directory.bed(bedId))?.careUnitId !== careUnitId) {
      throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    }
    const wallMs = this.clock.wallMs();
    const startMs = fromMs ?? EpochMs.parse(wallMs);
    if (toMs !== null && toMs <= startMs) throw new InvalidRequest([{ path: 'body.toMs', message: 'later than fromMs' }]);
    const who = { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs };
    const author = { by: context.person.staffId, source: 'person', sourceRef: null } as const;
    const duty = { staffId, careUnitId, bedId, role, fromMs: startMs, toMs };
    return tagged(reply, await this.directory.assign(duty, { ...who, ...author }));
  }

  @Patch(':assignmentId')
  @Requires('assignment.create')
  @Endpoint({
    summary: 'Say when an assignment ends, or who takes over from then on',
    description: 'With `staffId` the answer is the new assignment; both change in one step. Wall time, now where it is left out.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ChangeStaffAssignment',
    answer: 'StaffAssignment',
    problems: CHANGE_PROBLEMS,
  })
  async change(
    @Context() context: RequestContext,
    @Param('assignmentId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StaffAssignment> {
    const { staffId, toMs, reason } = parse(ChangeStaffAssignment, body, 'body');
    // Access is decided from who was on duty when: that is not written anew.
    if (toMs !== undefined && toMs < this.clock.wallMs() - SKEW_MS_MAX) {
      throw new InvalidRequest([{ path: 'body.toMs', message: 'not in the past' }]);
    }
    const target = await this.forChange(context, id, headers);
    if (staffId === undefined) {
      const change = changeOf(context, headers, this.clock, `ends: ${reason}`);
      return answered(context, reply, await this.directory.endAssignment(target, { toMs, reason }, change));
    }
    const change = changeOf(context, headers, this.clock, `taken over by staff:${staffId}: ${reason}`);
    return answered(context, reply, await this.directory.replaceAssignment(target, { staffId, fromMs: toMs, reason }, change));
  }

  @Delete(':assignmentId')
  @Requires('assignment.create')
  @Endpoint({
    summary: 'End an assignment now',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'StaffAssignment',
    status: 200,
    problems: CHANGE_PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param('assignmentId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StaffAssignment> {
    const target = await this.forChange(context, id, headers);
    const change = changeOf(context, headers, this.clock, 'ends: routine');
    return answered(context, reply, await this.directory.endAssignment(target, { reason: 'routine' }, change));
  }

  private async forChange(context: RequestContext, id: unknown, headers: CommandHeaders) {
    const { assignmentId, staffId, careUnitId, bedId } = await this.find(id);
    context.subject(`staff:${staffId}`, null, bedId === null ? `careUnit:${careUnitId}` : `bed:${bedId}`);
    context.requireScope('assignment.create', careUnitId);
    return { assignmentId, ifRev: ifMatch(headers['if-match'], 'signal') };
  }

  private async find(id: unknown): Promise<StaffAssignment> {
    const assignmentId = parse(AssignmentId, id, 'params.assignmentId');
    const assignment = await this.directory.assignment(assignmentId);
    if (assignment === null) throw new PlatformError('not-found', { ids: [`assignment:${assignmentId}`] });
    return assignment;
  }
}

/** One that was carried out before leaves the row of a repeat, as every command does. */
function answered(context: RequestContext, reply: FastifyReply, { value, repeated }: Outcome<StaffAssignment>): StaffAssignment {
  if (repeated) context.commandRepeated();
  return tagged(reply, value);
}

function tagged(reply: FastifyReply, assignment: StaffAssignment): StaffAssignment {
  void reply.header('etag', `"${assignment.rev ?? 1}"`);
  return assignment;
}
