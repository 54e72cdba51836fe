import type { BedView, Encounter } from '@vigil/contracts';
import type { Who } from '../../model/identity-check.js';

/** A stay as its forms see it: what was on the screen when somebody decided. */
export interface ShownStay {
  readonly bed: BedView;
  readonly stay: Encounter;
  readonly who: Who;
}
