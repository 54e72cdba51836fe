import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/**
 * Waits for real processes: looks every 50 ms until `look` answers something, for at most `limitMs`. A look that throws
 * counts as "not yet"; its last error is the cause of ours.
 */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  limitMs: number,
): Promise<T> {
  let cause: unknown;
  for (const endMs = performance.now() + limitMs; ;) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`, { cause });
    await sleep(LOOK_EVERY_MS);
  }
}
