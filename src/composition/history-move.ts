import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import { z } from 'zod';
import { deviceHash } from '../adapters/history-sqlite/chunk.js';
import type { SeriesName } from '../adapters/history-sqlite/chunk-table.js';
import { WholeHistory, type WholeHour } from '../adapters/history-sqlite/whole-history.js';
import type { InfluxObservationStore } from '../adapters/influx/influx-store.js';
import type { TakenOver } from '../adapters/influx/take-over.js';
import type { ObservationStore } from '../ports/observation-store.js';

export interface HistoryMove {
  readonly file: string;
  /** Where the place of the move is kept between two runs. */
  readonly progressFile: string;
  readonly to: Pick<InfluxObservationStore, 'takeOver' | 'write' | 'readThrough' | 'counts'>;
  /** The store on the file, for what it counts. */
  readonly from: Pick<ObservationStore, 'counts'>;
  /** Every device that the site knows. */
  readonly devices: readonly DeviceId[];
  /** Names the destination: progress towards another one does not count. */
  readonly destination: string;
  readonly progress: (line: string) => void;
}

export interface Moved {
  readonly samples: number;
  readonly means: number;
  /** Samples of devices that the site does not know any more; their device is named by its hash. */
  readonly ofUnknownDevices: number;
  /** Beds of which the destination has fewer samples than the file, with both counts. */
  readonly fewer: readonly { readonly bed: string; readonly inFile: number; readonly there: number }[];
}

const Progress = z.object({
  destination: z.string(),
  done: z.array(z.string()),
  /** The series that is being moved, up to and with this hour. */
  at: z.object({ series: z.string(), hour: z.number() }).nullable().default(null),
});
const SAMPLES_AT_ONCE = 20_000;
const GAPS_AT_ONCE = 500;
const LATEST_MS = 2 ** 52;
const isBed = (bed: string): boolean => !bed.includes(':');

/**
 * Brings what the file has to InfluxDB: samples, means of what was let go, gaps, and where the log was read to where InfluxDB knows no
 * place yet. Series by series and hour by hour; what is done is not taken again by the next run, and what is written twice is there
 * once. Afterwards the samples of each bed are counted on both sides; the next run takes all again of a bed that has fewer there.
 *
 * @throws PlatformError when the destination is away: run it again
 */
export async function moveHistory(move: HistoryMove): Promise<Moved> {
  const whole = new WholeHistory(move.file);
  const names = new Map(move.devices.map((deviceId) => [deviceHash(deviceId), deviceId as string]));
  const { done, at } = readProgress(move);
  const moved = { samples: 0, means: 0, ofUnknownDevices: 0 };
  try {
    const all = whole.series();
    for (const [n, series] of all.entries()) {
      const name = seriesName(series);
      if (done.has(name)) continue;
      const place = {
        after: at?.series === name ? at.hour : -Infinity,
        reached: (hour: number) => saveProgress(move, done, { series: name, hour }),
      };
      const of = await moveSeries(move, whole, series, { names, ...place });
      moved.samples += of.samples;
      moved.means += of.means;
      moved.ofUnknownDevices += of.ofUnknownDevices;
      done.add(name);
      saveProgress(move, done, null);
      move.progress(`${n + 1} of ${all.length} series: ${series.bed} ${series.metric}, ${of.samples} samples, ${of.means} means`);
    }
    await moveGaps(move, whole);
    for (const [partition, offset] of whole.positions()) {
      if ((await move.to.readThrough(partition)) === null) await move.to.write(partition, { samples: [] }, offset);
    }
    const beds = [...new Set(all.map(({ bed }) => bed))].filter(isBed);
    const fewer = await compare(move, beds);
    const lacking = new Set(fewer.map(({ bed }) => bed));
    for (const series of all) if (lacking.has(series.bed)) done.delete(seriesName(series));
    if (lacking.size > 0) saveProgress(move, done, null);
    return { ...moved, fewer };
  } finally {
    whole.close();
  }
}

interface SeriesPlace {
  readonly names: ReadonlyMap<number, string>;
  /** Hours up to and with this one are there. */
  readonly after: number;
  /** Told how far it is there. */
  readonly reached: (hour: number) => void;
}

