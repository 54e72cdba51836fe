import type {
  BedId,
  BreakGlassGrant,
  BreakGlassId,
  BreakGlassOutcome,
  BreakGlassReason,
  BreakGlassState,
  CareUnitId,
  Page,
  PatientId,
  StaffId,
} from '@vigil/contracts';
import type { AuditEntry } from './audit-trail.js';

/** Wall time within which somebody has to look at a grant. Set here; ADR 0024 says why. */
export const REVIEW_WITHIN_MS = 72 * 3_600_000;

export interface NewGrant {
  readonly grantId: BreakGlassId;
  readonly staffId: StaffId;
  readonly patientId: PatientId;
  readonly bedId: BedId | null;
  readonly careUnitId: CareUnitId | null;
  readonly reason: BreakGlassReason;
  readonly text: string | null;
  readonly openedWallMs: number;
  readonly endsWallMs: number;
}

export interface GrantFilter {
  readonly state?: BreakGlassState | undefined;
  /** Those of patients who lay in one of these care units; null: of the whole site. */
  readonly careUnitIds: readonly CareUnitId[] | null;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A notice that has to leave by mail. */
export interface DueNotice {
  readonly noticeId: string;
  readonly grant: BreakGlassGrant;
  /** Sends that failed so far. */
  readonly attempts: number;
}

export interface GrantCounts {
  readonly open: number;
  readonly unreviewed: number;
  readonly overdue: number;
}

/**
 * Break-glass grants, with the notice that each leaves behind. Wall time. What people write about a grant is stored
 * sealed. @throws PlatformError('store-unavailable')
 */
export abstract class BreakGlass {
  /**
   * Opens a grant with its notice and its audit row. The same id again answers with what is stored.
   *
   * @returns `audited` false when the audit trail did not take the row: an emergency does not wait for it (D28), and
   * the caller has the row written elsewhere
   * @throws PlatformError 'not-found' for an unknown patient, 'conflict' when the id is of another person or patient
   */
  abstract open(grant: NewGrant, audit: AuditEntry): Promise<{ readonly grant: BreakGlassGrant; readonly audited: boolean }>;
  /** The person's newest grant for this patient that is open at this wall time; null when there is none. */
  abstract openGrant(staffId: StaffId, patientId: PatientId, wallMs: number): Promise<BreakGlassId | null>;
  /** The person's grants that are open, newest first; at most 200. */
  abstract openOf(staffId: StaffId, wallMs: number): Promise<readonly BreakGlassGrant[]>;
  abstract get(grantId: BreakGlassId, wallMs: number): Promise<BreakGlassGrant | null>;
  /** Newest first. */
  abstract list(filter: GrantFilter, wallMs: number): Promise<Page<BreakGlassGrant>>;
  /** Ends it now; one that has ended stays as it is. */
  abstract end(grantId: BreakGlassId, audit: AuditEntry, wallMs: number): Promise<void>;
  /**
   * @throws PlatformError 'not-found'; 'conflict' while it is open, and after another review than a follow-up
   */
  abstract review(
    review: {
      readonly grantId: BreakGlassId;
      readonly by: StaffId;
      readonly outcome: BreakGlassOutcome;
      readonly note: string | null;
    },
    audit: AuditEntry,
    wallMs: number,
  ): Promise<BreakGlassGrant>;
  abstract counts(wallMs: number): Promise<GrantCounts>;
  /** Grants that this person opened since this wall time. */
  abstract openedSince(staffId: StaffId, sinceWallMs: number): Promise<number>;
  /** Notices whose mail is due, oldest first. */
  abstract dueNotices(wallMs: number, limit: number): Promise<readonly DueNotice[]>;
  /** @param nextAttemptWallMs null: it left, or it is given up */
  abstract noticed(noticeId: string, outcome: 'sent' | 'failed' | 'given-up', nextAttemptWallMs: number | null): Promise<void>;
}
