import { type Answer, readTrouble, troubleOf } from './problem.js';

/**
 * A file that the server makes, whole or not at all: what breaks off on the way is none. Never throws.
 *
 * @param timeoutMs of wall time, in which nothing more of it comes: a long one takes as long as it takes
 */
export async function file(path: string, timeoutMs: number): Promise<Answer<Blob>> {
  const leaving = new AbortController();
  const leave = () => setTimeout(() => leaving.abort(), timeoutMs);
  let timer = leave();
  const waitAnew = (): void => {
    clearTimeout(timer);
    timer = leave();
  };
  try {
    const response = await fetch(path, { cache: 'no-store', signal: leaving.signal });
    waitAnew();
    if (!response.ok) return { ok: false, trouble: await readTrouble(response) };
    const seen = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (part, to) => {
        waitAnew();
        to.enqueue(part);
      },
    });
    return { ok: true, value: await new Response(response.body?.pipeThrough(seen) ?? null).blob() };
  } catch {
    return { ok: false, trouble: troubleOf('offline') };
  } finally {
    clearTimeout(timer);
  }
}
