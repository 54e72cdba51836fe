import { Body, Controller, Delete, Get, Header, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  EnrolmentRequest,
  Login,
  RequiredPasswordChange,
  SecondFactorRequest,
  type Session,
  TotpConfirmation,
  type TotpEnrolled,
  type TotpEnrolment,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ServerConfig } from '../server-config.js';
import { AsksWho, Context, Public, Requires } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { SessionAnswer, type SignedIn, TokenQuery } from './session-answer.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import { clearedSessionCookie } from './tokens.js';

const UNFINISHED = ['second-factor-required', 'second-factor-enrolment-required', 'password-change-required'] as const;
const STEP_PROBLEMS = [...UNFINISHED, 'ticket-expired', 'forbidden', 'too-many-attempts', 'store-unavailable'] as const;

/** Signing in with a password and what may come after it, and signing out. Each step of a sign-in is an audit row. */
@ApiTags('session')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly answer: SessionAnswer,
    private readonly config: ServerConfig,
  ) {}

  @Post()
  @Public('this is how one signs in', 'session.login')
  @Endpoint({
    summary: 'Sign in',
    description:
      'Sets the cookie `vigil_session`; with `?token=true` it answers a bearer token instead and sets none. Where the password is right and something is missing, the problem carries the `ticket` of the next step.',
    query: TokenQuery,
    body: 'Login',
    answer: ['Session', 'TokenSession'],
    problems: ['unauthenticated', ...UNFINISHED, 'forbidden', 'too-many-attempts', 'store-unavailable'],
  })
  async open(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<SignedIn> {
    const asToken = this.answer.wantsToken(query);
    const given = parse(Login, body, 'body');
    context.subject('session');
    const opened = await this.signIn.password(given, this.answer.from(context, request, asToken));
    return this.answer.give(context, opened, { request, reply, asToken });
  }

  @Post('second-factor')
  @Public('this is how one signs in', 'session.second-factor')
  @Endpoint({
    summary: 'Go on with a sign-in: show a one-time code or a recovery code',
    query: TokenQuery,
    body: 'SecondFactorRequest',
    answer: ['Session', 'TokenSession'],
    problems: ['wrong-code', 'keys-unavailable', ...STEP_PROBLEMS],
  })
  async secondFactor(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<SignedIn> {
    const asToken = this.answer.wantsToken(query);
    const given = parse(SecondFactorRequest, body, 'body');
    const opened = await this.signIn.secondFactor(given, this.answer.from(context, request, asToken));
    return this.answer.give(context, opened, { request, reply, asToken });
  }

  @Post('password')
  @Public('this is how one signs in', 'account.password')
  @Endpoint({
    summary: 'Go on with a sign-in: choose a password in the place of a temporary one',
    query: TokenQuery,
    body: 'RequiredPasswordChange',
    answer: ['Session', 'TokenSession'],
    problems: STEP_PROBLEMS,
  })
  async newPassword(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<SignedIn> {
    const asToken = this.answer.wantsToken(query);
    const given = parse(RequiredPasswordChange, body, 'body');
    const from = this.answer.from(context, request, asToken);
    const opened = await this.signIn.newPassword(given, from, (account) =>
      this.answer.change(context, account, 'chosen in the place of a temporary one'),
    );
    return this.answer.give(context, opened, { request, reply, asToken });
  }

  @Post('second-factor/enrolment')
  @Public('this is how one signs in', 'session.enrolment')
  @Endpoint({
    summary: 'Go on with a sign-in: begin to set up an authenticator app',
    body: 'EnrolmentRequest',
    answer: 'TotpEnrolment',
    problems: ['ticket-expired', 'forbidden', 'keys-unavailable', 'store-unavailable'],
  })
  async enrol(@Context() context: RequestContext, @Req() request: FastifyRequest, @Body() body: unknown): Promise<TotpEnrolment> {
    const { ticket } = parse(EnrolmentRequest, body, 'body');
    return this.signIn.enrol(ticket, this.answer.from(context, request, true));
  }

  @Post('second-factor/enrolment/confirm')
  @Public('this is how one signs in', 'account.totp-set')
  @Endpoint({
    summary: 'Go on with a sign-in: the first code of the new authenticator app',
    description: 'Answers ten recovery codes, shown this once, and the session.',
    query: TokenQuery,
    body: 'TotpConfirmation',
    answer: 'TotpEnrolled',
    problems: ['wrong-code', 'keys-unavailable', ...STEP_PROBLEMS],
  })
  async confirmEnrolment(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<TotpEnrolled> {
    const asToken = this.answer.wantsToken(query);
    const given = parse(TotpConfirmation, body, 'body');
    const from = this.answer.from(context, request, asToken);
    const { recoveryCodes, opened } = await this.signIn.confirmEnrolment(given, from, (account) =>
      this.answer.change(context, account, 'authenticator app, at sign-in'),
    );
    const session = this.answer.give(context, opened, { request, reply, asToken });
    return { recoveryCodes: [...recoveryCodes], session: session as TotpEnrolled['session'] };
  }

  @Get()
  @Requires('signed-in')
  @AsksWho()
  @Endpoint({
    summary: 'Who is signed in',
    description: 'With the header `vigil-background`, asking does not count as use of the session.',
    answer: 'Session',
    problems: ['unauthenticated', 'forbidden'],
  })
  async show(@Context() context: RequestContext): Promise<Session> {
    const { tokenHash } = context.caller;
    if (tokenHash === null) throw new PlatformError('forbidden');
    const session = await this.sessions.current(tokenHash);
    if (session === null) throw new PlatformError('unauthenticated');
    return this.answer.view(session);
  }

  @Delete()
  @Requires('signed-in', 'session.logout')
  @Header('Clear-Site-Data', '"cache"')
  @Endpoint({ summary: 'Sign out; sockets of the session are closed', answer: null, problems: ['unauthenticated', 'forbidden'] })
  async close(@Context() context: RequestContext, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { tokenHash } = context.caller;
    if (tokenHash === null) throw new PlatformError('forbidden');
    context.subject(`staff:${context.person.staffId}`);
    await this.sessions.end(tokenHash);
    void reply.header('set-cookie', clearedSessionCookie(this.config.secure));
  }
}
