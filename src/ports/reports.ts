import type { BedId, CareUnitId } from '@vigil/contracts';

/** What is counted of one alarm. */
export interface LoadFact {
  readonly alarmId: string;
  readonly onsetMs: number;
  /** Where it began; null for an alarm of a gateway or of a whole care unit. */
  readonly bedId: BedId | null;
  /** Opaque; never shown. */
  readonly encounterId: string | null;
  readonly conditionCode: string;
  /** The highest that it has had: 0 low, 1 medium, 2 high. */
  readonly priorityRank: number;
  readonly isTechnical: boolean;
  readonly isFlapping: boolean;
  readonly wasShelved: boolean;
  readonly label: 'actionable' | 'nuisance' | 'artefact' | null;
  /** Null where nobody was to be told. Wall times. */
  readonly escalation: {
    readonly startedWallMs: number;
    /** The last step that was told, from 0; -1 before the first. */
    readonly step: number;
    readonly isExhausted: boolean;
    readonly firstPageWallMs: number | null;
    readonly acceptedWallMs: number | null;
    readonly arrivedWallMs: number | null;
    readonly declines: number;
    /** Who was paged, once for each page that left. Opaque; never shown. */
    readonly paged: readonly string[];
  } | null;
}

export interface LoadRange {
  readonly careUnitId: CareUnitId;
  /** Half-open, event time of the onset. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Left out: both. */
  readonly origin?: 'live' | 'simulated' | undefined;
}

/** Where a page of facts ended. */
export interface LoadCursor {
  readonly onsetMs: number;
  readonly alarmId: string;
}

/** What reports are made of. No alarm of the canary bed or of a test is among it. @throws PlatformError('store-unavailable') */
export abstract class Reports {
  /** The next `limit` facts of the range behind the cursor, by onset and id. Fewer than `limit`: there are no more. */
  abstract facts(range: LoadRange, after: LoadCursor | null, limit: number): Promise<readonly LoadFact[]>;
  /** Beds of a care unit; null where there is no such care unit. */
  abstract bedsOf(careUnitId: CareUnitId): Promise<readonly BedId[] | null>;
  /** Event time of the oldest change of an alarm that is not counted yet; null when all are. */
  abstract countedTo(): Promise<number | null>;
}
