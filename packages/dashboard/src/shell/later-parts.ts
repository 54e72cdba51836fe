import { later } from '../parts/later.js';

/* What stands around the live picture and can come after it. Each is fetched once the picture is there, before anybody asks. */
export const HelpDialog = later(async () => (await import('./help-dialog.js')).HelpDialog);
export const SignIn = later(async () => (await import('../screens/sign-in/sign-in.js')).SignIn, undefined, { words: 'first' });
export const SignInDialog = later(async () => (await import('./sign-in-dialog.js')).SignInDialog, undefined, { words: 'first' });
/* In the cache of the browser since the last time the server was there. */
export const SoundOfStart = later(async () => (await import('./sound-of-start.js')).SoundOfStart, undefined, { words: 'first' });
export const StationEnrolment = later(async () => (await import('../screens/stations/station-enrolment.js')).StationEnrolment);
