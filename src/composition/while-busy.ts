import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';

/** Wall time for which a start waits for a store that is busy, e.g. with what other processes of the site do as they start. */
export const START_WAIT_MS = 60_000;
const TRY_EVERY_MS = 1_000;

/**
 * Does what a start needs of the store, again while that is busy. Seven processes that begin a new site at one moment all describe it to the
 * store, one after another, and whoever is last would wait for its turn longer than any single statement may.
 *
 * @param work is whole or nothing, and may be done twice
 * @param onWait told once, with the code
 * @throws what the last try threw; anything but an outage of the store at once
 */
export async function againWhileBusy<T>(work: () => Promise<T>, clock: Clock, onWait: (code: string) => void): Promise<T> {
  const fromMs = clock.steady().atMs;
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof PlatformError && error.code === 'store-unavailable' && error.retryable;
      if (!isBusy || clock.steady().atMs - fromMs > START_WAIT_MS) throw error;
      if (tries === 1) onWait(error.code);
    }
    await clock.sleep(TRY_EVERY_MS);
  }
}
