import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { PlatformError } from '@vigil/domain';
import { OutOfScope, type RequestContext } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { ImpossibleRate } from '../http/presses.js';
import { networkOf } from '../http/request-limits.js';
import { AppClock } from '../ports/app-clock.js';
import { type AuditEntry, AuditTrail } from '../ports/audit-trail.js';
import { AuditSpool } from './audit-spool.js';

/**
 * Rows a minute that one address may cause without having signed in, and one caller by asking too often; the rest are
 * counted in the next row.
 */
const IDLE_ROWS = { max: 60, windowMs: 60_000, keysMax: 10_000 };

const REFUSALS: ReadonlySet<string> = new Set([
  'unauthenticated',
  'forbidden',
  'too-many-attempts',
  'impossible-rate',
  'link-expired',
  'wrong-code',
  'ticket-expired',
  'reauthentication-required',
]);

/** Shows no patient; and whoever can't sign in can't declare an emergency either. */
const SIGNS_IN = /^session\./;

/** Writes the one audit row of a request, before its answer goes out. */
@Injectable()
export class AuditWriter {
  private readonly logger = new Logger('audit');
  private readonly idleRows = new RateLimiter(IDLE_ROWS);
  private leftOut = 0;

  constructor(
    private readonly trail: AuditTrail,
    private readonly clock: AppClock,
    private readonly spool: AuditSpool,
    private readonly metrics: Metrics,
  ) {}

  /**
   * An emergency does not wait for the audit trail, nor does signing in: the row is then kept aside (D28).
   * @throws PlatformError('audit-unavailable'): the answer must then not go out
   */
  async allowed(context: RequestContext): Promise<void> {
    if (!context.audited || context.committedByStore) return;
    // The id tells the row again where nobody knows whether the first try was stored.
    const goesOn = context.underBreakGlass !== null || SIGNS_IN.test(context.action);
    const entry = { ...context.entry('allowed'), entryId: goesOn ? randomUUID() : null };
    const wallMs = this.clock.wallMs();
    try {
      await this.trail.append(entry, wallMs);
    } catch (error) {
      this.metrics.audit.notWritten('allowed');
      if (!goesOn) throw error;
      await this.keep(entry, wallMs, error);
    }
  }

  /**
   * The row of a request that got no answer: `refused` where it may not be, `failed` where it could not be. Never
   * throws: the caller is told what went wrong in the first place.
   */
  async notAllowed(context: RequestContext, error: unknown): Promise<void> {
    if (context.isOnlyAsking && error instanceof PlatformError && error.code === 'unauthenticated') return;
    const refused = isRefusal(error);
    if (!refused && !context.audited) return;
    const wallMs = this.clock.wallMs();
    const flooder = flooderOf(context, error);
    if (flooder !== null && this.idleRows.take(flooder, wallMs) > 0) {
      this.leftOut += 1;
      return;
    }
    const reason = error instanceof OutOfScope ? error.reason : error instanceof PlatformError ? error.code : 'internal';
    const more = this.leftOut > 0 ? `; ${this.leftOut} more left out` : '';
    this.leftOut = 0;
    const entry = { ...context.entry(refused ? 'refused' : 'failed', `${reason}${more}`), entryId: randomUUID() };
    try {
      await this.trail.append(entry, wallMs);
    } catch (cause) {
      this.metrics.audit.notWritten(entry.outcome);
      await this.keep(entry, wallMs, cause);
    }
  }

  /** Keeps the row aside; where the disk refuses that too, the process's log is the last place that is left. */
  private async keep(entry: AuditEntry, wallMs: number, cause: unknown): Promise<void> {
    const facts = { code: cause instanceof PlatformError ? cause.code : 'internal', action: entry.action };
    try {
      await this.spool.add(entry, wallMs, { spare: entry.outcome !== 'allowed' });
      this.logger.warn(facts, 'audit row kept aside');
    } catch {
      const { actor, object, patientIds, outcome, grantId } = entry;
      this.logger.error({ ...facts, actor, object, patientIds, outcome, grantId, wallMs }, 'audit row not kept anywhere');
    }
  }
}

/** Whose rows are bounded, because they say nothing of a patient and cost whoever sends the requests nothing. */
function flooderOf({ callerOrNull, ip }: RequestContext, error: unknown): string | null {
  if (callerOrNull === null) return `address|${networkOf(ip)}`;
  return error instanceof TooManyAttempts || error instanceof ImpossibleRate ? callerOrNull.name : null;
}

function isRefusal(error: unknown): boolean {
  return error instanceof OutOfScope || (error instanceof PlatformError && REFUSALS.has(error.code));
}
