import { type BedId, type DeviceId, METRIC_NAMES, type MetricName, type Quality } from '@vigil/contracts';
import type {
  CountRange,
  HistoryRange,
  LatestSample,
  SampleCount,
  SampleRange,
  StoredPoint,
  StoredSample,
} from '../../ports/observation-store.js';
import { Buckets, type Stat } from '../history-sqlite/buckets.js';
import { type InfluxServer, rangeOf, type Row } from './influx-server.js';
import { type Level, type Levels, type Piece, piecesOf } from './levels.js';
import { NOBODYS, OBSERVATION, quoted } from './lines.js';
import { AGGREGATES } from './tasks.js';

/** The points of a bed, in Flux. */
export function samplesOf(bucket: string, range: string, filters: Readonly<Record<string, string>>): string {
  const parts = Object.entries(filters).map(([name, value]) => `r.${name} == ${quoted(value)}`);
  const filter = [`r._measurement == "${OBSERVATION}"`, ...parts].join(' and ');
  return `from(bucket: ${quoted(bucket)}) |> ${range} |> filter(fn: (r) => ${filter})`;
}

/**
 * What is used of a row; all else is said again in each, and is most of an answer. Behind the aggregate, which the server then still
 * makes where the samples lie; before it, it would read each of them first.
 */
const OF_A_ROW = 'keep(columns: ["_time", "_value", "quality"])';

type Found = readonly (readonly [atMs: number, stat: Stat])[];

/** The questions of the port, in Flux. @throws InfluxOutage */
export class InfluxReads {
  constructor(
    private readonly server: InfluxServer,
    private readonly levels: Levels,
  ) {}

  /** @param wallMs which levels still have what was asked for */
  async read(range: HistoryRange, wallMs: number): Promise<readonly StoredPoint[]> {
    const buckets = new Buckets(range);
    for (const piece of piecesOf(this.levels, range.fromMs, range.toMs, wallMs)) {
      const isSingle = range.everyMs === 0 && piece.level.widthMs === 0;
      const found = isSingle ? await this.singles(range, piece) : await this.windows(range, piece);
      for (const [atMs, stat] of found) {
        if (!buckets.add(atMs, stat)) return buckets.points;
      }
    }
    return buckets.points;
  }

