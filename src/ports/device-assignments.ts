import type {
  AssignDevice,
  BedId,
  CorrectAssignment,
  Correction,
  DeviceAssignment,
  DeviceId,
  EndAssignment,
  Page,
} from '@vigil/contracts';
import type { DeviceSpan } from '@vigil/domain';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/** Event time back from now that `snapshot` reaches: longer than the log keeps what is still to be attributed. */
export const SNAPSHOT_MS = 8 * 86_400_000;

/** Which device is where at one moment of the store. */
export interface AssignmentSnapshot {
  /** Grows with each change of any assignment. */
  readonly rev: number;
  /** By device, oldest first, without what was voided. A device that is not in it has never been assigned in that time. */
  readonly spans: ReadonlyMap<DeviceId, readonly DeviceSpan[]>;
}

/**
 * Which device is at which bed, and was. Never two beds for one device at one time; never two devices for one metric that both
 * name. What was is corrected, never removed.
 * @throws AssignmentRefused with what stands in the way; PlatformError 'not-found' (no such device, bed or assignment; a retired
 * bed), 'revision-moved', 'reason-required', 'store-unavailable'. A note is left out where there is no key to seal it with.
 */
export abstract class DeviceAssignments {
  /**
   * From `fromMs` (event time; left out: `change.nowMs`) on. With `replaces` and `endOther` what ends, ends at that moment, in the same
   * transaction. The same command with another `fromMs` is a conflict; one that leaves it out is the same whenever it comes.
   */
  abstract assign(request: AssignDevice, change: Change): Promise<Outcome<DeviceAssignment>>;
  /** At `toMs` (event time; left out: `change.nowMs`); the same command again as for `assign`. */
  abstract end(
    target: { readonly assignmentId: string; readonly ifRev: number },
    request: EndAssignment,
    change: Change,
  ): Promise<Outcome<DeviceAssignment>>;
  abstract correct(
    target: { readonly assignmentId: string; readonly ifRev: number },
    request: CorrectAssignment,
    change: Change,
  ): Promise<Outcome<{ readonly assignment: DeviceAssignment; readonly correction: Correction }>>;
  abstract find(assignmentId: string): Promise<DeviceAssignment | null>;
  /** Newest first, also what is over or was voided. @param query `atMs`: those that hold then (event time), none that was voided */
  abstract list(query: {
    readonly deviceId?: DeviceId | undefined;
    readonly bedId?: BedId | undefined;
    readonly atMs?: number | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<DeviceAssignment>>;
  /** Every span that touches the time since `nowMs - SNAPSHOT_MS`. */
  abstract snapshot(nowMs: number): Promise<AssignmentSnapshot>;
  /** That of a snapshot that would be made now; cheap enough to ask before each write. */
  abstract rev(): Promise<number>;
}
