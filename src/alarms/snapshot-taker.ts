import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { AlarmSnapshots, SnapshotDue } from '../ports/alarm-snapshots.js';
import type { ObservationStore } from '../ports/observation-store.js';
import { lookAround } from './snapshot-content.js';

/** Wall time for which what may still come is waited for; at a faster clock as much less. */
export const SNAPSHOT_WAIT_MS = 300_000;
const WAIT_MS_MIN = 10_000;
/** Wall time between two looks until then. */
const AGAIN_MS = 15_000;
const AGAIN_MS_MIN = 1_000;
/** Wall time after which one that lacks something is looked at again, by how often it was kept: a gateway may bring hours late. */
const LATER_MS: readonly number[] = [3_600_000, 86_400_000];
/** Transitions and snapshots of one turn: some tens of ms, in which alarms come in between. */
const FOLLOW_AT_ONCE = 200;
const TAKE_AT_ONCE = 20;

export interface TakerParts {
  readonly snapshots: AlarmSnapshots;
  readonly observations: Pick<ObservationStore, 'samples' | 'gaps'>;
  readonly clock: Clock;
}

/** What one turn did. */
export interface Turn {
  readonly followed: number;
  readonly taken: number;
  /** Those that failed for themselves; each is tried again an hour later. */
  readonly failed: number;
  /** There is more to do at once. */
  readonly isMore: boolean;
}

/**
 * Takes the readings around each alarm as soon as history has them, and keeps them with it. A turn that is cut off is done again by
 * the next, here or in another process: what was kept is not kept twice, and a store that is away loses nothing.
 */
export class SnapshotTaker {
  constructor(private readonly parts: TakerParts) {}

  /** @throws PlatformError; the next turn goes on where this one ended */
  async turn(): Promise<Turn> {
    const { snapshots, clock } = this.parts;
    const at = { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: clock.rate };
    const followed = await snapshots.follow(at, FOLLOW_AT_ONCE);
    const resealed = await snapshots.reseal(TAKE_AT_ONCE);
    const due = await snapshots.due(clock.wallMs(), TAKE_AT_ONCE);
    let taken = 0;
    let failed = 0;
    for (const one of due) {
      try {
        if (await this.take(one)) taken += 1;
      } catch (error) {
        // A store that is away keeps all of them waiting; one that cannot be taken for itself keeps no other.
        if (error instanceof PlatformError && error.retryable) throw error;
        failed += 1;
        await snapshots.later(one.alarmId, clock.wallMs() + LATER_MS[0]!);
      }
    }
    return {
      followed,
      taken,
      failed,
      isMore: followed === FOLLOW_AT_ONCE || resealed === TAKE_AT_ONCE || due.length === TAKE_AT_ONCE,
    };
  }

  private async take(due: SnapshotDue): Promise<boolean> {
    const { snapshots, observations, clock } = this.parts;
    const { content, readings } = await lookAround(due, observations);
    const wallMs = clock.wallMs();
    const waitMs = Math.max(WAIT_MS_MIN, SNAPSHOT_WAIT_MS / clock.rate);
    const isSettled = clock.nowMs() >= content.toMs;
    const complete = isSettled && content.lacks.length === 0;
    if (!complete && due.looks === 0 && (!isSettled || wallMs < due.queuedWallMs + waitMs)) {
      await snapshots.later(due.alarmId, wallMs + Math.max(AGAIN_MS_MIN, AGAIN_MS / clock.rate));
      return false;
    }
    const laterMs = LATER_MS[due.looks];
    const nextWallMs = complete || laterMs === undefined ? null : Math.round(wallMs + laterMs / clock.rate);
    await snapshots.keep({ alarmId: due.alarmId, content, readings, complete, nextWallMs, wallMs });
    return true;
  }
}
