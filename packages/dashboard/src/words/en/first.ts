import { alarms } from './alarms.js';
import { beds } from './beds.js';
import { common } from './common.js';
import { conditions } from './conditions.js';
import { safety } from './safety.js';
import { shell } from './shell.js';
import { signIn } from './sign-in.js';

/** What is said before, and while, the picture is live. It is in the way of the first alarm: what only one screen says is in `rest`. */
export const first = { alarms, beds, common, conditions, safety, shell, signIn } as const;
export type EnFirst = typeof first;
