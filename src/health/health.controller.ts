import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
    answer: 'Health',
    also: { 503: 'Not yet, or not any more; the answer names the part.' },
  })
  ready(@Res({ passthrough: true }) reply: FastifyReply): ReadinessReport {
    const report = this.readiness.report();
    void reply.status(report.ready ? 200 : 503);
    return report;
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
