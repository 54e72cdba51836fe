import type { AudioPause, CareUnitId, NewAudioPause } from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/**
 * Which screens make no sound, and until when; wall time. One for each screen and one for the rest of the unit: a new one takes the place
 * of the one before.
 * @throws PlatformError 'not-found', 'conflict', 'store-unavailable'
 */
export abstract class AudioPauses {
  abstract pause(careUnitId: CareUnitId, request: NewAudioPause, change: Change): Promise<Outcome<AudioPause>>;
  /** Before its end. One that is over or was never there: null. */
  abstract end(careUnitId: CareUnitId, pauseId: string, change: Change): Promise<AudioPause | null>;
  /** Those that last at `wallMs`. */
  abstract inForce(careUnitId: CareUnitId, wallMs: number): Promise<readonly AudioPause[]>;
  /** Calls the listener after a change in this process; a pause that ends by itself is not told. */
  abstract onChange(listener: (careUnitId: CareUnitId) => void): () => void;
}
