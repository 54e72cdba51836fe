import type { DecideFeed, FeedDecision } from '@vigil/domain';
import type { Change } from './change.js';

/**
 * What was kept of the hospital's messages, worked off in the order in which it came. One at a time of one person and visit: what
 * follows one that waits for a person waits too (`waits-for-earlier`) and is worked off in order once that is settled.
 * @throws PlatformError 'store-unavailable', 'keys-unavailable'; the message is as it was then
 */
export abstract class FeedRecords {
  /** Messages that can be worked off now, oldest first. */
  abstract next(limit: number): Promise<readonly string[]>;
  /**
   * Looks up what the message names, has it decided, and does what was decided, all in one transaction: rows, audit, log events, the
   * message's state and the task where a person has to look. A command that is refused makes a task of it with the reason that fits.
   * One that was worked off already: null.
   */
  abstract work(messageId: string, decide: DecideFeed, change: Change): Promise<FeedDecision | null>;
}
