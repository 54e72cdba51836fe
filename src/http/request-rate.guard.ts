import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { contextOrNull } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { TooManyAttempts } from './invalid-request.js';
import { RequestLimits } from './request-limits.js';

/** Bounds what one person or station may ask for. Runs after the session guard, which finds out who it is. */
@Injectable()
export class RequestRateGuard implements CanActivate {
  constructor(
    private readonly limits: RequestLimits,
    private readonly clock: AppClock,
    private readonly metrics: Metrics,
  ) {}

  canActivate(host: ExecutionContext): boolean {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const caller = contextOrNull(request)?.callerOrNull ?? null;
    // Another part of Vigil that catches up, e.g. a gateway's simulator that admits a whole ward, is bounded by its address;
    // a program of somebody else is bounded like a person.
    if (caller === null || (caller.kind === 'service' && caller.readsHistory !== true)) return true;
    const waitMs = this.limits.caller(caller.name, request.routeOptions.url ?? 'none', this.clock.wallMs());
    if (waitMs === 0) return true;
    this.metrics.requestRefused('caller-rate');
    throw new TooManyAttempts(waitMs);
  }
}
