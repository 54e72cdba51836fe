import type { Cancel } from '@vigil/clock';
import type { Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import { type Caller, personCaller } from './caller.js';
import type { ServiceTokens } from './service-tokens.js';
import { tokenHash } from './tokens.js';

interface Watched {
  expiresAtMs: number;
  readonly onEnd: Set<() => void>;
}

/**
 * Who is behind a token, and who wants to know when that ends.
 *
 * Each authenticated request pushes the idle time on. Sockets watch their session instead: watching does not push it
 * on, so a screen that nobody touches is signed out like any other (decisions.md, "Session").
 */
export class Sessions {
  private readonly watched = new Map<string, Watched>();

  constructor(
    private readonly accounts: Accounts,
    private readonly clock: AppClock,
    private readonly services: ServiceTokens,
    private readonly idleMs: number,
  ) {}

  /** The caller behind the token, null when it is unknown or expired. @throws PlatformError('store-unavailable') */
  async authenticate(token: string): Promise<Caller | null> {
    const hash = tokenHash(token);
    const service = this.services.caller(hash);
    if (service !== null) return service;
    const session = await this.accounts.touchSession(hash, this.clock.wallMs(), this.idleMs);
    if (session === null) {
      this.tellEnd(hash);
      return null;
    }
    const watched = this.watched.get(hash);
    if (watched !== undefined) watched.expiresAtMs = session.expiresAtMs;
    return personCaller(session.user, hash, session.expiresAtMs);
  }

  async end(hash: string): Promise<void> {
    await this.accounts.endSession(hash);
    this.tellEnd(hash);
  }

  /** Calls `onEnd` once when the session ends: at logout at once, at expiry with the next `sweep`. */
  watch(hash: string, expiresAtMs: number, onEnd: () => void): Cancel {
    const watched = this.watched.get(hash) ?? { expiresAtMs, onEnd: new Set() };
    watched.expiresAtMs = Math.max(watched.expiresAtMs, expiresAtMs);
    watched.onEnd.add(onEnd);
    this.watched.set(hash, watched);
    return () => {
      watched.onEnd.delete(onEnd);
      if (watched.onEnd.size === 0 && this.watched.get(hash) === watched) this.watched.delete(hash);
    };
  }

  /** Tells the watchers of sessions whose time is over. Called about once a second. */
  sweep(): void {
    const wallMs = this.clock.wallMs();
    for (const [hash, { expiresAtMs }] of this.watched) if (expiresAtMs <= wallMs) this.tellEnd(hash);
  }

  private tellEnd(hash: string): void {
    const watched = this.watched.get(hash);
    if (watched === undefined) return;
    this.watched.delete(hash);
    for (const onEnd of watched.onEnd) onEnd();
  }
}
