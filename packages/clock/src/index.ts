export { type Clock, type Cancel, FakeClock, ScaledClock, SystemClock, type ClockAnchor, type SteadyTime } from './clock.js';
export { loadClock, CLOCK_FILE } from './clock-file.js';
export { SteadyClock, type TimeSources } from './steady-clock.js';
export { wallElapsedMs } from './wall-elapsed.js';
