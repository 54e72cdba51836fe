import type { Clock } from '@vigil/clock';
import type { KeyPort } from '@vigil/sealed-records';
import type { Faults } from '../faults/faults.js';
import type { GatewayLog } from '../log.js';
import type { LogRecord } from '../log-record.js';
import type { GatewayMetrics } from '../metrics.js';
import type { SpoolDisk } from './disk.js';
import type { SpoolGap } from './gap.js';

export interface SpoolOptions {
  readonly disk: SpoolDisk;
  /** Another folder, which keeps a copy of what the spool should hold: a spool that was put back is told from it. */
  readonly anchor?: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly faults?: Pick<Faults, 'gateway'>;
  /**
   * Makes the record that declares a loss. The same gap, told again after a crash, must get the same event id; the record
   * is durable before anything of what it names goes.
   */
  readonly onGap: (gap: SpoolGap) => LogRecord;
  /** Bytes of all segments at which nothing more is taken, unless numerics are old enough to go. */
  readonly bytesMax: number;
  /** At the size bound, numerics that were stored longer ago than this go, wall time. Default 72 h. */
  readonly maxAgeMs?: number;
  /** Free bytes of the volume below which it is nearly full. Default 256 MiB, or two segments if that is more. */
  readonly lowBytes?: number;
  /** Default 16 MiB, and never more than an eighth of `bytesMax`. */
  readonly segmentBytes?: number;
  /** Records waiting for the disk beyond this are refused, so that a full disk can't fill the memory. Default 32 MiB. */
  readonly waitingBytesMax?: number;
}

export const MAX_AGE_MS = 72 * 3_600_000;
export const SEGMENT_BYTES = 16 * 1024 * 1024;
export const LOW_BYTES = 256 * 1024 * 1024;

/** The spool can't take a record now and has not stored it. Worth trying again. */
export class SpoolOutage extends Error {
  override readonly name = 'SpoolOutage';
  readonly retryable = true;
  constructor(readonly code: 'spool-behind' | 'spool-closed') {
    super(code);
  }
}
