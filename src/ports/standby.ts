import type { BedId, CareUnitId, EncounterId, LogEventOf, Standby, StandbyPlace } from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/**
 * Who is away from the monitor, and until when. At most one standby of a stay holds; its end is an event of the engine, of which the
 * store learns by `note`. All times are event time.
 * @throws PlatformError 'not-found', 'conflict' (the stay is over; it is on standby already), 'store-unavailable'
 */
export abstract class StandbyStore {
  abstract set(
    request: {
      readonly encounterId: EncounterId;
      readonly place: StandbyPlace;
      /** Left out: `latestMs`, which may be another when the same command comes again. */
      readonly toMs?: number | undefined;
      /** The site allows no later end. */
      readonly latestMs: number;
      /** Sealed; left out where there is no key. */
      readonly note: string | null;
    },
    change: Change,
  ): Promise<Outcome<Standby>>;
  /** By a person. One that is over already: answered with what is stored. */
  abstract end(encounterId: EncounterId, change: Change): Promise<Outcome<Standby>>;
  /** What the log says of ends; in any order and more than once. One that is over stays as it is. */
  abstract note(ended: readonly LogEventOf<'standbyEnded'>[]): Promise<void>;
  /** Those that hold, of one care unit or of all. */
  abstract inForce(query: { readonly careUnitId?: CareUnitId | undefined; readonly nowMs: number }): Promise<readonly Standby[]>;
  /** Those of these stays in one bed that touch [fromMs, toMs), also what is over, oldest first; the newest `limit`. Without notes. */
  abstract during(query: {
    readonly encounterIds: readonly EncounterId[];
    readonly bedId: BedId;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  }): Promise<readonly Omit<Standby, 'note'>[]>;
}
