/** A process of this site as the store knows it. */
export interface SiblingRow {
  /** As it owns partitions. New for each start. */
  readonly processId: string;
  readonly role: string;
  /** Grows with each word, so that whoever looks measures its silence by a clock of its own. */
  readonly beat: number;
  /** When it said this, by its own wall clock. */
  readonly saidWallMs: number;
  /** What it says of itself: JSON of ids, codes and numbers, never data of a patient. */
  readonly json: string;
}

/**
 * The processes of one site, as each says of itself. Every adapter promises, and `test/contract/processes.contract.ts` checks:
 * a word replaces the one before and grows `beat`; whoever has left is not listed.
 * @throws PlatformError('store-unavailable')
 */
export abstract class Siblings {
  abstract say(word: Omit<SiblingRow, 'beat' | 'saidWallMs'>, wallMs: number): Promise<void>;
  abstract all(): Promise<readonly SiblingRow[]>;
  /** Takes this process out, and those whose last word is older than `DEAD_KEPT_MS`. */
  abstract leave(processId: string, wallMs: number): Promise<void>;
}

/** Wall time for which the last word of a process that is gone is kept: long enough to be seen, short enough to stay few. */
export const DEAD_KEPT_MS = 600_000;
