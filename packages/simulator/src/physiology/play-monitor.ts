import type { Clock } from '@vigil/clock';
import type { Reading } from '@vigil/contracts';
import { lagMs, until } from '../pace.js';
import { MONITOR_INTERVAL_MS, type Monitor } from './monitor.js';

export interface PlayMonitorOptions {
  readonly monitor: Monitor;
  readonly clock: Clock;
  /** Event time of the first message. */
  readonly startMs: number;
  readonly send: (atMs: number, readings: readonly Reading[]) => void;
  readonly signal: AbortSignal;
}

/** Sends what the monitor measures, each message when its event time comes, until aborted. Rejects with the reason. */
export async function playMonitor({ monitor, clock, startMs, send, signal }: PlayMonitorOptions): Promise<never> {
  let elapsedMs = 0;
  for (;;) {
    const skippedMs = lagMs(clock, startMs + elapsedMs);
    elapsedMs += Math.ceil(skippedMs / MONITOR_INTERVAL_MS) * MONITOR_INTERVAL_MS;
    await until(clock, startMs + elapsedMs, signal);
    const readings = monitor(elapsedMs);
    if (readings !== null) send(startMs + elapsedMs, readings);
    elapsedMs += MONITOR_INTERVAL_MS;
  }
}
