import type {
  BedId,
  CareUnitId,
  DeviceId,
  GatewayId,
  NewBed,
  NewDevice,
  PlaceName,
  StaffAssignment,
  StaffId,
} from '@vigil/contracts';
import type { Change } from './change.js';

export type Intervals = Readonly<Record<string, number>>;
type Duty = Pick<StaffAssignment, 'staffId' | 'careUnitId' | 'bedId' | 'role'>;

/** What the site is made of at one moment of the store: nothing of a patient. */
export interface SiteNow {
  /** `Places.rev()` of that moment. */
  readonly placesRev: number;
  readonly careUnits: readonly { readonly careUnitId: CareUnitId; readonly label: string; readonly retired: boolean }[];
  /** In the order of the site. `inUse`: somebody lies there, or a device stands there. */
  readonly beds: readonly (NewBed & { readonly retired: boolean; readonly inUse: boolean })[];
  readonly aliases: readonly (PlaceName & { readonly bedId: BedId })[];
  readonly gatewayIds: readonly GatewayId[];
  readonly profiles: readonly { readonly name: string; readonly intervalsMs: Intervals }[];
  readonly devices: readonly (Omit<NewDevice, 'profile'> & {
    /** Null for a device that is older than the registry. */
    readonly profile: string | null;
    readonly retired: boolean;
    /** It stands at a bed. */
    readonly inUse: boolean;
  })[];
  readonly staffIds: readonly StaffId[];
  /** Standing ones that the site's description made. */
  readonly duties: readonly (Duty & { readonly assignmentId: string })[];
}

/** One thing to do; they are done in the order in which they are given. */
export type SiteStep =
  | { readonly do: 'addCareUnit' | 'changeCareUnit'; readonly careUnitId: CareUnitId; readonly label: string }
  | { readonly do: 'retireCareUnit'; readonly careUnitId: CareUnitId }
  | { readonly do: 'addBed' | 'changeBed'; readonly bed: NewBed }
  | { readonly do: 'retireBed'; readonly bedId: BedId }
  | { readonly do: 'setAlias'; readonly name: PlaceName; readonly bedId: BedId }
  | { readonly do: 'removeAlias'; readonly name: PlaceName }
  | { readonly do: 'setProfile'; readonly name: string; readonly intervalsMs: Intervals }
  | { readonly do: 'addDevice'; readonly device: NewDevice }
  | { readonly do: 'changeDevice'; readonly deviceId: DeviceId; readonly gatewayId: GatewayId; readonly profile: string }
  | { readonly do: 'retireDevice'; readonly deviceId: DeviceId }
  | { readonly do: 'addDuty'; readonly duty: Duty }
  | { readonly do: 'endDuty'; readonly assignmentId: string };

/**
 * The site as a whole, for import and export. @throws PlatformError 'store-unavailable'
 */
export abstract class SiteStore {
  abstract now(): Promise<SiteNow>;
  /**
   * Asks what to do, knowing how it is, and does all of it in the same transaction; what `decide` throws leaves everything as it was.
   * @returns true where the command was carried out before: `decide` was not asked then
   */
  abstract change(
    command: { readonly content: unknown; readonly decide: (now: SiteNow) => readonly SiteStep[] },
    change: Change,
  ): Promise<boolean>;
}
