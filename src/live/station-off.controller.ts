import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { NewStationOff, STATION_OFF_MS_MAX, StationId, type StationOff } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { StationWatches } from '../ports/station-watches.js';
import { Stations } from '../ports/stations.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;

/** A shared screen that may be dark for a while: nobody is told that it is, and the limits-off board says so. */
@ApiTags('stations')
@Controller('api/v1/stations/:stationId/off')
export class StationOffController {
  constructor(
    private readonly stations: Stations,
    private readonly watches: StationWatches,
    private readonly clock: AppClock,
  ) {}

  @Post()
  @Requires('station.manage', 'station.off')
  @Endpoint({
    summary: 'Say that a station may be dark until a time',
    description:
      'Its alarm ends, and none comes until then; after that it has a minute to draw. At most seven days, wall time. A new time takes the place of the one before, so sending it again does no harm.',
    params: { stationId: StationId },
    body: 'NewStationOff',
    status: 201,
    answer: 'StationOff',
    problems: PROBLEMS,
  })
  async off(@Context() context: RequestContext, @Param('stationId') id: unknown, @Body() body: unknown): Promise<StationOff> {
    const stationId = await this.stationFor(context, id);
    const wanted = parse(NewStationOff, body, 'body');
    const wallMs = this.clock.wallMs();
    if (wanted.untilMs <= wallMs || wanted.untilMs > wallMs + STATION_OFF_MS_MAX) {
      throw new InvalidRequest([{ path: 'body.untilMs', message: 'between now and seven days from now' }]);
    }
    const audit = context.commandEntry(`${wanted.reason}, until ${wanted.untilMs}`);
    return this.watches.off(stationId, { ...wanted, by: context.person.staffId }, { audit, wallMs });
  }

  @Delete()
  @HttpCode(204)
  @Requires('station.manage', 'station.on')
  @Endpoint({
    summary: 'Say that a station is expected to draw again',
    description: 'It has a minute to. One that was not off is answered alike.',
    params: { stationId: StationId },
    answer: null,
    problems: PROBLEMS,
  })
  async on(@Context() context: RequestContext, @Param('stationId') id: unknown): Promise<void> {
    const stationId = await this.stationFor(context, id);
    const wasOff = await this.watches.on(stationId, { audit: context.commandEntry(), wallMs: this.clock.wallMs() });
    if (!wasOff) context.commandRepeated();
  }

  private async stationFor(context: RequestContext, id: unknown): Promise<StationId> {
    const stationId = parse(StationId, id, 'params.stationId');
    context.subject(`station:${stationId}`);
    const station = await this.stations.station(stationId);
    if (station === null || station.state === 'revoked') throw new PlatformError('not-found');
    context.requireScope('station.manage', station.careUnitId);
    return stationId;
  }
}
