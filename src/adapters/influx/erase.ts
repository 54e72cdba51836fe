import type { ObservationStore } from '../../ports/observation-store.js';
import type { InfluxServer } from './influx-server.js';
import type { Levels } from './levels.js';
import { OBSERVATION, quoted } from './lines.js';
import { REFUSED } from './refused-points.js';

/** Takes away what is stored of a bed in [fromMs, toMs), in every resolution: windows that reach into it go whole. */
export async function erase(
  server: InfluxServer,
  { raw, minute, hour, stateBucket }: Levels,
  { bedId, fromMs, toMs }: Parameters<ObservationStore['erase']>[0],
): Promise<void> {
  if (toMs <= fromMs) return;
  for (const { bucket, widthMs } of [raw, minute, hour]) {
    const range = { fromMs: widthMs === 0 ? fromMs : Math.floor(fromMs / widthMs) * widthMs, toMs: toMs - 1 };
    await server.remove(bucket, `_measurement="${OBSERVATION}" AND bed=${quoted(bedId)}`, range);
  }
  const refused = `_measurement="${REFUSED}" AND bed=${quoted(bedId)}`;
  await server.remove(stateBucket, refused, { fromMs, toMs: toMs - 1 });
}
