import { DisplaySettings } from '@vigil/contracts';
import { Signal } from './signal.js';

/** How this site says things: its units, clock, colours. The defaults until the server has said. */
export const display = new Signal<DisplaySettings>(DisplaySettings.parse({}));
