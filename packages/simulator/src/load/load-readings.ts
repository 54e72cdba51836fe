import { metricRow, type MetricName, type Reading } from '@vigil/contracts';

/** So many different messages are sent in turn; enough that no store can take a constant for granted. */
export const VARIANTS = 16;

/** Well inside the plausible range and inside usual alarm limits. */
const MIDDLE: Partial<Record<MetricName, number>> = {
  heartRate: 74,
  pulseRate: 74,
  spo2: 96,
  respirationRate: 15,
  temperature: 36.8,
  nibpSystolic: 120,
  nibpDiastolic: 72,
  nibpMean: 88,
  arterialSystolic: 121,
  arterialDiastolic: 71,
  arterialMean: 87,
  etco2: 38,
  oxygenFlow: 2,
  inspiredOxygen: 30,
};

/** The readings of the message with that `seq`: a checker computes them again instead of keeping them. */
export function loadReadings(metrics: readonly MetricName[], seq: number): readonly Reading[] {
  const step = seq % VARIANTS;
  return metrics.map((metric, i) => {
    const row = metricRow(metric);
    if (row.kind === 'coded') return { metric, value: row.codes[0] ?? null, unit: row.unit, quality: 'valid' };
    const tenths = Math.round((MIDDLE[metric] ?? 50) * 10) + ((step * 7 + i * 3) % VARIANTS);
    return { metric, value: tenths / 10, unit: row.unit, quality: 'valid' };
  });
}
