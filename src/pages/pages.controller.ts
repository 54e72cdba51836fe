import { Body, Controller, Get, Header, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { callNumberOf, PageAnswer, PageDecline, type PagerView } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { tokenHash } from '../access/tokens.js';
import { Endpoint, type EndpointShape } from '../http/endpoint.decorator.js';
import { parse, TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { networkOf } from '../http/request-limits.js';
import { IDEMPOTENCY_KEY_FORM } from '../http/revision.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { SiteDisplay } from '../ports/site-display.js';
import { Escalations, type PageLink } from '../ports/escalations.js';
import { type Answer, PageAnswers } from './page-answers.js';
import { pagerView } from './page-link.js';

/** Of one link: a phone polls every 2 s, and may have it open in several pages. */
const LOOKS = { max: 240, windowMs: 60_000, keysMax: 10_000 };
const ANSWERS = { max: 60, windowMs: 60_000, keysMax: 10_000 };
/** Of one address, with links that are none. Whoever was paged is not held up by them, as a hospital may be one address. */
const GUESSES = { max: 60, windowMs: 60_000, keysMax: 10_000 };
const PageToken = z.string().regex(/^[A-Za-z0-9_-]{20,128}$/);

const ANSWERED = {
  params: { token: PageToken },
  headers: {
    'Idempotency-Key': {
      required: false,
      meaning: 'A UUID. The same key sent again does nothing.',
      form: IDEMPOTENCY_KEY_FORM,
    },
  },
  answer: 'PagerView',
  problems: ['invalid-request', 'forbidden', 'not-found', 'conflict', 'link-expired', 'too-many-attempts', 'store-unavailable'],
} as const satisfies Partial<EndpointShape>;

interface Sent {
  readonly token: unknown;
  readonly key: string | undefined;
}

/** What a page link opens. Looking changes nothing; what is said is a POST, for the named person. */
@ApiTags('pages')
@Controller('api/v1/pages/:token')
export class PagesController {
  private readonly looks = new RateLimiter(LOOKS);
  private readonly answers = new RateLimiter(ANSWERS);
  private readonly guesses = new RateLimiter(GUESSES);

  constructor(
    private readonly escalations: Escalations,
    private readonly said: PageAnswers,
    private readonly alarms: Alarms,
    private readonly directory: Directory,
    private readonly display: SiteDisplay,
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

  @Post('opened')
  @Public('the token of the link is the permission, and it says nothing but that a page was looked at')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Say that the page is open on a screen',
    description:
      'Shown as a receipt; nothing follows from it. What only fetches the address, as mail scanners do, never says it.',
    params: { token: PageToken },
    answer: null,
    problems: ['not-found', 'too-many-attempts', 'store-unavailable'],
  })
  async opened(@Context() context: RequestContext, @Param('token') token: unknown): Promise<void> {
    const { link } = await this.linkOf(context, token);
    this.limit(this.looks, link.pageId);
    await this.escalations.receipt(link.pageId, 'opened', this.clock.wallMs());
  }

  @Post('accept')
  @Public('the token of the link accepts for its named person', 'alarm.accept')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Accept by a page link: once, within ten minutes, for its named person',
    description:
      'With a session, a link that is used or too old accepts for whoever is signed in, as long as the escalation runs. What the message told of beside it is accepted too; of the other alarms, the one that `pageId` names.',
    body: 'PageAnswer',
    ...ANSWERED,
  })
  accept(
    @Context() context: RequestContext,
    @Param('token') token: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
  ): Promise<PagerView> {
    const { pageId = null } = parse(PageAnswer, body ?? {}, 'body');
    return this.answer(context, { token, key }, { verb: 'accept', reason: 'other', pageId });
  }

  @Post('decline')
  @Public('the token of the link declines for its named person', 'alarm.accept')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Decline by a page link: somebody else has to go',
    description: 'Once all whom the step told have declined, the next step is told at once, where the policy says so.',
    body: 'PageDecline',
    ...ANSWERED,
  })
  decline(
    @Context() context: RequestContext,
    @Param('token') token: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
  ): Promise<PagerView> {
    const { reason, pageId = null } = parse(PageDecline, body, 'body');
    return this.answer(context, { token, key }, { verb: 'decline', reason, pageId });
  }

  @Post('arrived')
  @Public('the token of the link speaks for its named person', 'alarm.accept')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({ summary: 'Say by a page link to be there', body: 'PageAnswer', ...ANSWERED })
  arrived(
    @Context() context: RequestContext,
    @Param('token') token: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
  ): Promise<PagerView> {
    const { pageId = null } = parse(PageAnswer, body ?? {}, 'body');
    return this.answer(context, { token, key }, { verb: 'arrive', reason: 'other', pageId });
  }

  @Post('help')
  @Public('the token of the link speaks for its named person', 'alarm.accept')
  @Header('Referrer-Policy', 'no-referrer')
  @Endpoint({
    summary: 'Give back by a page link what was accepted: somebody else has to go, or is needed too',
    description: 'The next step is told at once.',
    body: 'PageDecline',
    ...ANSWERED,
  })
  help(
    @Context() context: RequestContext,
    @Param('token') token: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
  ): Promise<PagerView> {
    const { reason, pageId = null } = parse(PageDecline, body, 'body');
    return this.answer(context, { token, key }, { verb: 'pass', reason, pageId });
  }

  private async answer(
    context: RequestContext,
    { token, key }: Sent,
    what: Pick<Answer, 'verb' | 'reason' | 'pageId'>,
  ): Promise<PagerView> {
    context.subject('page');
    const { link, secret } = await this.linkOf(context, token);
    this.limit(this.answers, link.pageId);
    await this.said.carryOut(context, { ...what, link, secret, key });
    return this.view(link);
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
    const careUnitLabel = units.find((unit) => unit.careUnitId === alarm.careUnitId)?.label ?? alarm.careUnitId;
    const callNumber = callNumberOf(this.display.settings, alarm.careUnitId);
    const others = await this.said.others(link);
    return pagerView({ link, alarm, others, careUnitLabel, callNumber, wallMs: this.clock.wallMs() });
  }

  private limit(limiter: RateLimiter, key: string): void {
    const waitMs = limiter.take(key, this.clock.wallMs());
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
  }
}
