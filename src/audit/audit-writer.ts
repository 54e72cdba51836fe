import { Injectable, Logger } from '@nestjs/common';
import { PlatformError } from '@vigil/domain';
import { OutOfScope, type RequestContext } from '../access/request-context.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditTrail } from '../ports/audit-trail.js';

/** Rows a minute that one address may cause without having signed in; the rest are counted in the next row. */
const ANONYMOUS = { max: 60, windowMs: 60_000, keysMax: 10_000 };

const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'too-many-attempts', 'link-expired']);

/** Writes the one audit row of a request, before its answer goes out. */
@Injectable()
export class AuditWriter {
  private readonly logger = new Logger('audit');
  private readonly anonymous = new RateLimiter(ANONYMOUS);
  private leftOut = 0;

  constructor(
    private readonly trail: AuditTrail,
    private readonly clock: AppClock,
  ) {}

  /** @throws PlatformError('audit-unavailable'): the answer must then not go out (D28) */
  async allowed(context: RequestContext): Promise<void> {
    if (!context.audited || context.committedByStore) return;
    await this.trail.append(context.entry('allowed'), this.clock.wallMs());
  }

  /**
   * The row of a request that got no answer: `refused` where it may not be, `failed` where it could not be. Never
   * throws: the caller is told what went wrong in the first place.
   */
  async notAllowed(context: RequestContext, error: unknown): Promise<void> {
    const refused = isRefusal(error);
    if (!refused && !context.audited) return;
    const wallMs = this.clock.wallMs();
    if (context.callerOrNull === null && this.anonymous.take(context.ip, wallMs) > 0) {
      this.leftOut += 1;
      return;
    }
    const reason = error instanceof OutOfScope ? error.reason : error instanceof PlatformError ? error.code : 'internal';
    const more = this.leftOut > 0 ? `; ${this.leftOut} more without sign-in left out` : '';
    try {
      await this.trail.append(context.entry(refused ? 'refused' : 'failed', `${reason}${more}`), wallMs);
      if (more !== '') this.leftOut = 0;
    } catch (cause) {
      this.logger.warn(
        { code: cause instanceof PlatformError ? cause.code : 'internal', action: context.action },
        'audit row not written',
      );
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof OutOfScope || (error instanceof PlatformError && REFUSALS.has(error.code));
}
