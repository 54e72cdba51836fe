import type { Cancel } from '@vigil/clock';
import type { SignInMethod, StaffId } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { SessionStore, StoredSession } from '../ports/session-store.js';
import { type Caller, personCaller, sessionRef } from './caller.js';
import { EndWatch } from './end-watch.js';
import type { ServiceTokens } from './service-tokens.js';
import { newToken, tokenHash } from './tokens.js';

/** How often the store is asked whether what sockets hang on still lives. Half of what a logout may take (5 s). */
const ASK_STORE_EVERY_MS = 2_000;

export interface SessionTimes {
  readonly idleMs: number;
  /** Length of a session that is used all the time. */
  readonly absoluteMs: number;
}

export interface OpenSession {
  readonly staffId: StaffId;
  /** How the person showed who they are, e.g. `['password', 'totp']` or `['oidc', 'oidc:mfa']`. */
  readonly methods: readonly SignInMethod[];
  readonly ip: string;
  /** Hash of the token that the caller came with: that session ends. */
  readonly replaces?: string | null;
  /** What an identity provider calls the session; see `endByExternalRef`. */
  readonly externalRef?: string | null;
}

export interface OpenedSession {
  /** For the cookie or the bearer; only its hash is kept. */
  readonly token: string;
  readonly session: StoredSession;
  readonly caller: Caller;
}

/**
 * Who is behind a token, and who wants to know when that ends.
 *
 * Each request of a person pushes the idle time on. Sockets watch their session instead: opening or holding one does
 * not push it on, so a screen that nobody touches is signed out like any other (decisions.md, "Session"). A session
 * that ends in another process, or with its account, is noticed here within two seconds.
 */
export class Sessions {
  private readonly people = new EndWatch();
  private askedAtMs = -Infinity;

  constructor(
    private readonly store: SessionStore,
    private readonly clock: AppClock,
    private readonly services: ServiceTokens,
    private readonly times: SessionTimes,
  ) {}

  /**
   * A new session with a token of its own, never one that the browser brought along (session fixation).
   * @throws PlatformError('not-found') when there is no such person or the account is disabled; 'store-unavailable'
   */
  async open({ staffId, methods, ip, replaces = null, externalRef = null }: OpenSession): Promise<OpenedSession> {
    const token = newToken();
    const hash = tokenHash(token);
    const ref = sessionRef({ tokenHash: hash })!;
    const wallMs = this.clock.wallMs();
    const row = { tokenHash: hash, sessionRef: ref, staffId, methods, ip, externalRef, replaces, wallMs, ...this.times };
    const session = await this.store.create(row);
    if (replaces !== null) this.people.ended(replaces);
    return { token, session, caller: personCaller(session.user, hash, session.expiresAtMs) };
  }

  /**
   * The caller behind the token, null when it is unknown or expired.
   *
   * @param use false for what is no act of the person, such as a screen that opens its socket again
   * @throws PlatformError('store-unavailable')
   */
  async authenticate(token: string, { use = true }: { readonly use?: boolean } = {}): Promise<Caller | null> {
    const hash = tokenHash(token);
    const service = this.services.caller(hash);
    if (service !== null) return service;
    const wallMs = this.clock.wallMs();
    const session = use ? await this.store.use(hash, wallMs, this.times.idleMs) : await this.store.peek(hash, wallMs);
    if (session === null) {
      this.people.ended(hash);
      return null;
    }
    this.people.moved(hash, session.expiresAtMs);
    return personCaller(session.user, hash, session.expiresAtMs);
  }

  async current(hash: string): Promise<StoredSession | null> {
    return this.store.peek(hash, this.clock.wallMs());
  }

  listOf(staffId: StaffId): Promise<readonly StoredSession[]> {
    return this.store.listOf(staffId, this.clock.wallMs());
  }

  async end(hash: string): Promise<void> {
    await this.store.end(hash);
    this.people.ended(hash);
  }

  /** @returns false when the person has no such session */
  async endByRef(staffId: StaffId, ref: string): Promise<boolean> {
    const ended = await this.store.endByRef(staffId, ref);
    await this.askStore();
    return ended;
  }

  /** @param except hash of the token of the session that stays. @returns how many ended */
  async endAllOf(staffId: StaffId, except: string | null = null): Promise<number> {
    const count = await this.store.endAllOf(staffId, except);
    await this.askStore();
    return count;
  }

  /** Ends the sessions that an identity provider calls by this name. @returns how many ended */
  async endByExternalRef(externalRef: string): Promise<number> {
    const count = await this.store.endByExternalRef(externalRef);
    await this.askStore();
    return count;
  }

  /** Calls `onEnd` once when the caller's session ends; never for a service, whose token has no end. */
  watch({ tokenHash: hash, expiresAtMs }: Caller, onEnd: () => void): Cancel {
    if (hash === null || expiresAtMs === null) return () => undefined;
    return this.people.watch(hash, expiresAtMs, onEnd);
  }

  /**
   * Tells the watchers of sessions that are over: by their time, and by what the store says every other second. Called
   * about once a second. @throws PlatformError('store-unavailable'): those whose time is over were told all the same
   */
  async sweep(): Promise<void> {
    const wallMs = this.clock.wallMs();
    this.people.sweep(wallMs);
    if (wallMs - this.askedAtMs < ASK_STORE_EVERY_MS) return;
    this.askedAtMs = wallMs;
    await this.askStore();
  }

  private async askStore(): Promise<void> {
    const hashes = this.people.names;
    if (hashes.length === 0) return;
    const living = await this.store.alive(hashes, this.clock.wallMs());
    for (const hash of hashes) {
      const expiresAtMs = living.get(hash);
      if (expiresAtMs === undefined) this.people.ended(hash);
      else this.people.moved(hash, expiresAtMs);
    }
  }
}
