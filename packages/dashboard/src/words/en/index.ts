import { first } from './first.js';
import { rest } from './rest.js';

/** All words of the app in English, by area. */
export const en = { ...first, ...rest } as const;
