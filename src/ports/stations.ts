import type { CareUnitId, Page, Station } from '@vigil/contracts';
import type { AccountChange } from './accounts.js';
import type { AuditEntry } from './audit-trail.js';

/** A screen that has shown its token. Wall time. */
export interface KnownStation {
  readonly stationId: string;
  readonly careUnitId: CareUnitId;
  /** When its token was last made anew; the token before holds for a moment longer. */
  readonly rotatedMs: number;
  readonly isEarlierToken: boolean;
}

/**
 * Shared screens. Only hashes of codes and tokens are stored.
 * @throws PlatformError 'not-found', 'conflict' (as many as a site may have), 'store-unavailable'
 */
export abstract class Stations {
  abstract create(
    station: { stationId: string; careUnitId: CareUnitId; label: string; codeHash: string; codeUntilMs: number },
    change: AccountChange,
  ): Promise<Station>;
  /** The code is used up, together with the audit row. Null when there is no such code, or not any more. */
  abstract enrol(
    codes: { readonly codeHash: string; readonly tokenHash: string },
    wallMs: number,
    audit: (station: Station) => AuditEntry,
  ): Promise<Station | null>;
  abstract list(query: {
    /** Null lists all. */
    readonly careUnitIds: readonly CareUnitId[] | null;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<Station>>;
  abstract station(stationId: string): Promise<Station | null>;
  abstract revoke(stationId: string, change: AccountChange): Promise<void>;
  /**
   * Whose token this is, seen now; null for nobody's and a revoked one.
   * @param graceMs how long the token before the present one holds after it was made anew
   */
  abstract byToken(tokenHash: string, wallMs: number, graceMs: number): Promise<KnownStation | null>;
  /** A new token in the place of this one. @returns false when somebody else was first */
  abstract rotate(stationId: string, tokens: { readonly from: string; readonly to: string }, wallMs: number): Promise<boolean>;
  /** Of these, those that are not revoked. */
  abstract alive(stationIds: readonly string[]): Promise<ReadonlySet<string>>;
}
