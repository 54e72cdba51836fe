import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type GatewayConfig, GatewayId, type Page, type RejectRow } from '@vigil/contracts';
import { may, NOWHERE, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { OutOfScope, RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { sha256Hex } from '../http/sha.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';

@ApiTags('devices')
@Controller('api/v1')
export class DevicesController {
  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get('gateways/:gatewayId/config')
  @Requires('gateway.config')
  @Endpoint({
    summary: 'Show which bed each device of a gateway is at',
    description: 'For that gateway alone: the token of another one finds nothing.',
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
  ): Promise<GatewayConfig | undefined> {
    const gatewayId = parse(GatewayId, id, 'params.gatewayId');
    context.subject(`gateway:${gatewayId}`);
    const decision = may(context.caller, 'gateway.config', { ...NOWHERE, gatewayId });
    if (!decision.allowed) throw new OutOfScope(decision.reason);
    const config = await this.directory.gatewayConfig(gatewayId, this.clock.rate);
    if (config === null) throw new PlatformError('not-found', { ids: [`gateway:${gatewayId}`] });
    const etag = `"${sha256Hex(JSON.stringify(config)).slice(0, 32)}"`;
    void reply.header('etag', etag);
    if (known !== etag) return config;
    void reply.status(304);
    return undefined;
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
