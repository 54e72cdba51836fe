import { type Answer, readTrouble, troubleOf } from './problem.js';

/**
 * A file that the server makes, whole or not at all: what breaks off on the way is none. Never throws.
 *
 * @param timeoutMs of wall time, for all of it
 */
export async function file(path: string, timeoutMs: number): Promise<Answer<Blob>> {
  try {
    const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { ok: false, trouble: await readTrouble(response) };
    return { ok: true, value: await response.blob() };
  } catch {
    return { ok: false, trouble: troubleOf('offline') };
  }
}
