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
import { networkOf } from '../http/request-limits.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { uuidFrom } from '../http/sha.js';
import { Accounts } from '../ports/accounts.js';
import { type AlarmCommand, Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { type AlarmSubject, CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { Escalations, type PageLink } from '../ports/escalations.js';
import { isOpen, isRunning, pagerView } from './page-link.js';

/** Of one link: a phone polls every 2 s, and may have it open in several pages. */
const LOOKS = { max: 240, windowMs: 60_000, keysMax: 10_000 };
const ACCEPTS = { max: 60, windowMs: 60_000, keysMax: 10_000 };
/** Of one address, with links that are none. Whoever was paged is not held up by them, as a hospital may be one address. */
const GUESSES = { max: 60, windowMs: 60_000, keysMax: 10_000 };
const PageToken = z.string().regex(/^[A-Za-z0-9_-]{20,128}$/);

/** What a page link opens. Looking changes nothing; accepting is a POST, for the named person, once. */
@ApiTags('pages')
@Controller('api/v1/pages/:token')
export class PagesController {
  private readonly looks = new RateLimiter(LOOKS);
  private readonly accepts = new RateLimiter(ACCEPTS);
  private readonly guesses = new RateLimiter(GUESSES);

  constructor(
    private readonly escalations: Escalations,
    private readonly accounts: Accounts,
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
    const { link } = await this.linkOf(context, token);
    this.limit(this.looks, link.pageId);
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
    context.subject('page');
    if (key !== undefined) idempotencyKey(key);
    const { link, secret } = await this.linkOf(context, token);
    this.limit(this.accepts, link.pageId);
    const about = await this.relations.subjectOf(link.alarmId);
    context.subject(`alarm:${link.alarmId}`, about.patientId, `page:${link.pageId}`);
    if (isOpen(link, this.clock.wallMs())) await this.acceptByLink(context, link, secret);
    else await this.acceptAsCaller(context, link, about, key ?? uuidFrom(`page/${secret}/${context.callerOrNull?.id}`));
    return this.view(link);
  }

  /**
   * The command id follows from the token, so that two taps at once are one command, and so that nobody who knows of the
   * page can use the id up.
   * @throws PlatformError('link-expired') for a person whose account was disabled: the escalation goes on to the next
   */
  private async acceptByLink(context: RequestContext, link: PageLink, secret: string): Promise<void> {
    const account = await this.accounts.view(link.staffId, this.clock.wallMs());
    if (account?.disabled === true) throw new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
    const by = context.callerOrNull;
    const elsewhere = by === null || by.id === link.staffId ? '' : `, signed in as ${by.id}`;
    // The roles are those of whoever is signed in, who may be somebody else.
    const audit = { ...context.commandEntry(`page:${link.pageId} by link${elsewhere}`), actor: link.staffId, roles: [] };
    await this.carryOut(context, uuidFrom(`page/${secret}`) as CommandId, link, link.staffId, audit);
    await this.escalations.useLink(link.pageId);
  }

  private async acceptAsCaller(context: RequestContext, link: PageLink, about: AlarmSubject, key: string): Promise<void> {
    const user = context.callerOrNull?.user ?? null;
    if (user === null) throw new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
    await this.access.require(context, 'alarm.accept', { ...about, alarmId: link.alarmId });
    const alarm = await this.alarms.get(link.alarmId);
    if (alarm === null || !isRunning(alarm)) throw new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
    const audit = context.commandEntry(`page:${link.pageId} signed in`);
    await this.carryOut(context, idempotencyKey(key), link, user.staffId, audit);
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

  /** @returns with the link what only somebody with its token can tell. @throws PlatformError('not-found'); TooManyAttempts */
  private async linkOf(context: RequestContext, token: unknown): Promise<{ readonly link: PageLink; readonly secret: string }> {
    const parsed = PageToken.safeParse(token);
    const secret = parsed.success ? tokenHash(parsed.data) : '';
    const link = parsed.success ? await this.escalations.linkByTokenHash(secret) : null;
    if (link !== null) return { link, secret };
    this.limit(this.guesses, networkOf(context.ip));
    throw new PlatformError('not-found');
  }

  private async view(link: PageLink): Promise<PagerView> {
    const alarm = await this.alarms.get(link.alarmId);
    if (alarm === null) throw new PlatformError('not-found', { ids: [`page:${link.pageId}`] });
    const units = await this.directory.careUnits();
    const label = units.find((unit) => unit.careUnitId === alarm.careUnitId)?.label ?? alarm.careUnitId;
    return pagerView(link, alarm, label, this.clock.wallMs());
  }

  private limit(limiter: RateLimiter, key: string): void {
    const waitMs = limiter.take(key, this.clock.wallMs());
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
  }
}
