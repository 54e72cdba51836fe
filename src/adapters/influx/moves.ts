import type { MetricName } from '@vigil/contracts';
import type { Reassign } from '../../ports/observation-store.js';
import { type InfluxServer, rangeOf, type Row } from './influx-server.js';
import type { Level, Levels } from './levels.js';
import { type FieldValue, line, NOBODYS, OBSERVATION, quoted } from './lines.js';
import { samplesOf } from './reads.js';

/** Points of each metric that are moved at once. */
const POINTS_AT_ONCE = 5_000;

interface MovedPoint {
  readonly metric: string;
  readonly quality: string;
  readonly atMs: number;
  readonly fields: (readonly [string, FieldValue])[];
}

/** Under which names the samples are. */
export function placesOf({ deviceId, fromBedId, toBedId }: Reassign): readonly [from: string, to: string] {
  const nobodys = `${NOBODYS}${deviceId}`;
  return [fromBedId ?? nobodys, toBedId ?? nobodys];
}

/**
 * Moves points of one device from one bed to another, in every resolution. Written at the new place first and taken from the old
 * one then: the server knows no transactions, so a crash in between leaves some at both, until the same move is asked for again.
 *
 * Windows of a minute or an hour go with their beginning; the one in which the stretch begins stays, and the next look of the task
 * makes it anew while single samples of it are kept.
 */
export class Moves {
  constructor(
    private readonly server: InfluxServer,
    private readonly levels: Levels,
    private readonly write: (bucket: string, lines: readonly string[]) => Promise<void>,
  ) {}

  /** Moves some; to be called again until none are left. @returns how many single samples were moved, and whether there may be more */
  async some(request: Reassign): Promise<{ readonly samples: number; readonly isMore: boolean }> {
    const { raw, minute, hour } = this.levels;
    const samples = await this.atLevel(request, raw);
    const minutes = await this.atLevel(request, minute);
    const hours = await this.atLevel(request, hour);
    return { samples, isMore: samples + minutes + hours > 0 };
  }

  private async atLevel(request: Reassign, { bucket }: Level): Promise<number> {
    const [from, to] = placesOf(request);
    const { deviceId, fromMs, toMs, metrics } = request;
    const filter = metricFilter(metrics);
    const source = samplesOf(bucket, rangeOf(fromMs, toMs), { bed: from, device: deviceId });
    const points = new Map<string, MovedPoint>();
    await this.server.query(`${source}${filter} |> limit(n: ${POINTS_AT_ONCE})`, (row) => note(points, row));
    if (points.size === 0) return 0;
    const lines = [...points.values()].map(({ metric, quality, atMs, fields }) =>
      line(OBSERVATION, { bed: to, device: deviceId, metric, quality }, fields, atMs),
    );
    await this.write(bucket, lines);
    for (const { metric, quality, ...range } of stretches(points.values())) {
      const tags = { bed: from, device: deviceId, metric, quality };
      const predicate = Object.entries(tags).map(([name, value]) => `${name}=${quoted(value)}`);
      await this.server.remove(bucket, [`_measurement="${OBSERVATION}"`, ...predicate].join(' AND '), range);
    }
    return points.size;
  }
}

function metricFilter(metrics: readonly MetricName[] | undefined): string {
  if (metrics === undefined) return '';
  const any = metrics.map((metric) => `r.metric == ${quoted(metric)}`);
  return ` |> filter(fn: (r) => ${any.length === 0 ? 'false' : any.join(' or ')})`;
}

function note(points: Map<string, MovedPoint>, row: Row): void {
  const [metric, quality, atMs] = [row['metric'] as string, row['quality'] as string, row['_time'] as number];
  const field = [row['_field'] as string, row['_value'] as FieldValue] as const;
  const name = `${metric}|${quality}|${atMs}`;
  const known = points.get(name);
  if (known === undefined) points.set(name, { metric, quality, atMs, fields: [field] });
  else known.fields.push(field);
}

interface MovedStretch {
  readonly metric: string;
  readonly quality: string;
  fromMs: number;
  toMs: number;
}

/** Per series from the first to the last point that was read; every point of the series in between was read too. */
function stretches(points: Iterable<MovedPoint>): Iterable<MovedStretch> {
  const found = new Map<string, MovedStretch>();
  for (const { metric, quality, atMs } of points) {
    const known = found.get(`${metric}|${quality}`);
    if (known === undefined) found.set(`${metric}|${quality}`, { metric, quality, fromMs: atMs, toMs: atMs });
    else {
      known.fromMs = Math.min(known.fromMs, atMs);
      known.toMs = Math.max(known.toMs, atMs);
    }
  }
  return found.values();
}
