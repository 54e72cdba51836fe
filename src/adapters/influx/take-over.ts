import type { BedId, MetricName, Quality } from '@vigil/contracts';
import type { HistorySample } from '../../ports/observation-store.js';
import { line, OBSERVATION } from './lines.js';

/** What samples of one device come to from `atMs` on, in a minute or an hour. */
export interface Mean {
  readonly bed: string;
  readonly device: string;
  readonly metric: string;
  readonly atMs: number;
  readonly count: number;
  readonly questionable: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** History of another store, of some time. `bed` of a sample is a bed, or `device:<id>`. */
export interface TakenOver {
  readonly samples: readonly (Omit<HistorySample, 'bedId'> & { readonly bed: string })[];
  readonly minutes: readonly Mean[];
  readonly hours: readonly Mean[];
}

/** As samples of the port; a place that is nobody's goes through as it is. */
export function samplesOfOthers(samples: TakenOver['samples']): readonly HistorySample[] {
  return samples.map(({ bed, ...sample }) => ({ ...sample, bedId: bed as BedId, metric: sample.metric as MetricName }));
}

/** The points of a mean: one for each quality, whose counts are told and whose share of the sum is by count. */
export function meanLines(mean: Mean): readonly string[] {
  const { bed, device, metric, atMs, count, questionable, min, max, sum } = mean;
  const of = (quality: Quality, part: number): string[] =>
    part === 0
      ? []
      : [
          line(
            OBSERVATION,
            { bed, device, metric, quality },
            [
              ['sum', (sum * part) / count],
              ['count', part],
              ['min', min],
              ['max', max],
            ],
            atMs,
          ),
        ];
  return [...of('valid', count - questionable), ...of('questionable', questionable)];
}
