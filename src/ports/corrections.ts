import type {
  BedId,
  Correction,
  CorrectStay,
  DeviceId,
  Encounter,
  EncounterId,
  PatientId,
  Reattribution,
  ReopenStay,
} from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/** History of one device that is at the wrong bed: what it brought in [fromMs, toMs) (event time) goes to `toBedId`, or to nobody. */
export interface ReattributionJob {
  readonly jobId: string;
  readonly correctionId: string;
  readonly deviceId: DeviceId;
  readonly fromBedId: BedId;
  /** Null: it was at no bed; what it brought is held. */
  readonly toBedId: BedId | null;
  readonly fromMs: number;
  /** Null: until now. */
  readonly toMs: number | null;
  /** Runs so far: what was on its way at the first is moved by the next. */
  readonly runs: number;
}

/**
 * One thing that was put right, for whoever has told others of it. Event time, half open; null: until now. `device`: what the device
 * brought then was at the wrong bed. `stay`: who lay in the bed then was `encounterId`, or nobody we know (null).
 */
export type Corrected = {
  readonly seq: number;
  readonly correctionId: string;
  readonly fromMs: number;
  readonly toMs: number | null;
} & (
  | {
      readonly is: 'device';
      readonly deviceId: DeviceId;
      readonly fromBedId: BedId;
      readonly toBedId: BedId | null;
    }
  | {
      readonly is: 'stay';
      readonly bedId: BedId;
      readonly wrongEncounterId: EncounterId;
      readonly encounterId: EncounterId | null;
    }
);

/**
 * Puts right what was said of stays. What was wrong is kept, with who put it right and why; nothing happens silently.
 * @throws AssignmentRefused with what stands in the way; PlatformError 'not-found', 'revision-moved', 'conflict' (nothing would
 * change), 'store-unavailable', 'keys-unavailable'
 */
export abstract class Corrections {
  /**
   * Where another patient lay there, the wrong stay is voided and a new one takes its place under an id of its own.
   * @param request `ifRev`: the revision that the person saw; left out: any
   */
  abstract correctStay(
    encounterId: EncounterId,
    request: CorrectStay & { readonly ifRev?: number },
    change: Change,
  ): Promise<Outcome<{ readonly encounter: Encounter; readonly correction: Correction }>>;
  /** The discharge was none. To the bed where it was, unless `bedId` says otherwise. */
  abstract reopenStay(
    encounterId: EncounterId,
    request: ReopenStay & { readonly bedId?: BedId; readonly ifRev?: number },
    change: Change,
  ): Promise<Outcome<Encounter>>;
  /** The admission was none (A11). */
  abstract voidStay(encounterId: EncounterId, atMs: number, change: Change): Promise<Outcome<Encounter>>;
  /** The last transfer was none (A12). */
  abstract cancelTransfer(encounterId: EncounterId, atMs: number, change: Change): Promise<Outcome<Encounter>>;
  /** `from` was the same person as `into` (A40). Refused where both have an open stay. */
  abstract merge(from: PatientId, into: PatientId, change: Change): Promise<void>;

  /** What was put right after this number, in order. */
  abstract since(seq: number, limit: number): Promise<readonly Corrected[]>;

  /** Jobs that are due, oldest first; each for one caller at a time, who has `leaseMs` (wall time) for it. */
  abstract dueJobs(query: {
    readonly wallMs: number;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly ReattributionJob[]>;
  /** `nextWallMs` null: it was the last run. The audit trail gets the number with the last. */
  abstract ranJob(jobId: string, run: { readonly moved: number; readonly nextWallMs: number | null }): Promise<Reattribution>;
}
