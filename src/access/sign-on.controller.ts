import { Body, Controller, Get, HttpCode, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BackchannelLogout, type SignInMethods } from '@vigil/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse, TooManyAttempts } from '../http/invalid-request.js';
import { networkOf } from '../http/request-limits.js';
import { TokenBuckets } from '../http/token-buckets.js';
import { AppClock } from '../ports/app-clock.js';
import { IdentityProvider } from '../ports/identity-provider.js';
import { ServerConfig } from '../server-config.js';
import { Context, Public } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { sameOrigin } from './same-origin.js';
import { SignOn } from './sign-on.js';
import { attemptCookie, attemptOf, clearedAttemptCookie } from './sign-on-cookies.js';
import { SignOnFilter } from './sign-on.filter.js';
import { credentialsOf, sessionCookie, tokenHash } from './tokens.js';

/** A shift that begins behind one address. Each costs a question to the provider. */
const TRIES = { capacity: 120, refillPerS: 2, keysMax: 10_000 };
const BASE = 'api/v1/session';
const CALLBACK = `${BASE}/oidc/callback`;

/** What a provider adds to the callback; more may come and is left alone. */
const CallbackQuery = z.object({
  state: z.string().max(512).optional(),
  code: z.string().max(4_096).optional(),
  iss: z.string().max(512).optional(),
  error: z.string().max(256).optional(),
});

/** What may come: everything, because what does not fit is answered with a page that says what to do. */
const CallbackForm = z.object({
  state: z.string().optional(),
  code: z.string().optional(),
  iss: z.string().optional(),
  error: z.string().optional(),
});

/** Sign-in by the site's identity provider (OpenID Connect, authorization code with PKCE). */
@ApiTags('session')
@Controller(BASE)
export class SignOnController {
  private readonly tries = new TokenBuckets(TRIES);

  constructor(
    private readonly signOn: SignOn,
    private readonly provider: IdentityProvider,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Get('methods')
  @Public('the sign-in page needs it before anybody is signed in')
  @Endpoint({ summary: 'Say which ways of signing in there are', answer: 'SignInMethods' })
  async methods(): Promise<SignInMethods> {
    const { name } = this.provider;
    if (name === null) return { password: true, passkey: true, oidc: null };
    const logoutUrl = await this.provider.logoutUrl(`${this.config.publicUrl}/`);
    return { password: true, passkey: true, oidc: { name, startUrl: `/${BASE}/oidc/start`, logoutUrl } };
  }

  @Get('oidc/start')
  @Public('this is how one signs in')
  @UseFilters(SignOnFilter)
  @Endpoint({
    summary: 'Go to the identity provider to sign in',
    description: 'For the address bar, not for fetch. Answers a redirect, also when it fails: to a page that says what to do.',
    status: 303,
    answer: null,
  })
  async start(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    // Another site's page does not get to decide that somebody signs in here.
    if (sameOrigin(request.headers, this.config.publicOrigin) === 'other') {
      void reply.status(303).header('location', '/');
      return;
    }
    this.limit(context.ip);
    const old = credentialsOf(request.headers);
    const replaces = old?.via === 'cookie' ? tokenHash(old.token) : null;
    const { url, browser } = await this.signOn.begin(`${this.config.publicUrl}/${CALLBACK}`, replaces);
    void reply.status(303).headers({ location: url, 'set-cookie': attemptCookie(browser, this.config.secure) });
  }

  @Get('oidc/callback')
  @Public('the provider sends the browser back here', 'session.login')
  @UseFilters(SignOnFilter)
  @Endpoint({
    summary: 'Come back from the identity provider',
    description: 'Sets the cookie `vigil_session` and redirects to `/`; when it fails, to a page that says what to do.',
    query: CallbackForm,
    status: 303,
    answer: null,
  })
  async callback(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
  ): Promise<void> {
    context.subject('session', undefined, 'identity provider');
    parse(CallbackQuery, query, 'query');
    this.limit(context.ip);
    const { search } = new URL(request.raw.url ?? '/', this.config.publicOrigin);
    const url = new URL(`${this.config.publicUrl}/${CALLBACK}${search}`);
    const from = { url, browser: attemptOf(request.headers.cookie), ip: context.ip };
    const { token, caller } = await this.signOn.finish(from, (staffId, isNew) =>
      context.subject(`staff:${staffId}`, undefined, `identity provider${isNew ? ', linked now by name' : ''}`),
    );
    context.actAs(caller);
    const { secure } = this.config;
    void reply
      .status(303)
      .header('location', '/')
      .header('set-cookie', [clearedAttemptCookie(secure), sessionCookie(token, secure)]);
  }

  @Post('oidc/backchannel-logout')
  @Public('the provider signs what it sends', 'session.logout')
  @Endpoint({
    summary: 'End the sessions that have ended at the identity provider',
    description: 'As `application/x-www-form-urlencoded` (OpenID Connect Back-Channel Logout 1.0).',
    body: 'BackchannelLogout',
    bodyMedia: ['application/x-www-form-urlencoded'],
    status: 200,
    answer: null,
    problems: [
      'unauthenticated',
      'forbidden',
      'not-found',
      'too-many-attempts',
      'identity-provider-unavailable',
      'store-unavailable',
    ],
  })
  @HttpCode(200)
  async backchannelLogout(@Context() context: RequestContext, @Body() body: unknown): Promise<void> {
    context.subject('session', undefined, 'by the identity provider');
    const { logout_token: logoutToken } = parse(BackchannelLogout, { ...(body as object) }, 'body');
    this.limit(context.ip);
    const { ended, staffId } = await this.signOn.endedByProvider(logoutToken);
    context.subject(staffId === null ? 'session' : `staff:${staffId}`, undefined, `by the identity provider, ${ended} ended`);
  }

  private limit(ip: string): void {
    const waitMs = this.tries.take(networkOf(ip), this.clock.wallMs());
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
  }
}
