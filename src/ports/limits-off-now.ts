import type { CareUnitId, LimitsOffRow } from '@vigil/contracts';

/** Everything by which a care unit alarms less than it would, now. */
export abstract class LimitsOffNow {
  /** In the order of its beds, then what is of no bed. @throws PlatformError 'not-found', 'store-unavailable' */
  abstract rows(careUnitId: CareUnitId): Promise<readonly LimitsOffRow[]>;
}
