import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EpochMs, StatusView } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { PagingHealth } from '../health/paging-health.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCallTroubles } from '../ports/on-call-troubles.js';
import { Canaries } from './canaries.js';
import { PagingStatus } from './paging-status.js';

/** What channels did in so long is shown. Wall time. */
const CHANNELS_OF_MS = 24 * 3_600_000;

/** Whether alarms reach people: ages, counts and codes, nothing of a patient. */
@ApiTags('status')
@Controller('api/v1/status')
export class StatusController {
  constructor(
    private readonly paging: PagingStatus,
    private readonly health: PagingHealth,
    private readonly canaries: Canaries,
    private readonly troubles: OnCallTroubles,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('status.read')
  @Endpoint({
    summary: 'Show whether alarms reach people',
    description:
      'The last test alarm of each gateway and how long it took, the loops that page, the watchdog, the channels of the last 24 hours, and what is wrong with being told.',
    answer: 'Status',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async status(@Context() context: RequestContext): Promise<StatusView> {
    context.subject('status');
    const wallMs = this.clock.wallMs();
    // First, because what paging says of them is what was seen last.
    const canary = await this.canaries.view();
    const held = await this.troubles.holding();
    return {
      atMs: wallMs as EpochMs,
      paging: await this.paging.view(),
      watchdogAgeMs: this.health.watchdogAgeMs(),
      canary,
      channels: [...(await this.troubles.channels(wallMs - CHANNELS_OF_MS))],
      troubles: held.map(({ sinceWallMs, ...each }) => ({ ...each, sinceMs: sinceWallMs as EpochMs })),
    };
  }
}
