/** `open`: not asked while its time runs; `half-open`: one call tries whether it is back. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A store outside this process, as the breaker before it sees it. */
export interface OutsideStore {
  readonly name: 'sql' | 'history' | 'hub';
  readonly state: BreakerState;
  /** Since when it is not closed (wall time); null while it is. */
  readonly failingSinceWallMs: number | null;
  /** Calls that were refused without asking the store, since the start. */
  readonly refused: number;
}

/** How the stores are that this process needs. Never throws. */
export abstract class StoreHealth {
  abstract stores(): readonly OutsideStore[];
}
