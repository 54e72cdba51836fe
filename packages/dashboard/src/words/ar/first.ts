import type { FirstWords } from '../words.js';
import { alarms } from './alarms.js';
import { beds } from './beds.js';
import { common } from './common.js';
import { conditions } from './conditions.js';
import { safety } from './safety.js';
import { shell } from './shell.js';
import { signIn } from './sign-in.js';

/** Arabic: see en/first.ts. */
export const first = { alarms, beds, common, conditions, safety, shell, signIn } satisfies FirstWords;
