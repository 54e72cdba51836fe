import { PlatformError } from '@vigil/domain';
import type { ObservationStore } from '../ports/observation-store.js';
import type { RecordKeys } from '../ports/record-keys.js';

export interface ErasingHistory {
  readonly keys: Pick<RecordKeys, 'historyToErase' | 'historyErased'>;
  readonly observations: Pick<ObservationStore, 'erase'>;
}

/**
 * Takes what was measured of whoever was erased out of history: samples, minutes, hours and gaps of the beds where they lay. Cut off
 * anywhere it is done again; history that is away is asked again with the next look.
 *
 * @returns why it could not be done; null: it was, or nothing is to be done
 */
export async function eraseHistory({ keys, observations }: ErasingHistory): Promise<string | null> {
  try {
    for (const of of await keys.historyToErase()) {
      let samples = 0;
      for (const stretch of of.stretches) samples += await observations.erase(stretch);
      await keys.historyErased(of, samples);
    }
    return null;
  } catch (error) {
    if (error instanceof PlatformError && error.retryable) return error.code;
    throw error;
  }
}
