/** The browser of the benches that have one. */
import { existsSync } from 'node:fs';
import { progress } from './report.mjs';

export const CHROMIUM = process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium';

/** Whether it is there; says so where it is not, and that `bench` is not measured. */
export function hasChromium(bench) {
  if (existsSync(CHROMIUM)) return true;
  progress(`${bench}: no Chromium at ${CHROMIUM}; VIGIL_TEST_CHROMIUM may name one. Not measured`);
  return false;
}
