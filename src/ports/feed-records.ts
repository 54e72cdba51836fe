import type { FeedKind, PatientId, QuarantineReason, Task } from '@vigil/contracts';
import type { DecideFeed, FeedDecision } from '@vigil/domain';
import type { Change } from './change.js';
import type { InboundMessage } from './inbound.js';
import type { Outcome } from './stay-limits.js';

/** Wall time for which a message is kept once it is done: long enough for its sender to repeat it, and for somebody to ask. */
export const INBOUND_KEPT_MS = 30 * 86_400_000;

/** What a person says of a message that waits. `link`: the record number in it is this patient's. */
export type Settlement =
  | { readonly do: 'apply' }
  | { readonly do: 'dismiss' }
  | {
      readonly do: 'link';
      readonly patientId: PatientId;
    };

/** What has become of a message, and of which kind it was (null: nobody could read it). */
export interface Worked {
  readonly decision: FeedDecision;
  readonly kind: FeedKind | null;
}

/** How much waits. Wall times. */
export interface FeedBacklog {
  /** Kept and not worked off yet, those too that wait for an earlier one. */
  readonly kept: number;
  readonly oldestKeptWallMs: number | null;
  /** By reason: for a person. */
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  readonly oldestQuarantinedWallMs: number | null;
}

/**
 * What was kept of the hospital's messages, worked off in the order in which it came. One at a time of one person and visit: what
 * follows one that waits for a person waits too (`waits-for-earlier`) and is worked off in order once that is settled.
 * @throws PlatformError 'store-unavailable', 'keys-unavailable'; the message is as it was then
 */
export abstract class FeedRecords {
  /** Messages that can be worked off now, oldest first. */
  abstract next(limit: number): Promise<readonly string[]>;
  /** Messages that wait for a person, oldest first, after this one. */
  abstract quarantined(limit: number, after: string | null): Promise<readonly string[]>;
  /**
   * Looks up what the message names, has it decided, and does what was decided, all in one transaction: rows, audit, log events, the
   * message's state and the task where a person has to look. A command that is refused makes a task of it with the reason that fits.
   * One that was worked off already: null. One that waits for a person: null, unless what it says is so by now; its task is then done
   * as `superseded`, and nothing else happens.
   */
  abstract work(messageId: string, decide: DecideFeed, change: Change): Promise<Worked | null>;
  /**
   * A person settles a message that waits. `apply` and `link` decide anew, from what is known by now.
   * @throws PlatformError 'not-found', 'revision-moved', 'conflict' (it is done already; the number is another patient's),
   * 'feed-refused' where it would still wait; nothing has changed then
   */
  abstract settle(
    target: { readonly taskId: string; readonly ifRev: number },
    settlement: Settlement & { readonly note: string },
    decide: DecideFeed,
    change: Change,
  ): Promise<Outcome<Task>>;
  /** @param source of which kind of sender alone; left out: all */
  abstract backlog(source?: InboundMessage['source']): Promise<FeedBacklog>;
  /** Told in this process when there may be something to work off. @returns what ends it */
  abstract onReady(listener: () => void): () => void;
  /** Forgets what was done longer than `INBOUND_KEPT_MS` ago, with its task. @returns how many messages */
  abstract forget(wallMs: number): Promise<number>;
}
