import { randomUUID } from 'node:crypto';
import type { CareUnitId, PatientId } from '@vigil/contracts';
import { type Action, may } from '@vigil/domain';
import { type Caller, personCaller, purposeOf, sessionRef } from '../access/caller.js';
import type { AuditSpool } from '../audit/audit-spool.js';
import type { Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';

/** Wall time after which a subscription leaves another audit row (decisions.md, "Audit"). */
export const RENEW_EVERY_MS = 5 * 60_000;

/**
 * Wall time after which the right to look is asked for again: a role that is taken away, or a shift that ends, shows
 * within 30 s.
 */
export const CHECK_EVERY_MS = 10_000;

/** Who lies in the care unit, as screens of it show. */
export type Shows = (careUnitId: CareUnitId) => readonly PatientId[];

/** One screen that looks at one care unit. */
export interface Subscription {
  readonly caller: Caller;
  readonly action: Action;
  readonly careUnitId: CareUnitId;
  /** Address of the screen. */
  readonly ip: string;
  /** Called when the caller may not look any more. */
  readonly end: () => void;
}

interface Kept extends Subscription {
  renewedWallMs: number;
  checkedWallMs: number;
  /** Patients in the rows of this subscription so far, and those who were shown since the last one. */
  readonly told: Set<PatientId>;
  readonly untold: Set<PatientId>;
}

type Looker = Pick<Subscription, 'caller' | 'action' | 'careUnitId' | 'ip'>;

/**
 * Who looks at what, with an audit row at the start and every five minutes, and one at the end where patients came
 * into the picture since the last. Each row names everybody who was shown. A start without its row is refused; a
 * renewal without it goes on, because surveillance that runs must not stop (D28), and its row waits in the spool.
 */
export class Subscriptions {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly trail: AuditTrail,
    private readonly spool: AuditSpool,
    private readonly accounts: Accounts,
    private readonly clock: AppClock,
    private readonly shows: Shows,
  ) {}

  has(key: string): boolean {
    return this.kept.has(key);
  }

  /** @throws PlatformError('audit-unavailable'): nothing may then be shown */
  async start(key: string, subscription: Subscription): Promise<void> {
    const wallMs = this.clock.wallMs();
    const shown = this.shows(subscription.careUnitId);
    await this.trail.append(rowFor(subscription, 'allowed', 'live, joined', shown), wallMs);
    const kept = {
      ...subscription,
      renewedWallMs: wallMs,
      checkedWallMs: wallMs,
      told: new Set(shown),
      untold: new Set<PatientId>(),
    };
    this.kept.set(key, kept);
    // Somebody may have been admitted while the row was written.
    this.note(kept);
  }

  /** The row of a join that was not allowed. Its failure changes nothing for the caller. */
  async refused(looker: Looker, reason: string): Promise<void> {
    await this.write(rowFor(looker, 'refused', `live, ${reason}`), { spare: true });
  }

  /** The screen has left. */
  async stop(keyPrefix: string): Promise<void> {
    const left = [...this.kept].filter(([key]) => key.startsWith(keyPrefix));
    for (const [key] of left) this.kept.delete(key);
    for (const [, kept] of left) {
      if (kept.untold.size > 0) await this.write(rowFor(kept, 'allowed', 'live, also shown', [...kept.untold]));
    }
  }

  /** Who lies in the care unit has changed: whoever looks at it sees others from now on. */
  placesChanged(careUnitId: CareUnitId): void {
    for (const kept of this.kept.values()) if (kept.careUnitId === careUnitId) this.note(kept);
  }

  /**
   * Who somebody is now: the roles and care units of this moment, not those of the handshake. Null for a person whose
   * account is gone or disabled. @throws PlatformError('store-unavailable')
   */
  async current(caller: Caller): Promise<Caller | null> {
    if (caller.user === null) return caller;
    const account = await this.accounts.byStaffId(caller.user.staffId);
    if (account === null) return null;
    const { tokenHash, expiresAtMs, stationId = null } = caller;
    return { ...personCaller(account.user, tokenHash ?? '', expiresAtMs ?? 0), stationId };
  }

  /** Ends those whose person may not look any more, and renews those whose time has come. */
  async renewDue(): Promise<void> {
    const wallMs = this.clock.wallMs();
    // One question per person, however many screens they have.
    const people = new Map<string, Promise<Caller | null>>();
    for (const [key, kept] of [...this.kept]) {
      if (wallMs - kept.checkedWallMs < CHECK_EVERY_MS) continue;
      kept.checkedWallMs = wallMs;
      const { name } = kept.caller;
      const now = people.get(name) ?? this.current(kept.caller).catch(() => kept.caller);
      people.set(name, now);
      await this.check(key, kept, await now, wallMs);
    }
  }

  /** With the rights of today. An account store that is away does not end what runs. */
  private async check(key: string, kept: Kept, now: Caller | null, wallMs: number): Promise<void> {
    // The screen may have left while its person was looked up.
    if (this.kept.get(key) !== kept) return;
    const isAllowed = now !== null && may(now, kept.action, { careUnitIds: [kept.careUnitId] }).allowed;
    if (!isAllowed) {
      this.kept.delete(key);
      kept.end();
      await this.refused(kept, 'not allowed any more');
      return;
    }
    if (wallMs - kept.renewedWallMs < RENEW_EVERY_MS) return;
    kept.renewedWallMs = wallMs;
    const shown = new Set([...kept.untold, ...this.shows(kept.careUnitId)]);
    kept.untold.clear();
    for (const patientId of shown) kept.told.add(patientId);
    await this.write(rowFor(kept, 'allowed', 'live, still looking', [...shown]));
  }

  private note(kept: Kept): void {
    for (const patientId of this.shows(kept.careUnitId)) if (!kept.told.has(patientId)) kept.untold.add(patientId);
  }

  private async write(entry: AuditEntry, options: { readonly spare?: boolean } = {}): Promise<void> {
    const wallMs = this.clock.wallMs();
    await this.trail.append(entry, wallMs).catch(() => this.spool.add(entry, wallMs, options));
  }
}

function rowFor(
  { caller, action, careUnitId, ip }: Looker,
  outcome: AuditEntry['outcome'],
  detail: string,
  patientIds: readonly PatientId[] = [],
): AuditEntry {
  return auditEntry({
    // The row may have to be written twice.
    entryId: randomUUID(),
    actor: caller.name,
    roles: caller.roles,
    action,
    object: `careUnit:${careUnitId}`,
    patientIds,
    outcome,
    detail,
    ip,
    stationId: caller.stationId ?? null,
    sessionRef: sessionRef(caller),
    purpose: caller.user === null ? null : purposeOf(action),
  });
}
