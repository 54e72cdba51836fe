import type { MetricName } from '@vigil/contracts';

/** Parameter colours by metric, as the tiles have them. */
const COLOURS: Readonly<Partial<Record<MetricName, string>>> = {
  heartRate: '--ecg',
  pulseRate: '--spo2',
  spo2: '--spo2',
  respirationRate: '--resp',
  temperature: '--temp',
  nibpSystolic: '--nibp',
  nibpDiastolic: '--nibp',
  nibpMean: '--nibp',
  arterialSystolic: '--art',
  arterialDiastolic: '--art',
  arterialMean: '--art',
};

/** The token of the theme. */
export const colourOf = (metric: MetricName): string => COLOURS[metric] ?? '--soft';
