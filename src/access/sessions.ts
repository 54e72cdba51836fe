import type { Cancel } from '@vigil/clock';
import type { SignInMethod, StaffId } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { SessionStore, StoredSession } from '../ports/session-store.js';
import type { Stations } from '../ports/stations.js';
import { type Caller, personCaller, sessionRef, stationCaller } from './caller.js';
import { EndWatch } from './end-watch.js';
import type { ServiceTokens } from './service-tokens.js';
import { EARLIER_TOKEN_MS } from './stations.js';
import { credentialsOf, newToken, stationTokenOf, tokenHash } from './tokens.js';

/** How often the store is asked whether what sockets hang on still lives. Half of what a logout may take (5 s). */
const ASK_STORE_EVERY_MS = 2_000;

/** A request that a page makes by itself, such as a look every minute whether somebody is still signed in. */
export const BACKGROUND_HEADER = 'vigil-background';

export interface CallerHeaders {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly [BACKGROUND_HEADER]?: string | string[] | undefined;
}

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
 * that ends in another process, or with its account, is noticed here within two seconds, and at once where a line carries the news.
 */
export class Sessions {
  private readonly people = new EndWatch();
  private readonly screens = new EndWatch();
  private askedAtMs = -Infinity;
  private lastAsk: Promise<void> = Promise.resolve();
  private nextAsk: Promise<void> | null = null;

  constructor(
    private readonly store: SessionStore,
    private readonly stations: Stations,
    private readonly clock: AppClock,
    private readonly services: ServiceTokens,
    private readonly times: SessionTimes,
  ) {
    // A hint: what it could not ask now, it asks with the next sweep.
    store.onEndedElsewhere(() => void this.askStore().catch(() => undefined));
  }

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
    if (replaces !== null) {
      this.people.ended(replaces);
      this.store.tellEnded();
    }
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
    const reader = this.services.historyReader(hash, wallMs);
    if (reader !== null) return reader;
    const session = use ? await this.store.use(hash, wallMs, this.times.idleMs) : await this.store.peek(hash, wallMs);
    if (session === null) {
      this.people.ended(hash);
      return null;
    }
    this.people.moved(hash, session.expiresAtMs);
    return personCaller(session.user, hash, session.expiresAtMs);
  }

  /**
   * Who sent a request or opens a socket: a bearer token first, then the person of the session cookie, then the station
   * of the station cookie. So a screen goes on as its station when its person was signed out.
   *
   * A request with the header `vigil-background` is no act of the person and does not push the idle time on. Whoever
   * leaves it out where it belongs stays signed in longer at their own screen; it opens nothing.
   *
   * @param options.asStation the shared screen alone, whoever is signed in on it
   */
  async callerOf(
    headers: CallerHeaders,
    { use = true, asStation = false }: { readonly use?: boolean; readonly asStation?: boolean } = {},
  ): Promise<Caller | null> {
    const credentials = asStation ? null : credentialsOf(headers);
    const isUse = use && headers[BACKGROUND_HEADER] === undefined;
    const caller = credentials === null ? null : await this.authenticate(credentials.token, { use: isUse });
    if (credentials?.via === 'bearer') return caller;
    const stationToken = stationTokenOf(headers);
    const station = stationToken === null ? null : await this.station(stationToken);
    if (caller === null) return station;
    return station === null ? caller : { ...caller, stationId: station.stationId ?? null };
  }

  /** The screen behind a station's token; null for nobody's and a revoked one. */
  private async station(token: string): Promise<Caller | null> {
    const hash = tokenHash(token);
    const known = await this.stations.byToken(hash, this.clock.wallMs(), EARLIER_TOKEN_MS);
    return known === null ? null : stationCaller(known.stationId, known.careUnitId, hash, null);
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
    this.store.tellEnded();
  }

  /** @returns false when the person has no such session */
  async endByRef(staffId: StaffId, ref: string): Promise<boolean> {
    const ended = await this.store.endByRef(staffId, ref);
    await this.noticeEnded();
    return ended;
  }

  /** @param except hash of the token of the session that stays. @returns how many ended */
  async endAllOf(staffId: StaffId, except: string | null = null): Promise<number> {
    const count = await this.store.endAllOf(staffId, except);
    await this.noticeEnded();
    return count;
  }

  /** Ends the sessions that an identity provider calls by this name. @returns how many ended */
  async endByExternalRef(externalRef: string): Promise<number> {
    const count = await this.store.endByExternalRef(externalRef);
    await this.noticeEnded();
    return count;
  }

  /**
   * Calls `onEnd` once when the caller's session ends, or the station is revoked; never for a service, whose token has no
   * end.
   */
  watch({ kind, tokenHash: hash, expiresAtMs, stationId }: Caller, onEnd: () => void): Cancel {
    if (kind === 'station') return this.screens.watch(stationId ?? '', Infinity, onEnd);
    if (hash === null || expiresAtMs === null) return () => undefined;
    return this.people.watch(hash, expiresAtMs, onEnd);
  }

  /** After sessions or stations ended in the store: their sockets hear of it at once, here and in other processes. */
  async noticeEnded(): Promise<void> {
    this.store.tellEnded();
    await this.askStore();
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

  /** Calls while one waits are one: each sees what had ended when it was made. */
  private askStore(): Promise<void> {
    this.nextAsk ??= this.lastAsk
      .catch(() => undefined)
      .then(() => {
        this.nextAsk = null;
        return this.askNow();
      });
    this.lastAsk = this.nextAsk;
    return this.nextAsk;
  }

  private async askNow(): Promise<void> {
    const stationIds = this.screens.names;
    const enrolled = stationIds.length === 0 ? new Set() : await this.stations.alive(stationIds);
    for (const stationId of stationIds) if (!enrolled.has(stationId)) this.screens.ended(stationId);
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
