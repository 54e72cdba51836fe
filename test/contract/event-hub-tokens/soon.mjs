/** Loaded before a program (`node --import`): what it puts off by ten minutes or more happens after a second. */
const FAR_MS = 10 * 60 * 1000;
const SOON_MS = 1000;
const setTimer = globalThis.setTimeout;

globalThis.setTimeout = Object.assign(
  (run, delayMs, ...args) => setTimer(run, delayMs >= FAR_MS ? SOON_MS : delayMs, ...args),
  setTimer,
);
