import type { Clock } from '@vigil/clock';
import { type BedId, type DeviceId, DeviceMessage, type MetricName, metricRow, type Origin } from '@vigil/contracts';
import type { Directory } from '../ports/directory.js';
import type { LiveSink } from '../ports/live-sink.js';
import type { ObservationStore } from '../ports/observation-store.js';

/** Older values say nothing about now: the longest interval of a metric that screens show with its age. Event time. */
export const PRIME_MS_MAX = 4 * 3_600_000;

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
 * missing until the next measurement. Only of the present stay; what has become stale is shown as stale.
 */
export async function primeLive({ directory, observations, live, deviceAt, clock, origin }: PrimeOptions): Promise<number> {
  let primed = 0;
  const nowMs = clock.nowMs();
  for (const bed of await directory.beds()) {
    if (bed.encounter === null) continue;
    const sinceMs = Math.max(nowMs - PRIME_MS_MAX, bed.encounter.inBedSinceMs);
    for (const { metric, atMs, value, quality } of await observations.latest(bed.bedId, sinceMs)) {
      const deviceId = deviceAt(bed.bedId, metric, atMs);
      if (deviceId === null) continue;
      const receivedWallMs = clock.wallMs() - Math.max(0, (clock.nowMs() - atMs) / clock.rate);
      const reading = { metric, value, unit: metricRow(metric).unit, quality };
      const times = { atMs, deviceAtMs: atMs, gatewayAtMs: atMs };
      const ids = {
        id: `history/${bed.bedId}/${metric}`,
        key: `bed:${bed.bedId}`,
        bedId: bed.bedId,
        deviceId,
        gatewayId: 'history',
      };
      const message = { v: 1, kind: 'deviceMessage', origin, ...ids, ...times, bootId: 'history', seq: 0, readings: [reading] };
      live.apply(DeviceMessage.parse(message), Math.round(receivedWallMs));
      primed += 1;
    }
  }
  return primed;
}