  /** The newest of each series is asked for; the newest of those of a metric counts. */
  async latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]> {
    const newest = new Map<string, LatestSample>();
    const source = samplesOf(this.levels.raw.bucket, rangeOf(sinceMs, null), { bed: bedId, _field: 'value' });
    await this.server.query(`${source} |> last()`, (row) => {
      const sample = sampleOf(row);
      const known = newest.get(sample.metric);
      if (known === undefined || known.atMs < sample.atMs) newest.set(sample.metric, sample);
    });
    return [...newest.values()].sort(byMetric);
  }

  async samples({ bedId, fromMs, toMs, devices, limit }: SampleRange): Promise<readonly StoredSample[]> {
    const known: ReadonlySet<string> = new Set(devices);
    const found = new Map<MetricName, StoredSample[]>();
    const source = samplesOf(this.levels.raw.bucket, rangeOf(fromMs, toMs), { bed: bedId, _field: 'value' });
    await this.server.query(`${source} |> limit(n: ${limit})`, (row) => {
      const device = row['device'] as DeviceId;
      const sample = { ...sampleOf(row), deviceId: known.has(device) ? device : null };
      const there = found.get(sample.metric);
      if (there === undefined) found.set(sample.metric, [sample]);
      else there.push(sample);
    });
    const metrics = [...found.keys()].sort();
    return metrics.flatMap((metric) =>
      found
        .get(metric)!
        .sort((a, b) => a.atMs - b.atMs)
        .slice(0, limit),
    );
  }

  async counts({ bedId, fromMs, toMs, devices }: CountRange, wallMs: number): Promise<readonly SampleCount[]> {
    const known: ReadonlySet<string> = new Set(devices);
    const found = new Map<string, { metric: MetricName; deviceId: DeviceId | null; count: number; questionable: number }>();
    for (const piece of piecesOf(this.levels, fromMs, toMs, wallMs).map(whole)) {
      if (piece.toMs <= piece.fromMs) continue;
      const isRaw = piece.level.widthMs === 0;
      const filters = { bed: bedId, _field: isRaw ? 'value' : 'count' };
      const source = samplesOf(piece.level.bucket, rangeOf(piece.fromMs, piece.toMs), filters);
      await this.server.query(`${source} |> ${isRaw ? 'count()' : 'sum()'}`, (row) => {
        const [metric, device] = [row['metric'] as MetricName, row['device'] as DeviceId];
        const deviceId = known.has(device) ? device : null;
        const name = `${metric}|${deviceId ?? ''}`;
        const there = found.get(name) ?? { metric, deviceId, count: 0, questionable: 0 };
        there.count += row['_value'] as number;
        if (row['quality'] !== 'valid') there.questionable += row['_value'] as number;
        found.set(name, there);
      });
    }
    return [...found.values()].sort((a, b) => byMetric(a, b) || byDevice(a.deviceId, b.deviceId));
  }

  async detached(): Promise<readonly DeviceId[]> {
    const source = samplesOf(this.levels.raw.bucket, rangeOf(0, null), { _field: 'value' });
    const flux = `${source} |> filter(fn: (r) => r.bed =~ /^${NOBODYS}/) |> first() |> group() |> distinct(column: "device")`;
    return (await this.server.rows(flux)).map((row) => row['_value'] as DeviceId).sort();
  }

  private async singles({ bedId, metric, limit }: HistoryRange, { level, fromMs, toMs }: Piece): Promise<Found> {
    const source = samplesOf(level.bucket, rangeOf(fromMs, toMs), { bed: bedId, metric, _field: 'value' });
    const found: (readonly [number, Stat])[] = [];
    // One more than may be told: the caller sees that there is more.
    await this.server.query(`${source} |> limit(n: ${limit + 1}) |> ${OF_A_ROW}`, (row) => {
      const value = row['_value'] as number;
      const questionable = row['quality'] === 'valid' ? 0 : 1;
      found.push([row['_time'] as number, { count: 1, questionable, min: value, max: value, sum: value }]);
    });
    return found.sort(([a], [b]) => a - b);
  }

  /** Aggregated where the samples lie: one pipeline for each of sum, count, min and max, of which the windows are put together here. */
  private async windows({ bedId, metric, fromMs, everyMs }: HistoryRange, piece: Piece): Promise<Found> {
    const { level } = piece;
    const within = whole(piece);
    if (within.toMs <= within.fromMs) return [];
    const isRaw = level.widthMs === 0;
    const widthMs = Math.max(everyMs, level.widthMs);
    const offsetMs = everyMs > level.widthMs ? fromMs % widthMs : 0;
    const range = rangeOf(within.fromMs, within.toMs);
    const flux = AGGREGATES.map(({ field, ofRaw, ofLevel }) => {
      const source = samplesOf(level.bucket, range, { bed: bedId, metric, _field: isRaw ? 'value' : field });
      const fn = isRaw ? ofRaw : ofLevel;
      const window = `every: ${widthMs}ms, offset: ${offsetMs}ms, fn: ${fn}, createEmpty: false, timeSrc: "_start"`;
      return `${source} |> aggregateWindow(${window}) |> ${OF_A_ROW} |> yield(name: "${field}")`;
    });
    const found = new Map<number, MutableStat>();
    // The server cuts the first window where the range begins.
    const startOf = (atMs: number): number => Math.floor((atMs - offsetMs) / widthMs) * widthMs + offsetMs;
    await this.server.query(flux.join('\n'), (row) => addTo(found, startOf(row['_time'] as number), row));
    return [...found].sort(([a], [b]) => a - b);
  }
}

interface MutableStat {
  count: number;
  questionable: number;
  min: number;
  max: number;
  sum: number;
}

/** A window of a coarse level counts only where it lies whole in the range: the rest may be of another patient. */
function whole(piece: Piece): Piece {
  const { widthMs }: Level = piece.level;
  if (widthMs === 0) return piece;
  const fromMs = Math.ceil(piece.fromMs / widthMs) * widthMs;
  return { ...piece, fromMs, toMs: Math.floor(piece.toMs / widthMs) * widthMs };
}

function addTo(found: Map<number, MutableStat>, atMs: number, row: Row): void {
  const value = row['_value'] as number;
  let stat = found.get(atMs);
  if (stat === undefined) found.set(atMs, (stat = { count: 0, questionable: 0, min: Infinity, max: -Infinity, sum: 0 }));
  switch (row['result']) {
    case 'sum':
      stat.sum += value;
      return;
    case 'count':
      stat.count += value;
      if (row['quality'] !== 'valid') stat.questionable += value;
      return;
    case 'min':
      stat.min = Math.min(stat.min, value);
      return;
    case 'max':
      stat.max = Math.max(stat.max, value);
      return;
    default:
      return;
  }
}

function sampleOf(row: Row): LatestSample {
  const [metric, quality] = [row['metric'] as MetricName, row['quality'] as Quality];
  return { metric, atMs: row['_time'] as number, value: row['_value'] as number, quality };
}

const byMetric = (a: { metric: MetricName }, b: { metric: MetricName }): number =>
  METRIC_NAMES.indexOf(a.metric) - METRIC_NAMES.indexOf(b.metric);

/** What nobody named brought comes last. */
function byDevice(a: DeviceId | null, b: DeviceId | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : 1;
}
