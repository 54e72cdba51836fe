import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type CareUnit,
  CareUnitId,
  EpochMs,
  NewStaffAssignment,
  type Page,
  type StaffAssignment,
  type StaffMember,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';

const AssignmentQuery = Paging.extend({ careUnit: CareUnitId.optional() });
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Who works here and who cares for whom. No patient is shown, so reading leaves no audit row. */
@ApiTags('staff')
@Controller('api/v1')
export class StaffController {
  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get('care-units')
  @Requires('signed-in')
  @Endpoint({ summary: 'List the care units of the site', answer: 'CareUnitList', problems: READ_PROBLEMS })
  async careUnits(): Promise<Page<CareUnit>> {
    return { items: await this.directory.careUnits(), next: null };
  }

  @Get('staff')
  @Requires('staff.read')
  @Endpoint({ summary: 'List the staff of the site', answer: 'StaffMemberList', problems: READ_PROBLEMS })
  async staff(): Promise<Page<StaffMember>> {
    return { items: await this.directory.staff(), next: null };
  }

  @Get('assignments')
  @Requires('assignment.read')
  @Endpoint({
    summary: 'List who answers for which bed or care unit',
    query: AssignmentQuery,
    answer: 'StaffAssignmentList',
    problems: READ_PROBLEMS,
  })
  assignments(@Query() query: unknown): Promise<Page<StaffAssignment>> {
    const { careUnit, ...rest } = parse(AssignmentQuery, query, 'query');
    return this.directory.assignments({ ...rest, careUnitId: careUnit });
  }

  @Post('assignments')
  @Requires('assignment.create')
  @Endpoint({
    summary: 'Assign a person to a bed, or to a whole care unit',
    description: 'Times are wall time, because shifts are; `fromMs` defaults to now.',
    body: 'NewStaffAssignment',
    answer: 'StaffAssignment',
    status: 201,
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async assign(@Context() context: RequestContext, @Body() body: unknown): Promise<StaffAssignment> {
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
    return this.directory.assign({ staffId, careUnitId, bedId, role, fromMs: startMs, toMs }, who);
  }
}
