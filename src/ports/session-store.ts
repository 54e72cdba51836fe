import type { Cancel } from '@vigil/clock';
import type { SessionUser, SignInMethod, StaffId } from '@vigil/contracts';

/** A session that somebody opened. Times are wall time. */
export interface StoredSession {
  readonly user: SessionUser;
  /** Names the session where its token may not be shown. */
  readonly sessionRef: string;
  /** When and from where the person showed who they are, and how. */
  readonly startedMs: number;
  readonly ip: string;
  readonly methods: readonly SignInMethod[];
  readonly usedMs: number;
  /** End of the idle time, never after `endsMs`. */
  readonly expiresAtMs: number;
  /** The end that use does not push on. */
  readonly endsMs: number;
}

export interface NewSession {
  readonly tokenHash: string;
  readonly sessionRef: string;
  readonly staffId: StaffId;
  readonly methods: readonly SignInMethod[];
  readonly ip: string;
  /** What an identity provider calls this session, to end it from there; null for a local one. */
  readonly externalRef: string | null;
  /** Hash of the token that this one takes the place of; that session ends in the same transaction. */
  readonly replaces: string | null;
  readonly wallMs: number;
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/**
 * Sessions of people, by the hash of their token. A session is gone when its time is over, when it was ended, and when
 * its person's account is disabled. @throws PlatformError('store-unavailable')
 */
export abstract class SessionStore {
  /** Of more sessions of one person than the store keeps, the one unused longest ends. @throws PlatformError('not-found') */
  abstract create(session: NewSession): Promise<StoredSession>;
  /** The session, its idle time pushed on; null when there is none. */
  abstract use(tokenHash: string, wallMs: number, idleMs: number): Promise<StoredSession | null>;
  /** The session as it is; null when there is none. */
  abstract peek(tokenHash: string, wallMs: number): Promise<StoredSession | null>;
  /** Of these, those that live, with the end of their idle time. */
  abstract alive(tokenHashes: readonly string[], wallMs: number): Promise<ReadonlyMap<string, number>>;
  /** Newest first. */
  abstract listOf(staffId: StaffId, wallMs: number): Promise<readonly StoredSession[]>;
  abstract end(tokenHash: string): Promise<void>;
  /** @returns false when this person has no such session */
  abstract endByRef(staffId: StaffId, sessionRef: string): Promise<boolean>;
  /** @param except hash of the token of the one that stays. @returns how many ended */
  abstract endAllOf(staffId: StaffId, except: string | null): Promise<number>;
  /** Ends what an identity provider calls by this name. @returns how many ended */
  abstract endByExternalRef(externalRef: string): Promise<number>;
  /** Tells the other processes of the site that sessions or stations have ended. A hint: they look sooner or later in any case. */
  abstract tellEnded(): void;
  /** @param listener told when another process says so */
  abstract onEndedElsewhere(listener: () => void): Cancel;
}
