import type { CareUnitId, PatientId, SessionUser } from '@vigil/contracts';
import { type Action, InvariantError, may, PlatformError } from '@vigil/domain';
import type { FastifyRequest } from 'fastify';
import { type AuditEntry, auditEntry, REPEATED } from '../ports/audit-trail.js';
import { type Caller, purposeOf, sessionRef } from './caller.js';

/** The subject exists but is in another care unit. Told as 404, because ids can be guessed; audited as a refusal. */
export class OutOfScope extends PlatformError {
  constructor(readonly reason: string) {
    super('not-found');
  }
}

/**
 * What one request is about: who asks, for what, about whom. Handlers say the subject; the audit interceptor and the
 * problem filter write the one row that follows from it.
 */
export class RequestContext {
  private who: Caller | null = null;
  private about: { readonly object: string; readonly patientIds: readonly PatientId[]; readonly detail: string };
  private command = false;
  private grantId: string | null = null;
  private asking = false;

  constructor(
    /** What is asked for, e.g. `alarm.read`, `session.login`. */
    readonly action: string,
    /** True where a request that succeeds leaves an audit row. Refusals always do. */
    readonly audited: boolean,
    /** Method and route template: never a URL, which may hold a token. */
    readonly route: string,
    readonly ip: string,
  ) {
    this.about = { object: `route:${route}`, patientIds: [], detail: '' };
  }

  /** @throws PlatformError('unauthenticated') when nobody has signed in */
  get caller(): Caller {
    if (this.who === null) throw new PlatformError('unauthenticated');
    return this.who;
  }

  get callerOrNull(): Caller | null {
    return this.who;
  }

  /** @throws PlatformError('forbidden') for a service, which is no person */
  get person(): SessionUser {
    if (this.caller.user === null) throw new PlatformError('forbidden');
    return this.caller.user;
  }

  actAs(caller: Caller): void {
    this.who = caller;
  }

  /** Nobody asks who is signed in: to hear that nobody is, is no refusal. */
  onlyAsks(): void {
    this.asking = true;
  }

  get isOnlyAsking(): boolean {
    return this.asking;
  }

  /** The caller's break-glass grant for the patient whom this is about; null without an emergency. */
  get underBreakGlass(): string | null {
    return this.grantId;
  }

  /** Says that the caller has declared an emergency: the row is marked, and the request goes on while the audit trail is away (D28). */
  actUnder(grantId: string): void {
    this.grantId = grantId;
  }

  /**
   * Says whom or what the request is about: with a list, everybody whom the answer shows, so that a search for one
   * patient finds it. Ids only, never names or readings.
   */
  subject(object: string, patients: PatientId | readonly PatientId[] | null = null, detail = ''): void {
    const shown = patients === null ? [] : typeof patients === 'string' ? [patients] : [...new Set(patients)];
    this.about = { object, patientIds: shown, detail };
  }

  /** @throws OutOfScope when the caller may do this elsewhere, but not in this care unit */
  requireScope(action: Action, careUnitId: CareUnitId | null): void {
    const decision = may(this.caller, action, { careUnitIds: careUnitId === null ? [] : [careUnitId] });
    if (!decision.allowed) throw new OutOfScope(decision.reason);
  }

  /** The audit row of a command, for the store to commit with the command itself: no other row is then written. */
  commandEntry(detail = this.about.detail): AuditEntry {
    this.command = true;
    return this.entry('allowed', detail);
  }

  /** The store had carried out this command before and wrote nothing now. */
  commandRepeated(): void {
    this.command = false;
    this.about = { ...this.about, detail: REPEATED };
  }

  /** The audit trail did not take the row that came with the command: it is written, or kept aside, like that of a read. */
  rowNotTaken(): void {
    this.command = false;
  }

  get committedByStore(): boolean {
    return this.command;
  }

  private purpose(): AuditEntry['purpose'] {
    if (this.grantId !== null) return 'emergency';
    return (this.who?.user ?? null) === null ? null : purposeOf(this.action);
  }

  entry(outcome: AuditEntry['outcome'], detail = this.about.detail): AuditEntry {
    return auditEntry({
      actor: this.who?.name ?? 'anonymous',
      roles: this.who?.roles ?? [],
      action: this.action,
      object: this.about.object,
      patientIds: this.about.patientIds,
      outcome,
      detail,
      ip: this.ip,
      stationId: this.who?.stationId ?? null,
      sessionRef: this.who === null ? null : sessionRef(this.who),
      purpose: this.purpose(),
      grantId: this.grantId,
    });
  }
}

const contexts = new WeakMap<FastifyRequest, RequestContext>();

export function openContext(request: FastifyRequest, context: RequestContext): RequestContext {
  contexts.set(request, context);
  return context;
}

/** The context that the session guard opened; null before it ran, e.g. for a route that does not exist. */
export function contextOrNull(request: FastifyRequest): RequestContext | null {
  return contexts.get(request) ?? null;
}

/** @throws InvariantError when the session guard has not run, which would be a hole */
export function contextOf(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  if (context === undefined) throw new InvariantError('expected: the session guard runs before every handler');
  return context;
}
