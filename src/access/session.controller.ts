import { Body, Controller, Delete, Get, Header, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Login as LoginBody, type Session, type StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { ServerConfig } from '../server-config.js';
import { Context, Public, Requires } from './access.decorators.js';
import { Login } from './login.js';
import { RequestContext } from './request-context.js';
import { Sessions } from './sessions.js';
import { clearedSessionCookie, credentialsOf, sessionCookie, tokenHash } from './tokens.js';

const LoginQuery = z.object({ token: z.enum(['true', 'false']).optional() });

@ApiTags('session')
@Controller('api/v1/session')
export class SessionController {
  constructor(
    private readonly login: Login,
    private readonly sessions: Sessions,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Post()
  @Public('this is how one signs in', 'session.login')
  @Endpoint({
    summary: 'Sign in',
    description: 'Sets the cookie `vigil_session`; with `?token=true` it answers a bearer token instead and sets none.',
    query: LoginQuery,
    body: 'Login',
    answer: ['Session', 'TokenSession'],
    problems: ['unauthenticated', 'forbidden', 'too-many-attempts', 'store-unavailable'],
  })
  async open(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<Session | { token: string; expiresAtMs: number }> {
    const { token: wantsToken } = parse(LoginQuery, query, 'query');
    const { username, password } = parse(LoginBody, body, 'body');
    context.subject('session');
    const old = credentialsOf(request.headers);
    // The browser's earlier session ends: one cookie, one session.
    const replaces = old?.via === 'cookie' && wantsToken !== 'true' ? tokenHash(old.token) : null;
    const attempt = { username, password, ip: request.ip, replaces, wallMs: this.clock.wallMs() };
    const { token, session, caller } = await this.login.open(attempt, ({ user }) => context.subject(`staff:${user.staffId}`));
    context.actAs(caller);
    if (wantsToken === 'true') return { token, expiresAtMs: session.expiresAtMs };
    void reply.header('set-cookie', sessionCookie(token, this.config.secure));
    return sessionView(session);
  }

  @Get()
  @Requires('signed-in')
  @Endpoint({ summary: 'Who is signed in', answer: 'Session', problems: ['unauthenticated', 'forbidden'] })
  show(@Context() context: RequestContext): Session {
    const { user, expiresAtMs } = context.caller;
    if (user === null || expiresAtMs === null) throw new PlatformError('forbidden');
    return sessionView({ user, expiresAtMs });
  }

  @Delete()
  @Requires('signed-in', 'session.logout')
  @Header('Clear-Site-Data', '"cache"')
  @Endpoint({ summary: 'Sign out; sockets of the session are closed', answer: null, problems: ['unauthenticated', 'forbidden'] })
  async close(@Context() context: RequestContext, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { tokenHash: hash } = context.caller;
    if (hash === null) throw new PlatformError('forbidden');
    context.subject(`staff:${context.person.staffId as StaffId}`);
    await this.sessions.end(hash);
    void reply.header('set-cookie', clearedSessionCookie(this.config.secure));
  }
}

function sessionView({ user, expiresAtMs }: { user: Session['user']; expiresAtMs: number }): Session {
  return { user, roles: user.roles, expiresAtMs: expiresAtMs as Session['expiresAtMs'] };
}
