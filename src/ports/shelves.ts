import type { CareUnitId, EncounterId, LogEventOf, NewShelf, Priority, Shelf } from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/** So long after its end (event time) a shelf is ended by the store, if the engine has not. */
export const SHELF_OVERDUE_MS = 10_000;

/**
 * Conditions of stays that people have put away for a while. Its end is an event of the engine, of which the store learns by `note`. All
 * times are event time.
 * @throws PlatformError 'not-found', 'conflict' (the stay is over; the condition is shelved already; it is over),
 * 'revision-moved', 'store-unavailable'
 */
export abstract class ShelfStore {
  /** `waiting` where a second person has to agree: then nothing is shelved yet. */
  abstract shelve(
    request: NewShelf & {
      readonly encounterId: EncounterId;
      readonly priority: Priority;
      readonly takesTwo: boolean;
    },
    change: Change,
  ): Promise<Outcome<Shelf>>;
  /** By the second person. @throws PlatformError('second-person-required') for the first one */
  abstract agree(shelfId: string, ifRev: number, change: Change): Promise<Outcome<Shelf>>;
  /** Taken back by a person, or refused while it waits. One that is over already: answered as it is. */
  abstract end(shelfId: string, ifRev: number, change: Change): Promise<Outcome<Shelf>>;
  /** What the log says of ends; in any order and more than once. One that is over stays as it is. */
  abstract note(ended: readonly LogEventOf<'conditionUnshelved'>[]): Promise<void>;
  /**
   * Ends those that hold and whose end has passed by the clock of the platform, and tells their beds. The engine does it by the bed's own
   * time, which stands still where no gateway tells it: a shelf would outlive its end, and what it keeps silent with it.
   *
   * @param nowMs event time; those that are over for less than `SHELF_OVERDUE_MS` are left to the engine
   */
  abstract endOverdue(nowMs: number): Promise<void>;
  /** Null for one that is not there. */
  abstract one(shelfId: string, nowMs: number): Promise<Shelf | null>;
  /** Of one stay, newest first, at most 100. */
  abstract of(encounterId: EncounterId, nowMs: number): Promise<readonly Shelf[]>;
  /** Those that hold or wait, of one care unit, in the order of its beds. */
  abstract inForce(query: { readonly careUnitId: CareUnitId; readonly nowMs: number }): Promise<readonly Shelf[]>;
  /** Priority of the open alarm of this condition; null without one. */
  abstract openPriority(encounterId: EncounterId, conditionCode: string): Promise<Priority | null>;
}
