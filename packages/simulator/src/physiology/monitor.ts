import { metricRow, type MetricName, type Reading } from '@vigil/contracts';
import { prng } from './random.js';
import { eventAt, type Scenario } from './script.js';
import { person, type Vital, vitalsAt } from './vitals.js';

/** How often the simulated monitor sends a message. */
export const MONITOR_INTERVAL_MS = 1_000;
/** The first cuff measurement comes this soon, so that a new demo does not show an empty field for 15 minutes. */
const FIRST_CUFF_MS = 20_000;

const ALWAYS: readonly Vital[] = ['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'temperature'];
const CUFF: readonly Vital[] = ['nibpSystolic', 'nibpDiastolic', 'nibpMean'];
const ARTERIAL: readonly Vital[] = ['arterialSystolic', 'arterialDiastolic', 'arterialMean'];
/** What a finger probe measures: gone when the probe is off. */
const PROBE: ReadonlySet<Vital> = new Set<Vital>(['spo2', 'pulseRate']);

export interface MonitorOptions {
  readonly seed: number;
  readonly bedId: string;
  /** Position of the bed at the site, from 0: every third has an arterial line, every fourth etCO2. */
  readonly bedIndex: number;
  readonly scenario: Scenario;
  readonly rate: number;
  /** From the device's profile, ms of event time; a metric left out has its nominal interval. */
  readonly intervalsMs: Partial<Record<MetricName, number>>;
}

/** The readings of the message that falls due at `elapsedMs`, or null while the device is silent. */
export type Monitor = (elapsedMs: number) => readonly Reading[] | null;

/**
 * One simulated bedside monitor: what it would send at each multiple of `MONITOR_INTERVAL_MS` since the start.
 * Pure, so a test or a second machine gets the same readings from the same options.
 */
export function monitor(options: MonitorOptions): Monitor {
  const random = prng(options.seed, options.bedId);
  const usual = person(random);
  const vitals: readonly Vital[] = [
    ...ALWAYS,
    ...CUFF,
    ...(options.bedIndex % 3 === 0 ? ARTERIAL : []),
    ...(options.bedIndex % 4 === 3 ? (['etco2'] as const) : []),
  ];
  return (elapsedMs) => {
    const event = eventAt({ ...options, elapsedMs });
    if (event?.kind === 'silent') return null;
    const values = vitalsAt(random, usual, elapsedMs, event);
    return vitals
      .filter((vital) => isDue(vital, elapsedMs, options))
      .map((vital) => {
        const off = event?.kind === 'probeOff' && PROBE.has(vital);
        return {
          metric: vital,
          value: off ? null : values[vital],
          unit: metricRow(vital).unit,
          quality: off ? 'leadsOff' : 'valid',
        };
      });
  };
}

function isDue(vital: Vital, elapsedMs: number, { intervalsMs, bedIndex }: MonitorOptions): boolean {
  const intervalMs = intervalsMs[vital] ?? metricRow(vital).nominalIntervalMs;
  if (intervalMs <= MONITOR_INTERVAL_MS) return true;
  const firstMs = CUFF.includes(vital) ? FIRST_CUFF_MS + (bedIndex % 8) * 5_000 : 0;
  const sinceMs = elapsedMs - firstMs;
  return sinceMs >= 0 && sinceMs % intervalMs < MONITOR_INTERVAL_MS;
}
