/** Who does a piece of work that must not be done twice at once. */
export interface LeaseRow {
  readonly name: string;
  /** Empty: given up. */
  readonly holder: string;
  /** Grows whenever it is taken, renewed or given up. */
  readonly beat: number;
}

/** What is wanted, and what was seen of it. */
export interface LeaseClaim {
  readonly name: string;
  /** As it was read; null: there was no such row. */
  readonly seenBeat: number | null;
}

/**
 * Leases by a counter instead of a time: a holder counts `beat` up while it lives, and whoever has seen it stand still for long
 * enough by a clock of its own takes it, so that no two clocks are compared. Every adapter promises, and
 * `test/contract/processes.contract.ts` checks: of several that claim by one beat one wins.
 * @throws PlatformError('store-unavailable')
 */
export abstract class Leases {
  abstract all(): Promise<readonly LeaseRow[]>;
  /** Takes or renews. @returns the new beat of each that was won; those that moved meanwhile are left out */
  abstract take(holder: string, claims: readonly LeaseClaim[]): Promise<ReadonlyMap<string, number>>;
  /** Gives up what this holder has, at once. */
  abstract release(holder: string): Promise<void>;
}
