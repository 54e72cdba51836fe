import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import { type Action, RIGHTS } from '@vigil/domain';
import type { FastifyRequest } from 'fastify';
import { contextOf } from './request-context.js';

export const ACCESS = 'vigil:access';

/** `signed-in`: any person or service. `service`: another part of Vigil, which has no care unit. */
export type Requirement = Action | 'signed-in' | 'service';

export type AccessRule =
  | { readonly kind: 'requires'; readonly requirement: Requirement; readonly auditAs: string | null }
  | { readonly kind: 'public'; readonly why: string; readonly auditAs: string | null };

/** Who may call the route. A route with neither this nor `@Public` is refused to everybody. */
export function Requires(requirement: Requirement, auditAs: string | null = null): MethodDecorator & ClassDecorator {
  const rule: AccessRule = { kind: 'requires', requirement, auditAs };
  // A shared screen has a cookie of its own, for the few things that it shows.
  const byStation = requirement in RIGHTS.station ? [ApiCookieAuth('station')] : [];
  return applyDecorators(SetMetadata(ACCESS, rule), ApiCookieAuth('session'), ApiBearerAuth('token'), ...byStation);
}

/** Anybody may call the route, for the reason given. `auditAs` names the action where the call leaves an audit row. */
export function Public(why: string, auditAs: string | null = null): MethodDecorator & ClassDecorator {
  const rule: AccessRule = { kind: 'public', why, auditAs };
  return SetMetadata(ACCESS, rule);
}

export const ASKS_WHO = 'vigil:asks-who';

/**
 * The route only says who its caller is. Whoever brings nothing to be known by is told 401 and leaves no row: nothing was
 * refused them, and each page that opens would write one. A session that ended or was never there is a refusal as elsewhere.
 */
export function AsksWho(): MethodDecorator {
  return SetMetadata(ASKS_WHO, true);
}

/** The `RequestContext` of the request. */
export const Context = createParamDecorator((_: unknown, host: ExecutionContext) =>
  contextOf(host.switchToHttp().getRequest<FastifyRequest>()),
);
