import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { HistoryRetention } from '../../ports/history-retention.js';
import type { SqliteObservationStore } from './history-sqlite.js';

/** Wall time between two turns. */
export const UPKEEP_EVERY_MS = 600_000;
/** Times the time that has passed by which the end of what is kept may move on at once, whatever the clock says (ADR 0026). */
const RUSH_MAX = 10;

export interface UpkeepParts {
  readonly store: Pick<SqliteObservationStore, 'compact'>;
  readonly retention: HistoryRetention;
  readonly clock: Clock;
  /** Told when a turn could not be done, and when one could again: ids and codes only. */
  readonly onTrouble: (facts: Readonly<Record<string, string | number | null>>) => void;
}

/** Keeps the file of the embedded history in order, from ten minutes after the start on. A turn that fails is done again with the next. */
export function startUpkeep({ store, retention, clock, onTrouble }: UpkeepParts): Cancel {
  let turning = false;
  let isTroubled = false;
  const say = (is: boolean, code: string): void => {
    if (is !== isTroubled) onTrouble({ code, task: 'compact' });
    isTroubled = is;
  };
  const turn = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    try {
      await store.compact(retention, { nowMs, stepMs: UPKEEP_EVERY_MS * clock.rate * RUSH_MAX });
      say(false, 'history-upkeep-done');
    } catch (error) {
      say(true, error instanceof PlatformError ? error.code : 'history-upkeep-failed');
    }
  };
  return clock.every(UPKEEP_EVERY_MS, () => {
    if (turning) return;
    turning = true;
    void turn().finally(() => (turning = false));
  });
}
