import { type Cancel, type Clock, SteadyClock } from '@vigil/clock';
import type { Faults } from '../faults/faults.js';
import type { GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import type { DeviceStates } from './device-states.js';

/** From here on a step, or a wall clock that is not reached yet, is a fault of the gateway. */
export const STEP_MS = 1_000;
/** How long a step is said after it happened. */
const SAID_FOR_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

export interface ClockWatchOptions {
  readonly clock: Clock;
  readonly states: DeviceStates;
  readonly faults: Faults;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
}

/**
 * Looks after the gateway's own clock: when it was set forward, what is known of the devices' clocks moves along (they did
 * not change, the gateway did), so that the very next message has its right place; and `clockStepped` says that somebody set
 * it, or that nobody ever did. Times of a replay or of a test are left alone.
 *
 * @returns ends it
 */
export function watchClock({ clock, states, faults, metrics, log }: ClockWatchOptions): Cancel {
  if (!(clock instanceof SteadyClock)) return () => undefined;
  let untilMs = Number.NEGATIVE_INFINITY;
  clock.onStep = (stepMs) => {
    states.shiftClocks(stepMs);
    if (stepMs < STEP_MS) return;
    untilMs = clock.wallMs() + SAID_FOR_MS;
    metrics.clockSteps.inc();
    log.error({ stepMs: Math.round(stepMs) }, 'the clock of this gateway was set forward; check its time source');
  };
  let said = false;
  return clock.every(LOOK_EVERY_MS, () => {
    const { offsetMs } = clock;
    metrics.clockOffsetSeconds.set(offsetMs / 1_000);
    const isOff = Math.abs(offsetMs) >= STEP_MS || !clock.isSet;
    if (isOff && !said) {
      metrics.clockSteps.inc();
      log.error(
        { offsetMs: Math.round(offsetMs), isSet: clock.isSet },
        'the clock of this gateway was set back, or lost its time; it is not followed at once: check its time source',
      );
    }
    said = isOff;
    faults.gateway('clockStepped', isOff || clock.wallMs() < untilMs);
  });
}
