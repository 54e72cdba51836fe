import type { Clock } from '@vigil/clock';

/** Waits for `work`, but not longer than `timeoutMs` of wall time. Leaves no timer behind. Rejects as `work` does. */
export async function within(clock: Clock, timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let cancel = (): void => undefined;
  const timeout = new Promise<void>((resolve) => (cancel = clock.after(timeoutMs, resolve)));
  try {
    await Promise.race([work, timeout]);
  } finally {
    cancel();
  }
}
