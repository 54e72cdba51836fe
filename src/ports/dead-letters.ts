import type { BedId, DeadLetterId, DeadLetterReason, DeadLetterRow, Page } from '@vigil/contracts';
import type { Who } from './directory.js';

/** Something on the log that does not count, and where it was. */
export interface DeadLetter {
  readonly id: DeadLetterId;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly kind: string;
  readonly bedId: BedId | null;
  readonly partition: number;
  readonly sequence: number;
  readonly offset: string;
  readonly hubAtMs: number;
  /** Length and hash of what was on the log. */
  readonly bytes: number;
  readonly sha256: string;
  /** It, as JSON text; empty where it is too large to be kept. Sealed in the store. */
  readonly content: string;
}

/** How many are kept, and how much of them together; the oldest go first and are only counted. */
export interface DeadLetterBounds {
  readonly countMax: number;
  readonly bytesMax: number;
}
export const DEAD_LETTER_BOUNDS: DeadLetterBounds = { countMax: 10_000, bytesMax: 64 * 1_048_576 };

/**
 * What was put aside of the log (the alarm consumer stores it with its commits), and the way back onto the log.
 * @throws PlatformError('store-unavailable', 'keys-unavailable') on an outage
 */
export abstract class DeadLetters {
  /** Newest first. */
  abstract list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<DeadLetterRow>>;
  /** The content as JSON text; empty where it is not kept. Null for an id that is not there. */
  abstract content(id: DeadLetterId): Promise<string | null>;
  /**
   * Hands `eventJson` to the relay and marks the letter, with its audit entry, in one transaction: once per letter.
   * @throws PlatformError('not-found'); 'conflict' when it was read again already
   */
  abstract rerun(id: DeadLetterId, eventJson: string, who: Who): Promise<void>;
}
