import { Controller, Get, Header, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CommandId, PagerView, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Access } from '../access/access.js';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { tokenHash } from '../access/tokens.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { uuidFrom } from '../http/sha.js';
import { type AlarmCommand, Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { type AlarmSubject, CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { Escalations, type PageLink } from '../ports/escalations.js';
import { isOpen, isRunning, pagerView } from './page-link.js';

/** A phone polls every 2 s, and a ward's phones may share one address. */
const LOOKS = { max: 1_200, windowMs: 60_000, keysMax: 10_000 };
const ACCEPTS = { max: 60, windowMs: 60_000, keysMax: 10_000 };
const PageToken = z.string().regex(/^[A-Za-z0-9_-]{20,128}$/);

/** What a page link opens. Looking changes nothing; accepting is a POST, for the named person, once. */
@ApiTags('pages')
@Controller('api/v1/pages/:token')
export class PagesController {
  private readonly looks = new RateLimiter(LOOKS);
  private readonly accepts = new RateLimiter(ACCEPTS);

  constructor(
    private readonly escalations: Escalations,
    private readonly alarms: Alarms,
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Public('the token of the link is the permission, and no patient is shown')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Show what a page is about',
    params: { token: PageToken },
    answer: 'PagerView',
    problems: ['not-found', 'too-many-attempts', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('token') token: unknown): Promise<PagerView> {
    this.limit(this.looks, context.ip);
    const link = await this.linkOf(token);
    return this.view(link);
  }

  @Post('accept')
  @Public('the token of the link accepts for its named person', 'alarm.accept')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Accept by a page link: once, within ten minutes, for its named person',
    description:
      'With a session, a link that is used or too old accepts for whoever is signed in, as long as the escalation runs.',
    params: { token: PageToken },
    headers: {
      'Idempotency-Key': {
        required: false,
        meaning: 'A UUID. The same key sent again does nothing.',
        form: IDEMPOTENCY_KEY_FORM,
      },
    },
    answer: 'PagerView',
    problems: ['forbidden', 'not-found', 'conflict', 'link-expired', 'too-many-attempts', 'store-unavailable'],
  })
  async accept(
    @Context() context: RequestContext,
    @Param('token') token: unknown,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<PagerView> {
    this.limit(this.accepts, context.ip);
    context.subject('page');
    const link = await this.linkOf(token);
    const about = await this.relations.subjectOf(link.alarmId);
    context.subject(`alarm:${link.alarmId}`, about.patientId, `page:${link.pageId}`);
    if (isOpen(link, this.clock.wallMs())) await this.acceptByLink(context, link);
    else await this.acceptAsCaller(context, link, about, key);
    return this.view(link);
  }

  /** The command id follows from the page, so that two taps at once are one command. */
  private async acceptByLink(context: RequestContext, link: PageLink): Promise<void> {
    const audit = { ...context.commandEntry(`page:${link.pageId} by link`), actor: link.staffId };
    await this.carryOut(context, uuidFrom(`page/${link.pageId}`) as CommandId, link, link.staffId, audit);
    await this.escalations.useLink(link.pageId);
  }

  private async acceptAsCaller(
    context: RequestContext,
    link: PageLink,
    about: AlarmSubject,
    key: string | undefined,
  ): Promise<void> {
    const user = context.callerOrNull?.user ?? null;
    if (user === null) throw new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
    await this.access.require(context, 'alarm.accept', { ...about, alarmId: link.alarmId });
    const alarm = await this.alarms.get(link.alarmId);
    if (alarm === null || !isRunning(alarm)) throw new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
    const commandId = key === undefined ? uuidFrom(`page/${link.pageId}/${user.staffId}`) : idempotencyKey(key);
    const audit = context.commandEntry(`page:${link.pageId} signed in`);
    await this.carryOut(context, commandId as CommandId, link, user.staffId, audit);
  }

  private async carryOut(
    context: RequestContext,
    commandId: CommandId,
    link: PageLink,
    by: StaffId,
    audit: AlarmCommand['audit'],
  ): Promise<void> {
    const { alarmId } = link;
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const outcome = await this.alarms.accept({ commandId, alarmId, by, ifRev: null, audit, ...times });
    if (outcome.repeated) context.commandRepeated();
  }

  private async linkOf(token: unknown): Promise<PageLink> {
    const parsed = PageToken.safeParse(token);
    const link = parsed.success ? await this.escalations.linkByTokenHash(tokenHash(parsed.data)) : null;
    if (link === null) throw new PlatformError('not-found');
    return link;
  }

  private async view(link: PageLink): Promise<PagerView> {
    const alarm = await this.alarms.get(link.alarmId);
    if (alarm === null) throw new PlatformError('not-found', { ids: [`page:${link.pageId}`] });
    const units = await this.directory.careUnits();
    const label = units.find((unit) => unit.careUnitId === alarm.careUnitId)?.label ?? alarm.careUnitId;
    return pagerView(link, alarm, label, this.clock.wallMs());
  }

  private limit(limiter: RateLimiter, ip: string): void {
    const waitMs = limiter.take(ip, this.clock.wallMs());
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
  }
}
