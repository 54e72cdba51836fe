import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, DeviceUse, type FleetDevice, type FleetGateway, type Page, type ToFixToday } from '@vigil/contracts';
import { z } from 'zod';
import { Requires } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AppClock } from '../ports/app-clock.js';
import { Fleet, type FleetQuery } from '../ports/fleet.js';
import { FleetRound } from './fleet-round.js';

const DeviceQuery = Paging.extend({
  state: DeviceUse.optional(),
  bed: BedId.optional(),
  text: z.string().trim().min(1).max(64).optional(),
});

@ApiTags('devices')
@Controller('api/v1')
export class FleetController {
  constructor(
    private readonly fleet: Fleet,
    private readonly round: FleetRound,
    private readonly clock: AppClock,
  ) {}

  @Get('devices')
  @Requires('device.read')
  @Endpoint({
    summary: 'List devices and how they are, as their gateways told last',
    description:
      'By device id: those of the registry, and those that gateways know and the registry does not. `isCurrent` is false where ' +
      'nobody has told for three minutes. `text`: somewhere in id, maker, model, owner, place or wanted firmware; `state` and ' +
      '`bed` leave out what is not registered. Nothing of a patient.',
    query: DeviceQuery,
    answer: 'FleetDeviceList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  devices(@Query() query: unknown): Promise<Page<FleetDevice>> {
    const { state, bed: bedId, text, ...page } = parse(DeviceQuery, query, 'query');
    return this.fleet.devices({ ...page, ...this.now(), search: { state, bedId, text } });
  }

  @Get('fleet/to-fix')
  @Requires('device.read')
  @Endpoint({
    summary: 'List what somebody should put right at the devices today, the worst first',
    description:
      'Looks at the whole fleet, the registry, standing faults and the tray. Each line says what it is and what to do; the runbook, ' +
      '"Devices to fix", says more.',
    answer: 'ToFixToday',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  toFix(): Promise<ToFixToday> {
    return this.round.toFix();
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
    return this.fleet.gateways({ ...parse(Paging, query, 'query'), ...this.now() });
  }

  private now(): Pick<FleetQuery, 'nowMs' | 'rate'> {
    return { nowMs: this.clock.nowMs(), rate: this.clock.rate };
  }
}
