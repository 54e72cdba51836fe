import { DisplaySettings } from '@vigil/contracts';
import { Signal } from './signal.js';

/** How this site says things: its units, clock, colours. The defaults until the server has said. */
export const display = new Signal<DisplaySettings>(DisplaySettings.parse({}));

/** A setting that came later than the first: what was rendered with the old one is rendered anew by whoever subscribes. */
export const displayNow = (): DisplaySettings => display.get();
