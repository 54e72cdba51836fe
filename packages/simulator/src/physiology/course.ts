import { metricRow, type MetricName, type Reading } from '@vigil/contracts';
import { prng, smooth } from './random.js';
import { type Condition, person, type Person, type Vital, vitalsOf } from './vitals.js';

/** From `atMs` on the patient has these values; on the way there from the point before that names the same one. */
export interface CoursePoint extends Partial<Condition> {
  readonly atMs: number;
}

/** What is wrong with a sensor for a while. Half open: [fromMs, toMs). */
export interface SensorFault {
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * `probeOff`: the finger probe sends no value, and says so; `leadsOff`: so do the electrodes. `motion`: the probe sends low values
   * and says that they are artefacts. `zero`: heart and pulse rate are 0 where there is none, and said to be valid. `missing`: what
   * is named sends nothing at all.
   */
  readonly kind: 'probeOff' | 'leadsOff' | 'motion' | 'zero' | 'missing';
  /** For `missing`: which ones; for the others they are given by the kind. */
  readonly vitals?: readonly Vital[];
}

export interface CourseOptions {
  readonly seed: number;
  readonly bedId: string;
  /** What the monitor measures. */
  readonly vitals: readonly Vital[];
  /** What of the person is not drawn from the seed: children have other values. */
  readonly usual?: Partial<Person>;
  /** In order of time. */
  readonly course: readonly CoursePoint[];
  readonly faults?: readonly SensorFault[];
  /** As in `MonitorOptions`; a metric that comes less often than once a second comes first at 0. */
  readonly intervalsMs?: Partial<Record<MetricName, number>>;
}

const PROBE: readonly Vital[] = ['spo2', 'pulseRate'];
const ELECTRODES: readonly Vital[] = ['heartRate', 'respirationRate'];
/** How far below the truth a probe reads that is shaken. */
const MOTION_FALLS = { spo2: 22, pulseRate: 12 } as const;

/**
 * A monitor beside a patient whose illness takes a written course: what it sends at `elapsedMs`, once a second; null where no
 * reading is due. Pure; the same options give the same readings on every machine.
 */
export function courseMonitor(options: CourseOptions): (elapsedMs: number) => readonly Reading[] | null {
  const random = prng(options.seed, options.bedId);
  const usual: Person = { ...person(random), ...options.usual };
  const faults = options.faults ?? [];
  return (elapsedMs) => {
    const values = vitalsOf(random, usual, conditionAt(options.course, usual, elapsedMs), elapsedMs);
    const now = faults.filter((fault) => elapsedMs >= fault.fromMs && elapsedMs < fault.toMs);
    const readings = options.vitals
      .filter((vital) => elapsedMs % (options.intervalsMs?.[vital] ?? metricRow(vital).nominalIntervalMs) < 1_000)
      .map((vital) => ({ metric: vital, value: values[vital], unit: metricRow(vital).unit, quality: 'valid' as const }))
      .flatMap((reading) => now.reduce<readonly Reading[]>((kept, fault) => kept.flatMap((r) => spoilt(r, fault)), [reading]));
    return readings.length === 0 ? null : readings;
  };
}

/** The condition at a moment: each value on its way from the last point that names it to the next. */
export function conditionAt(course: readonly CoursePoint[], usual: Person, elapsedMs: number): Condition {
  const now: Record<string, number> = { ...usual };
  for (const name of ['heartRate', 'respirationRate', 'spo2', 'temperature', 'systolic', 'diastolic', 'etco2'] as const) {
    const points = course.filter((point) => point[name] !== undefined);
    const before = points.findLast((point) => point.atMs <= elapsedMs);
    const next = points.find((point) => point.atMs > elapsedMs);
    const from = before?.[name] ?? now[name] ?? next?.[name];
    if (from === undefined) continue;
    const fromMs = before?.atMs ?? 0;
    now[name] = next === undefined ? from : from + (next[name]! - from) * smooth((elapsedMs - fromMs) / (next.atMs - fromMs));
  }
  return now as unknown as Condition;
}

function spoilt(reading: Reading, fault: SensorFault): readonly Reading[] {
  const metric = reading.metric as Vital;
  const isProbe = PROBE.includes(metric);
  const isElectrode = ELECTRODES.includes(metric);
  switch (fault.kind) {
    case 'missing':
      return fault.vitals?.includes(metric) === true ? [] : [reading];
    case 'probeOff':
      return [isProbe ? { ...reading, value: null, quality: 'leadsOff' } : reading];
    case 'leadsOff':
      return [isElectrode ? { ...reading, value: null, quality: 'leadsOff' } : reading];
    case 'zero':
      return [metric === 'heartRate' || metric === 'pulseRate' ? { ...reading, value: 0 } : reading];
    case 'motion': {
      if (metric !== 'spo2' && metric !== 'pulseRate') return [reading];
      return [{ ...reading, value: Number(reading.value) - MOTION_FALLS[metric], quality: 'artefact' }];
    }
  }
}
