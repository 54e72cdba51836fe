import { first } from './first.js';
import { rest } from './rest.js';

/** All words of the app in Arabic. Not yet read by a clinical translator. */
export const ar = { ...first, ...rest };
