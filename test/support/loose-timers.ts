/** Shorter timers end by themselves soon enough. */
const LONG_MS = 4_000;

/**
 * Long timers of a test file do not hold its process. The client forgets some when a link ends with an error: that of an
 * attempt's time-out, and that of a token's renewal, which is 45 minutes.
 */
export function looseTimers(): void {
  const { setTimeout: setTimer } = globalThis;
  beforeAll(() => {
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      const timer = setTimer(run, ms);
      return ms >= LONG_MS ? timer.unref() : timer;
    }) as typeof setTimeout;
  });
  afterAll(() => {
    globalThis.setTimeout = setTimer;
  });
}
