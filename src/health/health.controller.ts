import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { Metrics } from './metrics.js';
import { Readiness, type ReadinessReport } from './readiness.js';
import { isOfThisMachine } from './this-machine.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Public('a supervisor asks whether the process answers at all')
  @Endpoint({ summary: 'The process answers', answer: 'json' })
  live(): { readonly live: true } {
    return { live: true };
  }

  @Get('health/ready')
  @Public('a supervisor asks whether the process does its work')
  @Endpoint({
    summary: 'The stream consumers have partitions and finish batches',
    description: 'With `site=1` also whether alarms are found at all, in this process or in others: for the watchdog.',
    query: z.object({ site: z.literal('1').optional() }),
    answer: 'Health',
    also: { 503: 'Not yet, or not any more; the answer names the part.' },
  })
  ready(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): ReadinessReport {
    const report = this.readiness.report();
    // For the watchdog: a process that answers well is of no use where no other one finds alarms.
    const ofSite = (request.query as { readonly site?: string }).site === '1';
    const ready = report.ready && (!ofSite || this.readiness.processing());
    void reply.status(ready ? 200 : 503);
    return { ...report, ready };
  }

  @Get('metrics')
  @Public('from this machine, or with the token of a service')
  @Endpoint({ summary: 'Metrics in the Prometheus text format', answer: 'text', problems: ['forbidden'] })
  async scrape(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const isService = context.callerOrNull?.roles.includes('service') === true;
    if (!isOfThisMachine(request) && !isService) throw new PlatformError('forbidden');
    void reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
