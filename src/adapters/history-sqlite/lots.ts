import type { HistorySample } from '../../ports/observation-store.js';

/**
 * Samples that are stored at once, about: some 10 ms, in which the process does nothing else. A partition of 600 beds has 24,000
 * after five seconds, and alarms would wait for all of them.
 */
export const LOT_SAMPLES = 2_000;

/** The samples of a bed stay together and in their order, because each series costs a page however few of its samples come. */
export function inLots(samples: readonly HistorySample[], lotSamples = LOT_SAMPLES): readonly (readonly HistorySample[])[] {
  if (samples.length <= lotSamples) return [samples];
  const byBed = new Map<string, HistorySample[]>();
  for (const sample of samples) {
    const known = byBed.get(sample.bedId);
    if (known === undefined) byBed.set(sample.bedId, [sample]);
    else known.push(sample);
  }
  const lots: HistorySample[][] = [];
  let lot: HistorySample[] = [];
  for (const ofBed of byBed.values()) {
    for (const sample of ofBed) lot.push(sample);
    if (lot.length < lotSamples) continue;
    lots.push(lot);
    lot = [];
  }
  return lot.length > 0 ? [...lots, lot] : lots;
}
