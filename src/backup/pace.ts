/** A commit of the platform must not wait for a disk that a back-up keeps busy, so a back-up takes its time. */
export interface Pace {
  /** Called with what was read or written since the last call. */
  readonly took: (bytes: number) => void;
}

const NO_PACE: Pace = { took: () => undefined };
const SLEEP_MS_MIN = 5;

/**
 * @param bytesPerS 0: as fast as it goes
 * @param steadyMs a clock that nobody can set
 * @param sleep waits, giving nothing back: a back-up is a process of its own
 */
export function paceOf(bytesPerS: number, steadyMs: () => number, sleep: (ms: number) => void): Pace {
  if (bytesPerS === 0) return NO_PACE;
  let dueMs = steadyMs();
  return {
    took: (bytes) => {
      const nowMs = steadyMs();
      // What was not used is not saved up.
      dueMs = Math.max(dueMs, nowMs) + (bytes / bytesPerS) * 1_000;
      if (dueMs - nowMs >= SLEEP_MS_MIN) sleep(dueMs - nowMs);
    },
  };
}

/** Waits in the thread that asks. */
export function sleepHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