async function moveSeries(
  { to }: HistoryMove,
  whole: WholeHistory,
  series: SeriesName,
  { names, after, reached }: SeriesPlace,
): Promise<Omit<Moved, 'fewer'>> {
  const moved = { samples: 0, means: 0, ofUnknownDevices: 0 };
  let waiting: WholeHour[] = [];
  let samples = 0;
  const flush = async (): Promise<void> => {
    const last = waiting.at(-1);
    if (last === undefined) return;
    await to.takeOver(takenOver(series, waiting, names));
    reached(last.hour);
    [waiting, samples] = [[], 0];
  };
  for (const hour of whole.hours(series)) {
    if (hour.hour <= after) continue;
    waiting.push(hour);
    samples += hour.samples.length + hour.minutes.length + hour.hours.length;
    moved.samples += hour.samples.length;
    moved.means += hour.minutes.length + hour.hours.length;
    moved.ofUnknownDevices += hour.samples.filter(({ device }) => !names.has(device)).length;
    if (samples >= SAMPLES_AT_ONCE) await flush();
  }
  await flush();
  return moved;
}

function takenOver({ bed, metric }: SeriesName, hours: readonly WholeHour[], names: ReadonlyMap<number, string>): TakenOver {
  const nobodys = isBed(bed) ? null : bed.slice(bed.indexOf(':') + 1);
  const nameOf = (hash: number): string => nobodys ?? names.get(hash) ?? `unknown-${hash.toString(16)}`;
  return {
    samples: hours.flatMap(({ samples }) =>
      samples.map(({ device, ...sample }) => ({ ...sample, bed, metric: metric as MetricName, deviceId: nameOf(device) })),
    ),
    minutes: hours.flatMap(({ minutes }) => minutes.map((mean) => ({ ...mean, bed, metric, device: nameOf(mean.device) }))),
    hours: hours.flatMap(({ hours: means }) => means.map((mean) => ({ ...mean, bed, metric, device: nameOf(mean.device) }))),
  };
}

async function moveGaps({ to }: HistoryMove, whole: WholeHistory): Promise<void> {
  const { gaps, filled } = whole.gaps();
  for (let at = 0; at < filled.length; at += GAPS_AT_ONCE) {
    await to.write(0, { samples: [], filled: filled.slice(at, at + GAPS_AT_ONCE) }, null);
  }
  for (let at = 0; at < gaps.length; at += GAPS_AT_ONCE) {
    await to.write(0, { samples: [], gaps: gaps.slice(at, at + GAPS_AT_ONCE) }, null);
  }
}

async function compare({ from, to, progress }: HistoryMove, beds: readonly string[]): Promise<Moved['fewer']> {
  const fewer: { bed: string; inFile: number; there: number }[] = [];
  for (const bed of beds) {
    const range = { bedId: bed as BedId, fromMs: 0, toMs: LATEST_MS, devices: [] };
    const count = async (store: Pick<ObservationStore, 'counts'>): Promise<number> =>
      (await store.counts(range)).reduce((sum, each) => sum + each.count, 0);
    const [inFile, there] = [await count(from), await count(to)];
    progress(`${bed}: ${inFile} samples in the file, ${there} in InfluxDB`);
    if (there < inFile) fewer.push({ bed, inFile, there });
  }
  return fewer;
}

const seriesName = ({ bed, metric }: SeriesName): string => `${bed}|${metric}`;

type At = z.infer<typeof Progress>['at'];

function readProgress({ progressFile, destination }: HistoryMove): { readonly done: Set<string>; readonly at: At } {
  const nothing = { done: new Set<string>(), at: null };
  if (!existsSync(progressFile)) return nothing;
  const read = Progress.safeParse(jsonOf(readFileSync(progressFile, 'utf8')));
  if (!read.success || read.data.destination !== destination) return nothing;
  return { done: new Set(read.data.done), at: read.data.at };
}

/** What a power cut left of it is no progress: what is moved twice is there once. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function saveProgress({ progressFile, destination }: HistoryMove, done: ReadonlySet<string>, at: At): void {
  const next = `${progressFile}.next`;
  writeFileSync(next, JSON.stringify({ destination, done: [...done], at }), { mode: 0o600 });
  renameSync(next, progressFile);
}
