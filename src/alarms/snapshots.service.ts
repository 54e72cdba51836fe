import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Cancel, wallElapsedMs } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { AlarmSnapshots } from '../ports/alarm-snapshots.js';
import { AppClock } from '../ports/app-clock.js';
import { Log } from '../ports/log.js';
import { Once } from '../ports/once.js';
import { ObservationStore } from '../ports/observation-store.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { SnapshotTaker } from './snapshot-taker.js';

/** Wall time between two turns. */
const TURN_EVERY_MS = 1_000;
/** Turns between two looks at how many wait. */
const COUNT_EVERY = 10;

/** Keeps the readings around alarms as long as the process lives. No alarm and no page waits for it. */
@Injectable()
export class SnapshotsService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly taker: SnapshotTaker;
  private readonly metrics: SnapshotMetrics;
  private cancel: Cancel = () => undefined;
  private turning: Promise<void> = Promise.resolve();
  private isTurning = false;
  private isStopping = false;
  private turns = 0;
  private trouble: string | null = null;

  constructor(
    private readonly snapshots: AlarmSnapshots,
    observations: ObservationStore,
    private readonly clock: AppClock,
    private readonly log: Log,
    { registry }: Metrics,
    private readonly once: Once,
  ) {
    this.taker = new SnapshotTaker({ snapshots, observations, clock });
    this.metrics = new SnapshotMetrics(registry);
  }

  onApplicationBootstrap(): void {
    this.cancel = this.clock.every(TURN_EVERY_MS, () => this.turnOnce());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.cancel();
    await this.turning;
  }

  /** One at a time; one that a store holds up is not doubled. */
  private turnOnce(): void {
    if (this.isTurning || this.isStopping || !this.once.isMine('alarm-records')) return;
    this.isTurning = true;
    this.turning = this.turn().finally(() => (this.isTurning = false));
  }

  private async turn(): Promise<void> {
    try {
      let isMore = true;
      while (isMore && !this.isStopping) {
        const done = await this.taker.turn();
        this.metrics.turned(done.taken);
        if (done.failed > 0) {
          this.metrics.troubled();
          this.log.warn('the readings around some alarms could not be kept; they are tried again in an hour', {
            count: done.failed,
          });
        }
        isMore = done.isMore;
        // What alarms need comes in between.
        if (isMore) await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.turns++ % COUNT_EVERY === 0) await this.count();
      this.trouble = null;
    } catch (error) {
      this.metrics.troubled();
      const code = error instanceof PlatformError ? error.code : 'internal';
      if (code !== this.trouble) this.log.warn('the readings around alarms could not be kept; it is tried again', { code });
      this.trouble = code;
    }
  }

  private async count(): Promise<void> {
    const { count, oldestWallMs } = await this.snapshots.waiting();
    this.metrics.note(count, oldestWallMs === null ? 0 : wallElapsedMs(oldestWallMs, this.clock.wallMs()));
  }
}
