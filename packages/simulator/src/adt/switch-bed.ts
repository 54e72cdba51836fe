import type { Clock } from '@vigil/clock';
import type { Log } from '../log.js';
import type { Admission, Adt } from './adt.js';
import { AdtOutage } from './platform-calls.js';
import type { Stay } from './stay.js';

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;

export interface SwitchBedOptions {
  readonly adt: Adt;
  /** Made anew for each attempt: the patient is admitted when it succeeds, not when it was first tried. */
  readonly stay: () => Stay;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Puts the stay's patient into the bed, for as long as it takes: an outage is tried again with a growing wait of at
 * most 15 s and logged once. Rejects only with the signal's reason or with a bug.
 */
export async function switchBed({ adt, stay, clock, log, signal }: SwitchBedOptions): Promise<Admission> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const wanted = stay();
    try {
      const admission = await adt.admit(wanted);
      if (attempt > 0) log.info({ bedId: wanted.bedId, attempts: attempt + 1 }, 'platform back: patient admitted');
      return admission;
    } catch (error) {
      if (!(error instanceof AdtOutage)) throw error;
      if (attempt === 0)
        log.warn({ bedId: wanted.bedId, code: error.code }, 'platform does not admit just now: data go on, trying again');
    }
    await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10)), signal);
  }
}
