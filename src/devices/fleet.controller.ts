import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FleetDevice, FleetGateway, Page } from '@vigil/contracts';
import { Requires } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AppClock } from '../ports/app-clock.js';
import { Fleet, type FleetQuery } from '../ports/fleet.js';

@ApiTags('devices')
@Controller('api/v1')
export class FleetController {
  constructor(
    private readonly fleet: Fleet,
    private readonly clock: AppClock,
  ) {}

  @Get('devices')
  @Requires('device.read')
  @Endpoint({
    summary: 'List devices and how they are, as their gateways told last',
    description:
      'By device id: those of the site, and those that gateways know and the site does not. `isCurrent` is false where nobody ' +
      'has told for three minutes. Nothing of a patient.',
    query: Paging,
    answer: 'FleetDeviceList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  devices(@Query() query: unknown): Promise<Page<FleetDevice>> {
    return this.fleet.devices(this.asked(query));
  }

  @Get('gateways')
  @Requires('device.read')
  @Endpoint({
    summary: 'List gateways and how they are, as they told last',
    description: 'By gateway id. `isCurrent` is false where a gateway has not told for ten seconds.',
    query: Paging,
    answer: 'FleetGatewayList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  gateways(@Query() query: unknown): Promise<Page<FleetGateway>> {
    return this.fleet.gateways(this.asked(query));
  }

  private asked(query: unknown): FleetQuery {
    const { nowMs, rate } = { nowMs: this.clock.nowMs(), rate: this.clock.rate };
    return { ...parse(Paging, query, 'query'), nowMs, rate };
  }
}
