import type { AlarmId, AlarmTransition, Priority, StaffChannel, StaffId } from '@vigil/contracts';
import type { Escalation, EscalationStep, OnDuty } from '@vigil/domain';

export interface DueEscalation {
  readonly escalation: Escalation;
  readonly alarm: AlarmTransition;
  readonly onDuty: readonly OnDuty[];
}

/** A way to reach a person. `demo` channels may carry pages of data that are not live (D22). */
export interface ContactMethod {
  readonly contactId: string;
  readonly channel: StaffChannel;
  readonly address: string;
  readonly demo: boolean;
}

/** A page that waits to be sent. */
export interface QueuedPage {
  readonly pageId: string;
  readonly alarmId: AlarmId;
  readonly staffId: StaffId;
  readonly staffName: string;
  readonly channel: StaffChannel;
  readonly address: string;
  readonly subject: string;
  readonly text: string;
  /** Same on every attempt, so that a provider can drop a second copy. */
  readonly idempotencyKey: string;
  readonly attempts: number;
}

/** What a page link is for; only the hash of its token is stored. */
export interface PageLink {
  readonly pageId: string;
  readonly alarmId: AlarmId;
  readonly staffId: StaffId;
  readonly staffName: string;
  /** Wall time; ten minutes after the page was queued. */
  readonly expiresAtMs: number;
  readonly used: boolean;
  readonly test: boolean;
}

/** What the escalator wants queued for one person and channel. */
export interface NewPage {
  readonly pageId: string;
  readonly staffId: StaffId;
  readonly channel: StaffChannel;
  readonly address: string;
  readonly step: number;
  readonly reason: string;
  readonly subject: string;
  readonly text: string;
  readonly tokenHash: string;
  readonly expiresAtMs: number;
  readonly test: boolean;
}

/**
 * The one writer of escalations and pages (D11). `advance` is a compare-and-set on `rev`: when a person accepts in
 * between, it answers false and nothing is queued. Pages survive a crash and are sent at least once.
 */
export abstract class Escalations {
  /** Running escalations whose next step is due, highest priority first, bounded by `limit`. */
  abstract due(wallMs: number, limit: number): Promise<readonly DueEscalation[]>;
  /**
   * Ways to reach a person with an alarm of this priority (left out: high), in that person's order. Left out are those that are gone
   * and those that somebody has typed and nobody has confirmed.
   */
  abstract contacts(staffId: StaffId, priority?: Priority): Promise<readonly ContactMethod[]>;
  /** Commits the step, its pages, an audit row for each, the live event and, when exhausted, the log event. */
  abstract advance(
    due: DueEscalation,
    step: EscalationStep,
    pages: readonly NewPage[],
    nowMs: number,
    wallMs: number,
  ): Promise<boolean>;
  /** Claims pages that are queued, or claimed by a process that died more than `leaseMs` ago. */
  abstract claimPages(wallMs: number, leaseMs: number, limit: number): Promise<readonly QueuedPage[]>;
  /** Frees the claims of processes that are known to be gone (a data folder has one platform at a time). Called before the first claim. */
  abstract releaseDead(): Promise<void>;
  abstract pageSent(pageId: string, wallMs: number, receipt: string): Promise<void>;
  /** `retryAtMs` null: given up, which is shown. */
  abstract pageFailed(pageId: string, wallMs: number, reason: string, retryAtMs: number | null): Promise<void>;
  abstract linkByTokenHash(tokenHash: string): Promise<PageLink | null>;
  abstract useLink(pageId: string): Promise<void>;
}
