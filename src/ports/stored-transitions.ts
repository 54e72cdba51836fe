import type { AlarmTransition } from '@vigil/contracts';

export interface StoredTransition {
  readonly transition: AlarmTransition;
  /** Where its event is on the log; null for what was stored before that was kept. */
  readonly place: { readonly partition: number; readonly sequence: number } | null;
}

/**
 * The transitions as they were stored up to the moment of opening, to hold a replay against. Reads only; Vigil may run beside
 * it or be stopped.
 */
export abstract class StoredTransitions {
  /** Those of these names (`alarmId/rev`) that are stored now. At most 500 names. */
  abstract find(names: readonly string[]): Promise<ReadonlyMap<string, AlarmTransition>>;
  /** All that were stored when this was opened, in the order in which they were. */
  abstract all(): AsyncIterable<StoredTransition>;
  /** Everything up to this place of the partition has been judged and stored; -1 when nothing is known. */
  abstract storedThrough(partition: number): Promise<number>;
  /** The log was exchanged (`vigil adopt-log`): what the engine knew before is in no event of the one that is there now. */
  abstract isAdopted(): boolean;
  abstract close(): void;
}
