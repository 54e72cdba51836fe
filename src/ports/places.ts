import type {
  BedAlias,
  BedId,
  BedPlace,
  CareUnitId,
  CareUnitPlace,
  ChangeBed,
  ChangeReason,
  NewBed,
  Page,
  PlaceName,
} from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

interface Target {
  readonly ifRev: number;
}

/**
 * Care units and beds as they are set up. Ids never change and are never given again; what is retired stays readable. A bed with a
 * patient or a device is never retired, nor a care unit with a bed.
 * @throws PlatformError 'not-found', 'conflict' (the id is taken; what is retired is in use), 'revision-moved', 'store-unavailable'
 */
export abstract class Places {
  abstract careUnit(careUnitId: CareUnitId): Promise<CareUnitPlace | null>;
  abstract addCareUnit(
    unit: { readonly careUnitId: CareUnitId; readonly label: string },
    change: Change,
  ): Promise<Outcome<CareUnitPlace>>;
  abstract changeCareUnit(
    target: Target & { readonly careUnitId: CareUnitId },
    label: string,
    change: Change,
  ): Promise<Outcome<CareUnitPlace>>;
  abstract retireCareUnit(target: Target & { readonly careUnitId: CareUnitId }, change: Change): Promise<Outcome<CareUnitPlace>>;

  abstract bed(bedId: BedId): Promise<BedPlace | null>;
  abstract addBed(bed: NewBed, change: Change): Promise<Outcome<BedPlace>>;
  /** Tells the engine of it (`bedPlaced`) in the same transaction. */
  abstract changeBed(
    target: Target & { readonly bedId: BedId; readonly reason: ChangeReason },
    to: ChangeBed,
    change: Change,
  ): Promise<Outcome<BedPlace>>;
  abstract retireBed(target: Target & { readonly bedId: BedId }, change: Change): Promise<Outcome<BedPlace>>;

  /** What the hospital calls our beds. A name stands for one bed at most. */
  abstract aliases(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<BedAlias>>;
  abstract aliasOf(name: PlaceName): Promise<BedId | null>;
  /** @param ifRev `rev()` that the person saw; left out: any */
  abstract setAlias(name: PlaceName, bedId: BedId, change: Change, ifRev?: number): Promise<Outcome<BedAlias>>;
  /** One that is not there: nothing happens. */
  abstract removeAlias(name: PlaceName, change: Change, ifRev?: number): Promise<void>;
  /** Grows with each change of any place; the ETag of the whole site is made of it. */
  abstract rev(): Promise<number>;
}
