import type { EpochMs, StaffId } from '@vigil/contracts';
import type { AccountChange } from './accounts.js';
import type { AuditEntry } from './audit-trail.js';

export interface IdentityLink {
  readonly linkId: string;
  readonly issuer: string;
  readonly linkedMs: EpochMs;
}

export interface NewIdentityLink {
  readonly issuer: string;
  readonly subject: string;
  readonly staffId: StaffId;
  readonly wallMs: number;
  /** Committed with the link; left out where the row of the request that makes the link tells of it. */
  readonly audit?: AuditEntry;
}

/**
 * Which member of staff an identity of a provider is. Of the subject only a hash is kept: it is looked up, never
 * shown. @throws PlatformError('store-unavailable')
 */
export abstract class IdentityLinks {
  /** Null when nobody is linked to it. */
  abstract staffOf(issuer: string, subject: string): Promise<StaffId | null>;
  /** At most a few. */
  abstract of(staffId: StaffId): Promise<readonly IdentityLink[]>;
  /**
   * One identity is one person, and one person has one identity of an issuer.
   * @throws PlatformError 'conflict' when either is taken; 'not-found' when there is no such account
   */
  abstract link(link: NewIdentityLink): Promise<IdentityLink>;
  /** The person's sessions end with it. @returns false when this person has no such link */
  abstract unlink(staffId: StaffId, linkId: string, change: AccountChange): Promise<boolean>;
}
