import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../access/access.decorators.js';
import { PagingHealth } from '../health/paging-health.js';
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
  @Public('the watchdog asks whether people are told of alarms')
  @Endpoint({
    summary: 'Escalations move on and pages leave',
    answer: 'PagingHealth',
    also: { 503: 'Pages that are due are not sent; `problem` says why.' },
  })
  async escalation(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<PagingReport> {
    if (WATCHDOG.test(request.headers['user-agent'] ?? '')) this.health.watchdogLooked();
    const report = await this.status.report();
    void reply.status(report.problem === null ? 200 : 503);
    return report;
  }
}
