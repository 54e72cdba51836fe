import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { WATCHDOG_SERVICE } from '../access/service-tokens.js';
import { PagingHealth } from '../health/paging-health.js';
import { isOfThisMachine } from '../health/this-machine.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { type PagingReport, PagingStatus } from './paging-status.js';

/** How the watchdog names itself. Whoever borrows the name hides at most that there is no watchdog. */
const WATCHDOG = /^vigil-watchdog\b/;

@ApiTags('health')
@Controller()
export class PagingHealthController {
  constructor(
    private readonly status: PagingStatus,
    private readonly health: PagingHealth,
  ) {}

  @Get('health/escalation')
  @Public('the watchdog of this machine asks whether people are told of alarms; others with the token of a service')
  @Endpoint({
    summary: 'Escalations move on and pages leave',
    answer: 'PagingHealth',
    problems: ['forbidden'],
    also: { 503: 'Pages that are due are not sent; `problem` says why.' },
  })
  async escalation(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PagingReport> {
    const isOwn = isOfThisMachine(request);
    // It says when nobody is paged, and costs the store a look.
    const service = context.callerOrNull;
    if (!isOwn && service?.roles.includes('service') !== true) throw new PlatformError('forbidden');
    const isNamed = isOwn || service?.id === `system:${WATCHDOG_SERVICE}`;
    if (isNamed && WATCHDOG.test(request.headers['user-agent'] ?? '')) this.health.watchdogLooked();
    const report = await this.status.report();
    void reply.status(report.problem === null ? 200 : 503);
    return report;
  }
}
