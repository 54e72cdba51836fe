import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { mayAnywhere, PlatformError, READS_PATIENT } from '@vigil/domain';
import type { FastifyRequest } from 'fastify';
import { ServerConfig } from '../server-config.js';
import { ACCESS, ASKS_WHO, type AccessRule, type Requirement } from './access.decorators.js';
import type { Caller } from './caller.js';
import { openContext, RequestContext } from './request-context.js';
import { sameOrigin } from './same-origin.js';
import { Sessions } from './sessions.js';
import { hasCredentials, isByCookie } from './tokens.js';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Reads that leave a row although they show no patient: who looked at the audit trail matters too. */
const AUDITED_READS: ReadonlySet<Requirement> = new Set([
  'audit.read',
  'audit.export',
  'audit.hold',
  'break-glass.read',
  'path.export',
  'site.export',
]);

/** Opens the request's context and refuses whoever may not call the route. Deny by default. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
    private readonly config: ServerConfig,
  ) {}

  async canActivate(host: ExecutionContext): Promise<boolean> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS, [host.getHandler(), host.getClass()]);
    const context = openContext(request, contextFor(request, rule));
    if (rule === undefined) throw new PlatformError('forbidden');
    this.refuseForeignPages(request, isByCookie(request.headers));
    const caller = await this.sessions.callerOf(request.headers);
    if (caller !== null) context.actAs(caller);
    if (rule.kind === 'public') return true;
    if (this.reflector.get<true | undefined>(ASKS_WHO, host.getHandler()) && !hasCredentials(request.headers)) context.onlyAsks();
    if (caller === null) throw new PlatformError('unauthenticated');
    // At a shared screen somebody can sign in and ask again; a person with the wrong role can't.
    if (!meets(caller, rule.requirement)) throw new PlatformError(caller.kind === 'station' ? 'unauthenticated' : 'forbidden');
    return true;
  }

  /** @throws PlatformError('forbidden') when another site's page had the browser send this */
  private refuseForeignPages(request: FastifyRequest, withCookie: boolean): void {
    if (SAFE_METHODS.has(request.method)) return;
    const origin = sameOrigin(request.headers, this.config.publicOrigin);
    if (origin === 'other' || (origin === 'unknown' && withCookie)) throw new PlatformError('forbidden');
  }
}

/** Whether the role may do this at all; in which care unit is decided by the handler, which knows the subject. */
export function meets(caller: Caller, requirement: Requirement): boolean {
  if (requirement === 'signed-in') return caller.kind !== 'station' && caller.readsHistory !== true;
  if (requirement === 'service') return caller.kind === 'service' && caller.roles.includes('service');
  return mayAnywhere(caller, requirement).allowed;
}

function contextFor(request: FastifyRequest, rule: AccessRule | undefined): RequestContext {
  const route = `${request.method} ${request.routeOptions.url ?? 'none'}`;
  const unsafe = !SAFE_METHODS.has(request.method);
  if (rule === undefined) return new RequestContext('route.undeclared', true, route, request.ip);
  if (rule.kind === 'public') return new RequestContext(rule.auditAs ?? route, rule.auditAs !== null, route, request.ip);
  const { requirement } = rule;
  const readsPatient = requirement !== 'signed-in' && requirement !== 'service' && READS_PATIENT.has(requirement);
  const audited = unsafe || readsPatient || AUDITED_READS.has(requirement);
  return new RequestContext(rule.auditAs ?? requirement, audited, route, request.ip);
}
