import type { SessionUser, StaffId } from '@vigil/contracts';

export interface Account {
  readonly user: SessionUser;
  /** PHC string, `$argon2id$…`. */
  readonly passwordHash: string;
}

export interface StoredSession {
  readonly user: SessionUser;
  readonly expiresAtMs: number;
}

/** Local accounts and opaque sessions; only hashes of tokens are stored. Wall time. */
export abstract class Accounts {
  abstract byUsername(username: string): Promise<Account | null>;
  abstract byStaffId(staffId: StaffId): Promise<Account | null>;
  abstract createSession(tokenHash: string, staffId: StaffId, wallMs: number, idleMs: number): Promise<StoredSession>;
  /** The session, its idle time pushed on; null when unknown or expired. */
  abstract touchSession(tokenHash: string, wallMs: number, idleMs: number): Promise<StoredSession | null>;
  abstract endSession(tokenHash: string): Promise<void>;
}
