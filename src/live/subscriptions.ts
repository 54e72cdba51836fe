import type { CareUnitId } from '@vigil/contracts';
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

/** One screen that looks at one care unit. */
export interface Subscription {
  readonly caller: Caller;
  readonly action: Action;
  readonly careUnitId: CareUnitId;
  /** Called when the caller may not look any more. */
  readonly end: () => void;
}

interface Kept extends Subscription {
  renewedWallMs: number;
  checkedWallMs: number;
}

/**
 * Who looks at what, with an audit row at the start and every five minutes. A start without its row is refused; a
 * renewal without it goes on, because surveillance that runs must not stop (D28), and its row waits in the spool.
 */
export class Subscriptions {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly trail: AuditTrail,
    private readonly spool: AuditSpool,
    private readonly accounts: Accounts,
    private readonly clock: AppClock,
  ) {}

  has(key: string): boolean {
    return this.kept.has(key);
  }

  /** @throws PlatformError('audit-unavailable'): nothing may then be shown */
  async start(key: string, subscription: Subscription): Promise<void> {
    const wallMs = this.clock.wallMs();
    await this.trail.append(rowFor(subscription, 'allowed', 'live, joined'), wallMs);
    this.kept.set(key, { ...subscription, renewedWallMs: wallMs, checkedWallMs: wallMs });
  }

  /** The row of a join that was not allowed. Its failure changes nothing for the caller. */
  async refused(caller: Caller, action: Action, careUnitId: CareUnitId, reason: string): Promise<void> {
    const entry = rowFor({ caller, action, careUnitId }, 'refused', `live, ${reason}`);
    await this.trail.append(entry, this.clock.wallMs()).catch(() => this.spool.add(entry, this.clock.wallMs()));
  }

  stop(keyPrefix: string): void {
    for (const key of this.kept.keys()) if (key.startsWith(keyPrefix)) this.kept.delete(key);
  }

  /**
   * Who somebody is now: the roles and care units of this moment, not those of the handshake. Null for a person whose
   * account is gone or disabled. @throws PlatformError('store-unavailable')
   */
  async current(caller: Caller): Promise<Caller | null> {
    if (caller.user === null) return caller;
    const account = await this.accounts.byStaffId(caller.user.staffId);
    return account === null ? null : personCaller(account.user, caller.tokenHash ?? '', caller.expiresAtMs ?? 0);
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
      await this.refused(kept.caller, kept.action, kept.careUnitId, 'not allowed any more');
      return;
    }
    if (wallMs - kept.renewedWallMs < RENEW_EVERY_MS) return;
    kept.renewedWallMs = wallMs;
    const entry = rowFor(kept, 'allowed', 'live, still looking');
    await this.trail.append(entry, wallMs).catch(() => this.spool.add(entry, wallMs));
  }
}

function rowFor(
  { caller, action, careUnitId }: Pick<Subscription, 'caller' | 'action' | 'careUnitId'>,
  outcome: AuditEntry['outcome'],
  detail: string,
): AuditEntry {
  const { name: actor, roles } = caller;
  const purpose = caller.user === null ? null : purposeOf(action);
  const object = `careUnit:${careUnitId}`;
  const { stationId = null } = caller;
  return auditEntry({ actor, roles, action, object, outcome, detail, stationId, sessionRef: sessionRef(caller), purpose });
}
