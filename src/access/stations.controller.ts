import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EpochMs, NewStation, type Page, type Station, type StationCreated, StationEnrolment, StationId } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AppClock } from '../ports/app-clock.js';
import { StationWatches } from '../ports/station-watches.js';
import { Stations } from '../ports/stations.js';
import { ServerConfig } from '../server-config.js';
import { Context, Public, Requires } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { Sessions } from './sessions.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { StationDesk } from './stations.js';
import { clearedStationCookie, hasStationCookie, stationCookie, stationTokenOf } from './tokens.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Shared screens of a care unit: made by whoever runs the unit, enrolled once with a code, revoked at any time. */
@ApiTags('stations')
@Controller('api/v1')
export class StationsController {
  constructor(
    private readonly stations: Stations,
    private readonly watches: StationWatches,
    private readonly desk: StationDesk,
    private readonly sessions: Sessions,
    private readonly throttle: SignInThrottle,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Get('stations')
  @Requires('station.read')
  @Endpoint({ summary: 'List the stations of your care units', query: Paging, answer: 'StationList', problems: PROBLEMS })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Station>> {
    const isEverywhere = may(context.caller, 'station.read', { careUnitIds: [] }).allowed;
    const page = await this.stations.list({
      ...parse(Paging, query, 'query'),
      careUnitIds: isEverywhere ? null : context.caller.careUnitIds,
    });
    const wallMs = this.clock.wallMs();
    const watched = new Map((await this.watches.all()).map(({ stationId, off }) => [stationId, off]));
    const items = page.items.map((station) => {
      const off = watched.get(station.stationId) ?? null;
      return off === null || off.untilMs <= wallMs ? station : { ...station, offUntilMs: off.untilMs };
    });
    return { ...page, items };
  }

  @Post('stations')
  @Requires('station.manage', 'station.create')
  @Endpoint({
    summary: 'Make a station; its code is shown this once',
    description: 'The code goes into `POST /api/v1/station-session` at the screen, once and within 15 minutes.',
    body: 'NewStation',
    status: 201,
    answer: 'StationCreated',
    problems: [...PROBLEMS, 'not-found', 'conflict'],
  })
  async create(@Context() context: RequestContext, @Body() body: unknown): Promise<StationCreated> {
    const given = parse(NewStation, body, 'body');
    context.subject(`careUnit:${given.careUnitId}`);
    context.requireScope('station.manage', given.careUnitId);
    const { codeExpiresAtMs, ...made } = await this.desk.create(given, (stationId) => {
      context.subject(`station:${stationId}`, null, `of careUnit:${given.careUnitId}`);
      return { audit: context.commandEntry(), wallMs: this.clock.wallMs() };
    });
    return { ...made, codeExpiresAtMs: EpochMs.parse(codeExpiresAtMs) };
  }

  @Delete('stations/:stationId')
  @HttpCode(204)
  @Requires('station.manage', 'station.revoke')
  @Endpoint({
    summary: 'Revoke a station; its screen goes dark within seconds',
    params: { stationId: StationId },
    answer: null,
    problems: [...PROBLEMS, 'not-found'],
  })
  async revoke(@Context() context: RequestContext, @Param('stationId') id: unknown): Promise<void> {
    const stationId = parse(StationId, id, 'params');
    context.subject(`station:${stationId}`);
    const station = await this.stations.station(stationId);
    if (station === null) throw new PlatformError('not-found');
    context.requireScope('station.manage', station.careUnitId);
    await this.stations.revoke(stationId, { audit: context.commandEntry(), wallMs: this.clock.wallMs() });
    await this.sessions.noticeEnded();
  }

  @Post('station-session')
  @Public('a screen becomes a station with a code that somebody was shown', 'station.enrol')
  @Endpoint({
    summary: 'Make this screen a station',
    description: 'Sets the cookie `vigil_station`: beds and alarms of one care unit to look at, with nobody signed in.',
    body: 'StationEnrolment',
    answer: 'Station',
    problems: ['wrong-code', 'forbidden', 'too-many-attempts', 'store-unavailable'],
  })
  async enrol(
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<Station> {
    const { code } = parse(StationEnrolment, body, 'body');
    const giveBack = this.throttle.passkey(context.ip, null, this.clock.wallMs());
    const { station, token } = await this.desk.enrol(code, ({ stationId, careUnitId }) => {
      context.subject(`station:${stationId}`, null, `of careUnit:${careUnitId}`);
      return context.commandEntry();
    });
    giveBack();
    void reply.header('set-cookie', stationCookie(token, this.config.secure));
    return station;
  }

  @Get('station-session')
  @Public('a screen asks which station it is; only its own cookie tells')
  @Endpoint({
    summary: 'Which station this screen is',
    description:
      'Ask when a page opens: the token of the cookie is made anew here, once a day. 204 without a cookie: most screens are none, and nothing was refused them. 401 with a cookie that holds no longer, which is taken away.',
    answer: 'Station',
    bodiless: { 204: 'This screen is no station.' },
    problems: ['unauthenticated', 'store-unavailable'],
  })
  async show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Station | undefined> {
    if (!hasStationCookie(request.headers)) {
      void reply.status(204);
      return undefined;
    }
    const token = stationTokenOf(request.headers);
    const shown = token === null ? null : await this.desk.show(token);
    if (shown === null) {
      void reply.header('set-cookie', clearedStationCookie(this.config.secure));
      throw new PlatformError('unauthenticated');
    }
    if (shown.newToken !== null) void reply.header('set-cookie', stationCookie(shown.newToken, this.config.secure));
    return shown.station;
  }
}
