import type { AlarmId, AlarmKind, AlarmTransition, PageKind, PageStage, Priority, StaffChannel, StaffId } from '@vigil/contracts';
import type { Escalation, EscalationStep, OnDuty, PagingPolicy, PagingRoute } from '@vigil/domain';

export interface DueEscalation {
  readonly escalation: Escalation;
  readonly alarm: AlarmTransition;
  /** Whom the targets of its route find now, whether a page can reach them or not. */
  readonly onDuty: readonly OnDuty[];
  /** What it follows: pinned when it began. */
  readonly policy: PagingPolicy;
  readonly route: PagingRoute;
}

/** A way to reach a person. `demo` channels may carry pages of data that are not live (D22). */
export interface ContactMethod {
  readonly contactId: string;
  readonly channel: StaffChannel;
  readonly address: string;
  readonly demo: boolean;
}

/** One message that waits to be sent: a page, or several of one person and channel that leave together. */
export interface QueuedPage {
  /** Of several, the most urgent one's; providers report on the message under it. */
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
  /** Counts this one. */
  readonly attempts: number;
  /** Earlier attempts that a provider is known to have refused or not answered; the others ended with their process. */
  readonly failures: number;
  readonly kind: PageKind;
  readonly priority: Priority;
  /** The way by which it goes; null on those of before it was kept. */
  readonly contactId: string | null;
  /** All pages that it carries, the most urgent first: more than one only where they left together. */
  readonly covers: readonly string[];
}

/** How many messages of each channel may be taken now; none of a channel that is left out. */
export type ChannelRooms = ReadonlyMap<StaffChannel, number>;

export interface PageFailure {
  /** In words, without an address. */
  readonly reason: string;
  /** Wall time; null: given up. */
  readonly retryAtMs: number | null;
  /** Pages that left together are tried again one by one: one of them may be what was refused. */
  readonly apart?: boolean;
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

/** What tells which other pages a link leads to. */
export type Linked = Pick<PageLink, 'alarmId' | 'staffId' | 'test'>;

/** Another alarm that the person of a link was told of, and whose escalation runs. */
export interface LinkedPage {
  readonly pageId: string;
  readonly alarmId: AlarmId;
  readonly bedLabel: string;
  readonly priority: Priority;
  readonly kind: AlarmKind;
  /** It joined the page of the link: the message told of both. */
  readonly together: boolean;
  readonly used: boolean;
  readonly queuedMs: number;
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
  /** Left out: `alarm`. */
  readonly kind?: PageKind;
  /** What the place of the alarm is called, for a message that tells of several. */
  readonly place?: string;
  readonly contactId?: string;
  /** Wall time of its turn among the channels of this person; left out: at once. */
  readonly notBeforeMs?: number;
  /**
   * Wall milliseconds for which it may join a page that told this person of another alarm of the same patient; left out: it is a
   * message of its own.
   */
  readonly burstMs?: number;
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
  /**
   * Claims pages that are queued, or were claimed more than `leaseMs` ago or by a process that is `gone`: of each channel as many messages
   * as there is room for, what is most urgent first.
   *
   * @param gone ids of processes (those that own partitions) of which it is known that they send nothing any more
   */
  abstract claimPages(
    wallMs: number,
    leaseMs: number,
    rooms: ChannelRooms,
    gone?: readonly string[],
  ): Promise<readonly QueuedPage[]>;
  /** Frees the claims of processes that are known to be gone (a data folder has one platform at a time). Called before the first claim. */
  abstract releaseDead(): Promise<void>;
  /** The provider took the message with these pages (`QueuedPage.covers`). */
  abstract pageSent(pageIds: readonly string[], wallMs: number, receipt: string): Promise<void>;
  /**
   * A page that is given up is shown so; what had joined it becomes a message of its own, and where it was the last hope of its step, the
   * next step is due at once.
   */
  abstract pageFailed(pageIds: readonly string[], wallMs: number, failure: PageFailure): Promise<void>;
  /** How far a message is known to have come; shown, never steers. False where nothing was new. */
  abstract receipt(pageId: string, stage: PageStage, wallMs: number): Promise<boolean>;
  abstract linkByTokenHash(tokenHash: string): Promise<PageLink | null>;
  /** What else the person of the link was told of in the last hour and nobody has taken, the most urgent first; at most twelve. */
  abstract linkedPages(link: Linked, wallMs: number): Promise<readonly LinkedPage[]>;
  abstract useLink(pageId: string): Promise<void>;
}
