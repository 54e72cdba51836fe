import { Body, Controller, Get, Headers, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, type CareUnitPlace, ChangeCareUnit, NewCareUnit } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Places } from '../ports/places.js';
import { answered, CHANGE_PROBLEMS, CREATE_PROBLEMS, READ_PROBLEMS } from './answered.js';

const PARAMS = { careUnitId: CareUnitId } as const;

/** Care units as they are set up. Nothing of a patient is in them, so that reading leaves no audit row. */
@ApiTags('places')
@Controller('api/v1/care-units')
export class CareUnitsController {
  constructor(
    private readonly places: Places,
    private readonly clock: AppClock,
  ) {}

  @Get(':careUnitId')
  @Requires('place.read')
  @Endpoint({
    summary: 'Show one care unit as it is set up',
    params: PARAMS,
    answer: 'CareUnitPlace',
    problems: READ_PROBLEMS,
  })
  async show(@Param('careUnitId') id: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<CareUnitPlace> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    const place = await this.places.careUnit(careUnitId);
    if (place === null) throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
    void reply.header('etag', `"${place.rev}"`);
    return place;
  }

  @Post()
  @Requires('place.manage')
  @Endpoint({
    summary: 'Add a care unit',
    description: 'Its id never changes and is never given again, also once it is retired.',
    headers: CREATE_HEADERS,
    body: 'NewCareUnit',
    answer: 'CareUnitPlace',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async add(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CareUnitPlace> {
    const unit = parse(NewCareUnit, body, 'body');
    context.subject(`careUnit:${unit.careUnitId}`);
    const outcome = await this.places.addCareUnit(unit, changeOf(context, headers, this.clock, 'added'));
    void reply.header('location', `/api/v1/care-units/${unit.careUnitId}`);
    return answered(context, reply, outcome);
  }

  @Patch(':careUnitId')
  @Requires('place.manage')
  @Endpoint({
    summary: 'Give a care unit another label',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ChangeCareUnit',
    answer: 'CareUnitPlace',
    problems: CHANGE_PROBLEMS,
  })
  async change(
    @Context() context: RequestContext,
    @Param('careUnitId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CareUnitPlace> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    const { label } = parse(ChangeCareUnit, body, 'body');
    context.subject(`careUnit:${careUnitId}`);
    const target = { careUnitId, ifRev: ifMatch(headers['if-match'], 'signal') };
    return answered(
      context,
      reply,
      await this.places.changeCareUnit(target, label, changeOf(context, headers, this.clock, 'label')),
    );
  }

  @Post(':careUnitId/retire')
  @Requires('place.manage')
  @Endpoint({
    summary: 'Retire a care unit that has no beds any more',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'CareUnitPlace',
    problems: CHANGE_PROBLEMS,
  })
  async retire(
    @Context() context: RequestContext,
    @Param('careUnitId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CareUnitPlace> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    context.subject(`careUnit:${careUnitId}`);
    const target = { careUnitId, ifRev: ifMatch(headers['if-match'], 'signal') };
    return answered(context, reply, await this.places.retireCareUnit(target, changeOf(context, headers, this.clock, 'retired')));
  }
}
