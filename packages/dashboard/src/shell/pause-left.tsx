import type { AudioPause } from '@vigil/contracts';
import { durationText } from '../model/format.js';
import { Ticker } from '../parts/ticker.js';

/** A countdown that is not read out by the second. */
export function PauseLeft({ pause }: { pause: AudioPause }) {
  return <Ticker even text={(now) => (now ? durationText(pause.untilWallMs - now.wallMs + 999) : '')} />;
}
