import type { Cancel, Clock } from '@vigil/clock';
import { type BedId, type DeviceId, DeviceMessage, type MetricName, metricRow, type Origin } from '@vigil/contracts';
import type { Directory } from '../ports/directory.js';
import type { LiveSink } from '../ports/live-sink.js';
import type { LatestSample, ObservationStore } from '../ports/observation-store.js';

/** Older values say nothing about now: the longest interval of a metric that screens show with its age. Event time. */
export const PRIME_MS_MAX = 4 * 3_600_000;
/** Alarms wait for this at the start, so a store that is slow or says nothing gets no longer (wall time). */
export const PRIME_WALL_MS_MAX = 2_000;

export interface PrimeOptions {
  readonly directory: Directory;
  readonly observations: ObservationStore;
  readonly live: LiveSink;
  /** History does not tell devices of one bed apart; assignments do. */
  readonly deviceAt: (bedId: BedId, metric: MetricName, atMs: number) => DeviceId | null;
  readonly clock: Clock;
  /** Origin of what this site takes in; history does not keep it. */
  readonly origin: Origin;
}

/**
 * Gives live screens what was measured last, so that after a restart a cuff pressure is there with its age instead of
 * missing until the next measurement. Only of the present stay; what has become stale is shown as stale. Ends after
 * `PRIME_WALL_MS_MAX` with what there is by then.
 */
export async function primeLive(options: PrimeOptions): Promise<number> {
  const { directory, observations, clock } = options;
  let primed = 0;
  const nowMs = clock.nowMs();
  const timeOver = new TimeOver(clock);
  try {
    for (const { bedId, encounter } of await directory.beds()) {
      if (encounter === null) continue;
      const sinceMs = Math.max(nowMs - PRIME_MS_MAX, encounter.inBedSinceMs);
      const latest = await timeOver.or(observations.latest(bedId, sinceMs));
      if (latest === null) return primed;
      for (const sample of latest) if (prime(options, bedId, sample)) primed += 1;
    }
    return primed;
  } finally {
    timeOver.cancel();
  }
}

/** @returns whether it is known which device measured it, and so it is shown */
function prime({ live, deviceAt, clock, origin }: PrimeOptions, bedId: BedId, sample: LatestSample): boolean {
  const { metric, atMs, value, quality } = sample;
  const deviceId = deviceAt(bedId, metric, atMs);
  if (deviceId === null) return false;
  const receivedWallMs = clock.wallMs() - Math.max(0, (clock.nowMs() - atMs) / clock.rate);
  const reading = { metric, value, unit: metricRow(metric).unit, quality };
  const times = { atMs, deviceAtMs: atMs, gatewayAtMs: atMs };
  const ids = { id: `history/${bedId}/${metric}`, key: `bed:${bedId}`, bedId, deviceId, gatewayId: 'history' };
  const message = { v: 1, kind: 'deviceMessage', origin, ...ids, ...times, bootId: 'history', seq: 0, readings: [reading] };
  live.apply(DeviceMessage.parse(message), Math.round(receivedWallMs));
  return true;
}

class TimeOver {
  readonly cancel: Cancel;
  private readonly over: Promise<null>;

  constructor(clock: Clock) {
    let end: (over: null) => void = () => undefined;
    this.over = new Promise((resolve) => (end = resolve));
    this.cancel = clock.after(PRIME_WALL_MS_MAX, () => end(null));
  }

  /** Null: it took too long, and what it comes to is of no use any more. */
  or<T>(work: Promise<T>): Promise<T | null> {
    work.catch(() => undefined);
    return Promise.race([work, this.over]);
  }
}
