import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AuditRow, Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AuditTrail } from '../ports/audit-trail.js';

@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @Requires('audit.read')
  @Endpoint({
    summary: 'List what was read and done, newest first',
    query: Paging,
    answer: 'AuditRowList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<AuditRow>> {
    const page = await this.trail.list(parse(Paging, query, 'query'));
    context.subject('audit', null, `${page.items.length} rows`);
    return page;
  }
}
