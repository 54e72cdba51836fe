import type { Clock } from '@vigil/clock';
import type { BedId } from '@vigil/contracts';
import type { Corrections, ReattributionJob } from '../ports/corrections.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { AttributionIndex } from './attribution-index.js';
import type { AttributionMetrics } from './attribution-metrics.js';
import { moveBrought } from './brought.js';
import { piecesOf } from './pieces.js';

/** When a job runs again after each run (wall time): what was on its way to history at the first is there at the next. */
export const RUN_AGAIN_MS: readonly number[] = [10_000, 60_000];
/** A run that takes longer is another process's. */
const LEASE_MS = 120_000;
const JOBS_AT_ONCE = 16;

export interface ReattributionParts {
  readonly corrections: Pick<Corrections, 'dueJobs' | 'ranJob'>;
  readonly index: AttributionIndex;
  readonly observations: Pick<ObservationStore, 'reassign'>;
  readonly clock: Clock;
  readonly metrics: AttributionMetrics;
}

/**
 * History follows what somebody put right. A job names a device and a stretch of time; whose the samples of it are is asked anew, so
 * that jobs of several corrections end in the same history in whatever order they run.
 */
export class Reattributing {
  private turning: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ReattributionParts) {}

  /** Runs what is due. @throws PlatformError; what was not done is due again when its lease is over */
  turn(): Promise<void> {
    this.turning = this.turning.catch(() => undefined).then(() => this.turnNow());
    return this.turning;
  }

  private async turnNow(): Promise<void> {
    const { corrections, clock, index, metrics } = this.parts;
    const jobs = await corrections.dueJobs({ wallMs: clock.wallMs(), leaseMs: LEASE_MS, limit: JOBS_AT_ONCE });
    for (const job of jobs) {
      await index.refresh();
      const moved = await this.run(job);
      metrics.moved(moved);
      const againMs = RUN_AGAIN_MS[job.runs];
      await corrections.ranJob(job.jobId, { moved, nextWallMs: againMs === undefined ? null : clock.wallMs() + againMs });
    }
  }

  private async run({ deviceId, fromBedId, toBedId, fromMs, toMs }: ReattributionJob): Promise<number> {
    const { index, observations } = this.parts;
    let moved = 0;
    for (const piece of piecesOf(index, deviceId, { fromMs, toMs })) {
      for (const from of new Set<BedId | null>([fromBedId, toBedId, null])) {
        if (from === piece.toBedId) continue;
        moved += await moveBrought({ index, observations }, { deviceId, fromBedId: from, ...piece });
      }
    }
    return moved;
  }
}
