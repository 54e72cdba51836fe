import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Of this program, as its package says; shown on the fleet page. */
export const VERSION: string = z
  .object({ version: z.string().max(32) })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
