import { Body, Controller, Delete, Get, Headers, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type BedAlias, type Page, PlaceName, SetBedAlias } from '@vigil/contracts';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Places } from '../ports/places.js';
import { CHANGE_PROBLEMS, READ_PROBLEMS } from './answered.js';

/**
 * What the hospital's feeds call the beds. A name is whatever a feed sends, and so is never part of a path. The ETag is that of all
 * places of the site, because whoever points a name at a bed has looked at the whole list.
 */
@ApiTags('places')
@Controller('api/v1/bed-aliases')
export class BedAliasesController {
  constructor(
    private readonly places: Places,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('place.read')
  @Endpoint({
    summary: 'List what the hospital calls the beds',
    query: Paging,
    answer: 'BedAliasList',
    problems: READ_PROBLEMS,
  })
  async list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<Page<BedAlias>> {
    const paging = parse(Paging, query, 'query');
    // Before the list, so that an ETag is never newer than what it stands for.
    const rev = await this.places.rev();
    void reply.header('etag', `"${rev}"`);
    return this.places.aliases(paging);
  }

  @Put()
  @Requires('place.manage')
  @Endpoint({
    summary: 'Say which bed a name of the hospital stands for',
    description: 'If-Match names the ETag of the list.',
    query: PlaceName,
    headers: CHANGE_HEADERS,
    body: 'SetBedAlias',
    answer: 'BedAlias',
    problems: CHANGE_PROBLEMS,
  })
  async set(
    @Context() context: RequestContext,
    @Query() query: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<BedAlias> {
    const name = parse(PlaceName, query, 'query');
    const { bedId } = parse(SetBedAlias, body, 'body');
    context.subject(`bed:${bedId}`);
    const change = changeOf(context, headers, this.clock, 'alias set');
    const { value, repeated } = await this.places.setAlias(name, bedId, change, ifMatch(headers['if-match'], 'signal'));
    if (repeated) context.commandRepeated();
    return value;
  }

  @Delete()
  @Requires('place.manage')
  @Endpoint({
    summary: 'Take a name of the hospital away; what a feed says of it then waits for a person',
    description: 'If-Match names the ETag of the list.',
    query: PlaceName,
    headers: CHANGE_HEADERS,
    answer: null,
    problems: CHANGE_PROBLEMS,
  })
  async remove(@Context() context: RequestContext, @Query() query: unknown, @Headers() headers: CommandHeaders): Promise<void> {
    const name = parse(PlaceName, query, 'query');
    const bedId = await this.places.aliasOf(name);
    context.subject(bedId === null ? 'bed-aliases' : `bed:${bedId}`);
    const change = changeOf(context, headers, this.clock, 'alias removed');
    await this.places.removeAlias(name, change, ifMatch(headers['if-match'], 'signal'));
  }
}
