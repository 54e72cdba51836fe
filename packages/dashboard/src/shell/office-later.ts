import { later } from '../parts/later.js';

/** Apart from `later-parts.ts`, which it uses itself. */
export const OfficeShell = later(async () => (await import('./office-shell.js')).OfficeShell);
