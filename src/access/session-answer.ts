import type { Session } from '@vigil/contracts';
import { EpochMs } from '@vigil/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SignInMetrics } from '../health/sign-in-metrics.js';
import { parse } from '../http/invalid-request.js';
import type { AppClock } from '../ports/app-clock.js';
import type { StoredSession } from '../ports/session-store.js';
import type { ServerConfig } from '../server-config.js';
import type { KnownDevices } from './known-devices.js';
import { personWithoutSession } from './caller.js';
import type { RequestContext } from './request-context.js';
import type { OpenedSession } from './sessions.js';
import type { SignInFrom } from './sign-in.js';
import { credentialsOf, deviceCookie, deviceCookieOf, sessionCookie, tokenHash } from './tokens.js';

/** `?token=true` of what ends with a session: a bearer token in the answer instead of a cookie. */
export const TokenQuery = z.object({ token: z.enum(['true', 'false']).optional() });

export type SignedIn = Session | { readonly token: string; readonly expiresAtMs: number };

/** How a session is handed to a browser or a program, and what a browser brings along. */
export class SessionAnswer {
  constructor(
    private readonly devices: KnownDevices,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
    private readonly metrics: SignInMetrics,
  ) {}

  wantsToken(query: unknown): boolean {
    return parse(TokenQuery, query, 'query').token === 'true';
  }

  /** @param asToken the caller wants a token: the session that the browser has stays as it is */
  from(context: RequestContext, request: FastifyRequest, asToken: boolean): SignInFrom {
    const old = credentialsOf(request.headers);
    return {
      ip: context.ip,
      // The browser's earlier session ends: one cookie, one session.
      replaces: old?.via === 'cookie' && !asToken ? tokenHash(old.token) : null,
      device: this.devices.read(deviceCookieOf(request.headers), this.clock.wallMs()),
      onAccount: ({ user }) => context.subject(`staff:${user.staffId}`),
    };
  }

  /** The audit row of a change that somebody makes before they have a session. */
  change(context: RequestContext, { user }: Pick<StoredSession, 'user'>, detail: string) {
    context.actAs(personWithoutSession(user));
    return { audit: context.commandEntry(detail), wallMs: this.clock.wallMs() };
  }

  /** The answer, with the cookies that go with it. The request is the person's from here on. */
  give(
    context: RequestContext,
    { token, session, caller }: OpenedSession,
    to: { readonly reply: FastifyReply; readonly request: FastifyRequest; readonly asToken: boolean },
  ): SignedIn {
    context.actAs(caller);
    this.metrics.signedIn(session.methods.at(-1) ?? 'none');
    if (to.asToken) return { token, expiresAtMs: session.expiresAtMs };
    const wallMs = this.clock.wallMs();
    const device = this.devices.read(deviceCookieOf(to.request.headers), wallMs);
    const { value, maxAgeS } = this.devices.remember(device, session.user.staffId, wallMs);
    const { secure } = this.config;
    void to.reply.header('set-cookie', [sessionCookie(token, secure), deviceCookie(value, secure, maxAgeS)]);
    return this.view(session);
  }

  view({ user, expiresAtMs, endsMs, sessionRef, methods }: StoredSession): Session {
    return {
      user,
      roles: user.roles,
      expiresAtMs: EpochMs.parse(expiresAtMs),
      serverWallMs: EpochMs.parse(Math.round(this.clock.wallMs())),
      endsAtMs: EpochMs.parse(endsMs),
      sessionRef,
      methods: [...methods],
    };
  }
}
