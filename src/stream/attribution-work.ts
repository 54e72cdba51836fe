import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { Registry } from 'prom-client';
import type { Corrections } from '../ports/corrections.js';
import type { DeviceAssignments } from '../ports/device-assignments.js';
import type { Directory } from '../ports/directory.js';
import type { EventLog } from '../ports/event-log.js';
import type { HeldMessages } from '../ports/held-messages.js';
import type { LiveSink } from '../ports/live-sink.js';
import type { ObservationStore } from '../ports/observation-store.js';
import { Attribution } from './attribution.js';
import { AttributionIndex } from './attribution-index.js';
import { AttributionMetrics } from './attribution-metrics.js';
import { isOfBed, liveGate } from './live-gate.js';
import { Reattributing } from './reattribution.js';
import { TrayKeeper } from './tray-keeper.js';

/** Wall time after which screens know of a change at the latest. */
export const INDEX_EVERY_MS = 1_000;
/** Wall time between two looks at what is held and at what was put right. */
export const FOLLOW_EVERY_MS = 2_000;

export interface AttributionWorkParts {
  readonly assignments: DeviceAssignments;
  readonly corrections: Corrections;
  readonly held: HeldMessages;
  readonly directory: Pick<Directory, 'onChange'>;
  readonly log: EventLog;
  readonly observations: ObservationStore;
  readonly live: LiveSink;
  readonly clock: Clock;
  readonly registry: Registry;
  /** Whether this process follows what was put right now. Left out: it always does. */
  readonly isMine?: () => boolean;
  /** Told of each turn that failed. The next one tries again. */
  readonly onOutage: (code: string) => void;
}

/** All that gives a reading to whom it belongs, in this process. Nothing of it is on the way of an alarm. */
export class AttributionWork {
  readonly attribution: Attribution;
  readonly gate: ReturnType<typeof liveGate>;
  readonly deviceAt: AttributionIndex['deviceAt'];
  private readonly index: AttributionIndex;
  private readonly keeper: TrayKeeper;
  private readonly reattributing: Reattributing;
  private readonly cancels: Cancel[] = [];
  private following: Promise<void> = Promise.resolve();
  private isFollowing = false;

  constructor(private readonly parts: AttributionWorkParts) {
    const { assignments, clock, log, held, observations, corrections, live, registry } = parts;
    const metrics = new AttributionMetrics(registry);
    const index = new AttributionIndex(assignments, clock);
    this.index = index;
    this.attribution = new Attribution({ index, log, held, clock, metrics });
    this.keeper = new TrayKeeper({ index, held, log, observations, metrics });
    this.reattributing = new Reattributing({ corrections, index, observations, clock, metrics });
    this.gate = liveGate(index);
    this.deviceAt = (bedId, metric, atMs) => index.deviceAt(bedId, metric, atMs);
    index.onChange(() => live.keepOnly(isOfBed(index)));
  }

  /** Resolves when assignments were read, or could not be: screens then begin empty. */
  async start(): Promise<void> {
    const { clock, directory } = this.parts;
    const refresh = (): Promise<void> => this.tried(() => this.index.refresh());
    await refresh();
    this.cancels.push(
      clock.every(INDEX_EVERY_MS, () => void refresh()),
      clock.every(FOLLOW_EVERY_MS, () => this.follow()),
      directory.onChange(() => void refresh()),
    );
  }

  async stop(): Promise<void> {
    for (const cancel of this.cancels.splice(0)) cancel();
    await this.following;
  }

  /** One at a time: a turn that takes long is not joined by the next. */
  private follow(): void {
    if (this.isFollowing || this.parts.isMine?.() === false) return;
    this.isFollowing = true;
    this.following = this.tried(() => this.reattributing.turn())
      .then(() => this.tried(() => this.keeper.turn()))
      .finally(() => (this.isFollowing = false));
  }

  private async tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.parts.onOutage(error instanceof PlatformError ? error.code : 'internal');
    }
  }
}
