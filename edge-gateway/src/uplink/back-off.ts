/** Wall time. The ceiling of the first wait; it doubles with each failure. */
const FIRST_MS = 200;
/** Below the 30 s after which a log that is back has to be noticed. */
export const BACK_OFF_MS_MAX = 15_000;

/**
 * How long to wait after so many failures in a row: full jitter, any time up to a ceiling that doubles, so that gateways
 * that lost the log together do not come back together.
 *
 * @param failures from 1 on
 * @param random 0 up to and without 1
 */
export function backOffMs(failures: number, random: number): number {
  const ceiling = Math.min(BACK_OFF_MS_MAX, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(1, Math.round(ceiling * random));
}
