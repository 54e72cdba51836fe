import { Body, Controller, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PasskeySignIn, type PasskeySignInOptions, PasskeySignInRequest } from '@vigil/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { ServerConfig } from '../server-config.js';
import { Context, Public } from './access.decorators.js';
import { Passkeys } from './passkeys.js';
import { relyingParty } from './relying-party.js';
import { RequestContext } from './request-context.js';
import { SessionAnswer, type SignedIn, TokenQuery } from './session-answer.js';
import { SignIn } from './sign-in.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Signing in with a passkey: no name, no password, and no lock of either stands before it. */
@ApiTags('session')
@Controller('api/v1/session/passkey')
export class PasskeyController {
  constructor(
    private readonly passkeys: Passkeys,
    private readonly signIn: SignIn,
    private readonly throttle: SignInThrottle,
    private readonly answer: SessionAnswer,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Post('options')
  @Public('this is how one signs in')
  @Endpoint({
    summary: 'Begin a sign-in with a passkey',
    description:
      '`options` goes to `navigator.credentials.get`. The challenge holds five minutes and once. Passkeys are bound to the host name of the site; on this machine that is `localhost`, because an IP address is no name.',
    body: 'PasskeySignInRequest',
    answer: 'PasskeySignInOptions',
    problems: ['forbidden', 'too-many-attempts', 'store-unavailable'],
  })
  async options(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Body() body: unknown,
  ): Promise<PasskeySignInOptions> {
    const { username } = parse(PasskeySignInRequest, body, 'body');
    const { device } = this.answer.from(context, request, true);
    this.throttle.passkeyOptions(context.ip, device?.deviceId ?? null, this.clock.wallMs());
    const { settings, secure } = this.config;
    return this.passkeys.signInOptions(relyingParty(settings.publicUrl, request.headers.host, secure), username);
  }

  @Post('verify')
  @Public('this is how one signs in', 'session.login')
  @Endpoint({
    summary: 'Sign in with the answer of a passkey',
    query: TokenQuery,
    body: 'PasskeySignIn',
    answer: ['Session', 'TokenSession'],
    problems: ['unauthenticated', 'ticket-expired', 'forbidden', 'too-many-attempts', 'store-unavailable'],
  })
  async verify(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<SignedIn> {
    const asToken = this.answer.wantsToken(query);
    const given = parse(PasskeySignIn, body, 'body');
    context.subject('session');
    const from = this.answer.from(context, request, asToken);
    const giveBack = this.throttle.passkey(context.ip, from.device?.deviceId ?? null, this.clock.wallMs());
    const account = await this.passkeys.verify(given, from.onAccount);
    giveBack();
    const opened = await this.signIn.shown(account, ['passkey'], from);
    return this.answer.give(context, opened, { request, reply, asToken });
  }
}
