import type { Passkey, StaffId } from '@vigil/contracts';
import type { AccountChange } from './accounts.js';

/** What a person has beside a password. */
export interface Factors {
  readonly totp: boolean;
  readonly recoveryCodes: number;
  readonly passkeys: readonly Passkey[];
}

/** A passkey as it is checked against. */
export interface StoredPasskey {
  readonly passkeyId: string;
  readonly staffId: StaffId;
  readonly credentialId: string;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  /** How often the authenticator says it was used; 0 for those that do not count. */
  readonly signCount: number;
}

export interface PasskeyToAdd {
  readonly passkeyId: string;
  readonly staffId: StaffId;
  readonly credentialId: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly synced: boolean;
  readonly transports: readonly string[];
}

/** Hashes of recovery codes and the base32 secret of an authenticator app, both of one person. */
export interface TotpToSet {
  readonly secret: string;
  /** The time step of the code that proved it; that code is used up. */
  readonly step: number;
  readonly recoveryCodeHashes: readonly string[];
}

/**
 * Second factors. Secrets are sealed at rest. What can be used once is used up by one of two who try at the same moment.
 * @throws PlatformError('store-unavailable'), 'keys-unavailable' while a secret can't be opened
 */
export abstract class SecondFactors {
  abstract of(staffId: StaffId): Promise<Factors>;

  /** Null: none is set up. */
  abstract totpSecret(staffId: StaffId): Promise<string | null>;
  /** Takes the place of an earlier one, and of the recovery codes. */
  abstract setTotp(staffId: StaffId, totp: TotpToSet, change: AccountChange): Promise<void>;
  /** The recovery codes go with it. */
  abstract removeTotp(staffId: StaffId, change: AccountChange): Promise<void>;
  /** @returns false when this step or a later one was used before */
  abstract useTotpStep(staffId: StaffId, step: number): Promise<boolean>;
  abstract setRecoveryCodes(staffId: StaffId, hashes: readonly string[], change: AccountChange): Promise<void>;
  /** @returns false when there is no such code, or not any more */
  abstract useRecoveryCode(staffId: StaffId, hash: string): Promise<boolean>;

  abstract passkey(credentialId: string): Promise<StoredPasskey | null>;
  /** @throws PlatformError('conflict') when the credential is registered or the person has as many as one may have */
  abstract addPasskey(passkey: PasskeyToAdd, change: AccountChange): Promise<Passkey>;
  /** @returns false when the person has no such passkey */
  abstract removePasskey(staffId: StaffId, passkeyId: string, change: AccountChange): Promise<boolean>;
  /** @returns false when the count is not above the stored one, which is a copy of the passkey or a replay */
  abstract usePasskey(passkeyId: string, signCount: number, wallMs: number): Promise<boolean>;
}
