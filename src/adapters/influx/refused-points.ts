import type { BedId, MetricName, Quality } from '@vigil/contracts';
import type { HistorySample } from '../../ports/observation-store.js';
import { type InfluxServer, rangeOf } from './influx-server.js';
import type { Levels } from './levels.js';
import { line, quoted } from './lines.js';
import { type Refused, writeWithout } from './refusals.js';

export const REFUSED = 'refused';
/** Points that are tried again at once. */
const AT_ONCE = 5_000;

/**
 * Readings that the bucket of history does not take, kept beside the positions until it does: their place there was another type's,
 * and whoever puts that right finds them. What is older than the site keeps is not kept here either.
 */
export class RefusedPoints {
  constructor(
    private readonly server: InfluxServer,
    private readonly levels: Levels,
  ) {}

  /** @throws InfluxOutage, and the write that brought them is made again: nothing is let go that was not kept */
  async keep({ reason, samples }: Refused): Promise<void> {
    const kept = reason === 'beyond-retention' ? [] : samples.filter(({ value }) => Number.isFinite(value));
    if (kept.length === 0) return;
    const lines = kept.map(({ bedId: bed, deviceId: device, metric, quality, atMs, value }) =>
      line(REFUSED, { bed, device, metric, quality }, [['value', value]], atMs),
    );
    await this.server.write(this.levels.stateBucket, lines.join('\n'));
  }

  async retry(): Promise<{ readonly taken: number; readonly left: number }> {
    const samples = await this.some();
    const refused = await writeWithout((lines) => this.server.write(this.levels.raw.bucket, lines), samples);
    const still = new Set(refused.flatMap(({ samples: some }) => some));
    for (const sample of samples) {
      if (!still.has(sample)) await this.remove(sample);
    }
    return { taken: samples.length - still.size, left: still.size };
  }

  private async some(): Promise<HistorySample[]> {
    const filter = `filter(fn: (r) => r._measurement == "${REFUSED}")`;
    const flux = `from(bucket: ${quoted(this.levels.stateBucket)}) |> ${rangeOf(0, null)} |> ${filter} |> limit(n: ${AT_ONCE})`;
    return (await this.server.rows(flux)).map((row) => ({
      bedId: row['bed'] as BedId,
      deviceId: row['device'] as string,
      metric: row['metric'] as MetricName,
      atMs: row['_time'] as number,
      value: row['_value'] as number,
      quality: row['quality'] as Quality,
    }));
  }

  private remove({ bedId, deviceId, metric, atMs }: HistorySample): Promise<void> {
    const tags = `bed=${quoted(bedId)} AND device=${quoted(deviceId)} AND metric=${quoted(metric)}`;
    return this.server.remove(this.levels.stateBucket, `_measurement="${REFUSED}" AND ${tags}`, { fromMs: atMs, toMs: atMs });
  }
}
