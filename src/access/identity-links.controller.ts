import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type IdentityLink, IdentityLinkId, NewIdentityLink, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { IdentityLinks } from '../ports/identity-links.js';
import { ServerConfig } from '../server-config.js';
import { Context, Requires } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { Sessions } from './sessions.js';

/** Which identity of the site's provider signs in as a member of staff. */
@ApiTags('accounts')
@Controller('api/v1/accounts/:staffId/identity-links')
export class IdentityLinksController {
  constructor(
    private readonly links: IdentityLinks,
    private readonly sessions: Sessions,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Get()
  @Requires('account.read')
  @Endpoint({
    summary: 'List the identities that sign in as this person',
    params: { staffId: StaffId },
    answer: 'IdentityLinkList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Param('staffId') id: unknown): Promise<{ items: readonly IdentityLink[]; next: null }> {
    return { items: await this.links.of(parse(StaffId, id, 'params')), next: null };
  }

  @Post()
  @Requires('account.manage', 'account.link')
  @Endpoint({
    summary: 'Let an identity of the provider sign in as this person',
    params: { staffId: StaffId },
    body: 'NewIdentityLink',
    status: 201,
    answer: 'IdentityLink',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async link(@Context() context: RequestContext, @Param('staffId') id: unknown, @Body() body: unknown): Promise<IdentityLink> {
    const staffId = parse(StaffId, id, 'params');
    const { subject } = parse(NewIdentityLink, body, 'body');
    context.subject(`staff:${staffId}`);
    const { oidc } = this.config.settings;
    if (oidc === null) throw new PlatformError('not-found');
    const { issuer } = oidc;
    return this.links.link({ issuer, subject, staffId, wallMs: this.clock.wallMs(), audit: context.commandEntry() });
  }

  @Delete(':linkId')
  @Requires('account.manage', 'account.unlink')
  @Endpoint({
    summary: 'Take an identity away from this person, and end the person’s sessions',
    params: { staffId: StaffId, linkId: IdentityLinkId },
    answer: null,
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async unlink(@Context() context: RequestContext, @Param('staffId') id: unknown, @Param('linkId') link: unknown): Promise<void> {
    const staffId = parse(StaffId, id, 'params');
    context.subject(`staff:${staffId}`);
    const linkId = parse(IdentityLinkId, link, 'params');
    const change = { audit: context.commandEntry(), wallMs: this.clock.wallMs() };
    if (!(await this.links.unlink(staffId, linkId, change))) throw new PlatformError('not-found');
    await this.sessions.noticeEnded();
  }
}
