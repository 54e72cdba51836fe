import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Integration, IntegrationRetry, Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Integrations } from '../health/integrations.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { RetryRequests } from './retry-requests.js';

/** How the exchange with the hospital's systems goes: counts and codes, nothing of a patient. */
@ApiTags('integrations')
@Controller('api/v1/integrations')
export class IntegrationsController {
  constructor(
    private readonly integrations: Integrations,
    private readonly retries: RetryRequests,
  ) {}

  @Get()
  @Requires('integration.read')
  @Endpoint({
    summary: 'Show how the exchange with the systems of the hospital goes, for each direction',
    answer: 'IntegrationList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext): Promise<Page<Integration>> {
    context.subject('integrations');
    return { items: await this.integrations.report(), next: null };
  }

  @Post('fhir/retry')
  @Requires('integration.retry')
  @Endpoint({
    summary: 'Send again what the FHIR server refused',
    description:
      'After somebody has changed what kept it from taking them. Once for each call; what is refused again waits again.',
    answer: 'IntegrationRetry',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable', 'keys-unavailable'],
  })
  async retry(@Context() context: RequestContext): Promise<IntegrationRetry> {
    context.subject('integration:fhir');
    return { again: await this.retries.ask() };
  }
}
