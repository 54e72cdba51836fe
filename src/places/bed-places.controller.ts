import { Body, Controller, Get, Headers, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, type BedPlace, ChangeBedRequest, NewBed } from '@vigil/contracts';
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

const PARAMS = { bedId: BedId } as const;

/** Beds as they are set up: nothing of who lies there. As they are now, they are at `/api/v1/beds/{bedId}`. */
@ApiTags('places')
@Controller('api/v1/beds')
export class BedPlacesController {
  constructor(
    private readonly places: Places,
    private readonly clock: AppClock,
  ) {}

  @Get(':bedId/place')
  @Requires('place.read')
  @Endpoint({ summary: 'Show one bed as it is set up', params: PARAMS, answer: 'BedPlace', problems: READ_PROBLEMS })
  async show(@Param('bedId') id: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<BedPlace> {
    const bedId = parse(BedId, id, 'params.bedId');
    const place = await this.places.bed(bedId);
    if (place === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    void reply.header('etag', `"${place.rev}"`);
    return place;
  }

  @Post()
  @Requires('place.manage')
  @Endpoint({
    summary: 'Add a bed',
    description: 'Its id never changes and is never given again, also once it is retired.',
    headers: CREATE_HEADERS,
    body: 'NewBed',
    answer: 'BedPlace',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async add(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BedPlace> {
    const bed = parse(NewBed, body, 'body');
    context.subject(`bed:${bed.bedId}`, null, `careUnit:${bed.careUnitId}`);
    const outcome = await this.places.addBed(bed, changeOf(context, headers, this.clock, `added to careUnit:${bed.careUnitId}`));
    void reply.header('location', `/api/v1/beds/${bed.bedId}/place`);
    return answered(context, reply, outcome);
  }

  @Patch(':bedId/place')
  @Requires('place.manage')
  @Endpoint({
    summary: 'Give a bed another label, or put it into another care unit',
    description:
      'Alarms, limits and devices stay. Where the other care unit has other limits, an alarm says so until somebody acknowledges it.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ChangeBedRequest',
    answer: 'BedPlace',
    problems: CHANGE_PROBLEMS,
  })
  async change(
    @Context() context: RequestContext,
    @Param('bedId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BedPlace> {
    const bedId = parse(BedId, id, 'params.bedId');
    const { reason, ...to } = parse(ChangeBedRequest, body, 'body');
    context.subject(`bed:${bedId}`);
    const what = [
      ...(to.label === undefined ? [] : ['label']),
      ...(to.careUnitId === undefined ? [] : [`careUnit:${to.careUnitId}`]),
    ];
    const target = { bedId, ifRev: ifMatch(headers['if-match'], 'signal'), reason };
    const change = changeOf(context, headers, this.clock, `${what.join(', ')}: ${reason}`);
    return answered(context, reply, await this.places.changeBed(target, to, change));
  }

  @Post(':bedId/retire')
  @Requires('place.manage')
  @Endpoint({
    summary: 'Retire a bed with nobody in it and no device at it',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'BedPlace',
    problems: CHANGE_PROBLEMS,
  })
  async retire(
    @Context() context: RequestContext,
    @Param('bedId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BedPlace> {
    const bedId = parse(BedId, id, 'params.bedId');
    context.subject(`bed:${bedId}`);
    const target = { bedId, ifRev: ifMatch(headers['if-match'], 'signal') };
    return answered(context, reply, await this.places.retireBed(target, changeOf(context, headers, this.clock, 'retired')));
  }
}
