import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import type { RefusedReason } from '../../ports/history-health.js';
import type { HistorySample } from '../../ports/observation-store.js';
import { BatchRefused, InfluxOutage } from './influx-error.js';
import { sampleLine } from './lines.js';

/** Samples that the server will not take, with why. Names only: a value has no place in a log line. */
export interface Refused {
  readonly reason: RefusedReason;
  readonly samples: readonly HistorySample[];
}

/** One of them by name, for the log. */
export interface RefusedName {
  readonly bedId: BedId;
  readonly deviceId: DeviceId | string;
  readonly metric: MetricName;
  readonly atMs: number;
}

export const nameOf = ({ bedId, deviceId, metric, atMs }: HistorySample): RefusedName => ({ bedId, deviceId, metric, atMs });

/** Requests that one refused batch may cost until it is known what is wrong with it. */
const ASKS_MAX = 64;

/**
 * Writes samples so that those which the server refuses keep no others from being stored: a refused batch is cut in two until what
 * is wrong is alone, or the batch was refused whole. A server that dropped some has stored the others; written again they are the same.
 *
 * @returns those that were refused; all others are stored
 * @throws InfluxOutage: some may be stored, and all are written again later
 */
export async function writeWithout(
  write: (lines: string) => Promise<void>,
  samples: readonly HistorySample[],
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  let asks = 0;
  const store = async (some: readonly HistorySample[]): Promise<void> => {
    if (some.length === 0) return;
    asks += 1;
    try {
      await write(some.map(sampleLine).join('\n'));
    } catch (error) {
      if (!(error instanceof BatchRefused)) throw error;
      if (error.reason === 'too-large' && some.length === 1) throw new InfluxOutage('influx-refuses-batches', 0);
      if (isAll(error, some.length) || (asks >= ASKS_MAX && error.dropped !== null)) {
        refused.push({ reason: error.reason, samples: some });
        return;
      }
      const half = some.length >> 1;
      await store(some.slice(0, half));
      await store(some.slice(half));
    }
  };
  const sound = samples.filter(({ value }) => Number.isFinite(value));
  if (sound.length < samples.length) {
    refused.push({ reason: 'not-parsed', samples: samples.filter(({ value }) => !Number.isFinite(value)) });
  }
  await store(sound);
  return refused;
}

const isAll = ({ dropped, reason }: BatchRefused, count: number): boolean =>
  reason !== 'too-large' && (count === 1 || dropped === count);
