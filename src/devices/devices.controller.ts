import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { GatewayId, type Page, type RejectRow } from '@vigil/contracts';
import { may, NOWHERE, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { OutOfScope, RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { Directory } from '../ports/directory.js';
import { SelfTests } from '../status/self-tests.js';
import { GatewayConfigs } from './gateway-configs.js';

/** `keyid=<id>;sig=<base64>`, several apart by commas. */
export const SIGNATURE_HEADER = 'x-vigil-signature';
/** A test alarm that somebody asked for: the gateway sends one, once for each. Not signed, because it can do no more than that. */
const TEST_ALARM_HEADER = 'x-vigil-test-alarm';

@ApiTags('devices')
@Controller('api/v1')
export class DevicesController {
  constructor(
    private readonly directory: Directory,
    private readonly configs: GatewayConfigs,
    private readonly tests: SelfTests,
  ) {}

  @Get('gateways/:gatewayId/config')
  @Requires('gateway.config')
  @Endpoint({
    summary: 'Show what a gateway has to know: the bed of each device, and what its local watch needs',
    description:
      'For that gateway alone: the token of another one finds nothing. Signed (Ed25519) over the exact bytes of the body: ' +
      'header `x-vigil-signature`, `keyid=<id>;sig=<base64>`, several apart by commas. ' +
      'Header `x-vigil-test-alarm`, with or without a body: somebody asked for a test alarm of this name.',
    params: { gatewayId: GatewayId },
    headers: { 'If-None-Match': { required: false, meaning: 'ETag of the configuration that the gateway has.' } },
    answer: 'GatewayConfig',
    bodiless: { 304: 'Nothing has changed.' },
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async config(
    @Context() context: RequestContext,
    @Param('gatewayId') id: unknown,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const gatewayId = parse(GatewayId, id, 'params.gatewayId');
    context.subject(`gateway:${gatewayId}`);
    const decision = may(context.caller, 'gateway.config', { ...NOWHERE, gatewayId });
    if (!decision.allowed) throw new OutOfScope(decision.reason);
    const config = await this.configs.of(gatewayId);
    if (config === null) throw new PlatformError('not-found', { ids: [`gateway:${gatewayId}`] });
    void reply.header('etag', config.etag);
    const testId = this.tests.wantedOf(gatewayId);
    if (testId !== null) void reply.header(TEST_ALARM_HEADER, testId);
    if (known === config.etag) {
      void reply.status(304);
      return undefined;
    }
    // Sent as it was signed: text goes out as it is, an object would be written anew.
    void reply.header(SIGNATURE_HEADER, config.signature).header('content-type', 'application/json; charset=utf-8');
    return config.body;
  }

  @Get('rejects')
  @Requires('reject.read')
  @Endpoint({
    summary: 'List bad input that was refused and kept, newest first',
    query: Paging,
    answer: 'RejectRowList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  rejects(@Query() query: unknown): Promise<Page<RejectRow>> {
    return this.directory.rejects(parse(Paging, query, 'query'));
  }
}
