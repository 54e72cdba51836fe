import type { AccountView, Page, PersonRole, SessionUser, StaffId } from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

/** An account that may sign in. Times are wall time. */
export interface Account {
  readonly user: SessionUser;
  /** PHC string, `$argon2id$…`; empty where the person has no password. */
  readonly passwordHash: string;
  readonly passwordChangedMs: number | null;
  /** True: to be changed before anything else. */
  readonly passwordTemporary: boolean;
  /** After this the password holds no more; null for one that the person chose. */
  readonly temporaryUntilMs: number | null;
}

/** A password that somebody else chose for the person. */
export interface TemporaryPassword {
  readonly hash: string;
  readonly untilMs: number;
}

export interface AccountToCreate {
  readonly staffId: StaffId;
  readonly username: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  /** Null: the person signs in by an identity provider or a passkey. */
  readonly password: TemporaryPassword | null;
}

/** Who changes an account: the audit row is committed with the change. */
export interface AccountChange {
  readonly audit: AuditEntry;
  readonly wallMs: number;
}

/**
 * Local accounts. Changes that take something away end the person's sessions in the same transaction.
 *
 * @throws PlatformError 'not-found', 'conflict' (name or person taken; nobody who could manage accounts would be left),
 * 'store-unavailable'
 */
export abstract class Accounts {
  /** Null for a name that is not there and for an account that is disabled. */
  abstract byUsername(username: string): Promise<Account | null>;
  /** Null as above. */
  abstract byStaffId(staffId: StaffId): Promise<Account | null>;

  abstract list(query: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly wallMs: number;
  }): Promise<Page<AccountView>>;
  /** Disabled ones too. */
  abstract view(staffId: StaffId, wallMs: number): Promise<AccountView | null>;

  /** The person becomes staff with it, or takes this name and these roles if they are staff without an account. */
  abstract create(account: AccountToCreate, change: AccountChange): Promise<void>;
  abstract setRoles(staffId: StaffId, roles: readonly PersonRole[], change: AccountChange): Promise<void>;
  abstract setDisabled(staffId: StaffId, disabled: boolean, change: AccountChange): Promise<void>;
  /** With `secondFactors`, one-time codes, recovery codes and passkeys go too. */
  abstract reset(
    staffId: StaffId,
    reset: { readonly password: TemporaryPassword; readonly secondFactors: boolean },
    change: AccountChange,
  ): Promise<void>;
  /** Sets a password that the person chose. All sessions of the person end. */
  abstract setPassword(staffId: StaffId, passwordHash: string, change: AccountChange): Promise<void>;
  /** The same password under newer parameters; nothing happens when it was changed meanwhile. */
  abstract rehash(staffId: StaffId, change: { readonly from: string; readonly to: string }): Promise<void>;
}
