import type { CareUnitId, NewStationOff, StationOff } from '@vigil/contracts';
import type { AccountChange } from './accounts.js';

/** An enrolled station, as far as watching over it goes. Wall times. */
export interface StationToWatch {
  readonly stationId: string;
  readonly careUnitId: CareUnitId;
  readonly label: string;
  /** It has drawn at some time since it was enrolled: from then on it is missed when it does not. */
  readonly hasDrawn: boolean;
  /** The newest time for which it was said to be off, over or not. */
  readonly off: StationOff | null;
}

/**
 * Which shared screens are to be watched over, what must be known of them after a restart, and for how long one may be dark.
 * @throws PlatformError 'not-found' (no such station, or revoked), 'store-unavailable'
 */
export abstract class StationWatches {
  /** All that are enrolled and not revoked, by id. */
  abstract all(): Promise<readonly StationToWatch[]>;
  /** They have drawn; saying it again changes nothing. */
  abstract drew(stationIds: readonly string[], wallMs: number): Promise<void>;
  /** One time off for each station: a new one takes the place of the one before. */
  abstract off(stationId: string, asked: NewStationOff & { readonly by: string }, change: AccountChange): Promise<StationOff>;
  /** It is expected to draw from now on. False: it was not off. */
  abstract on(stationId: string, change: AccountChange): Promise<boolean>;
  /** Calls the listener after a change by `off` or `on` in this process. */
  abstract onChange(listener: () => void): () => void;
}
