import type { LimitRule, MetricName, NoDataRule, Priority, Rule, RuleSet } from '@vigil/contracts';

/** Adult limits only. Each row of docs/clinical.md, "Alarm limits", keeps the tag of its source: [V] seen, [M] to be checked. */
const CONTEC = 'Contec CMS8000 manual p. 88, adult [V]';
const MINDRAY_TM80 = 'Mindray TM80 manual, adult [V]';
const MINDRAY_TM70 = 'Mindray TM70 manual, desaturation limit [V]';
const CINC = 'PhysioNet/CinC Challenge 2015, definitions of extreme bradycardia (< 40) and extreme tachycardia (> 140) [V]';
const LIFEPAK = 'LIFEPAK 15 manual A-14, default limits [V]';
const COMMON = 'common adult default, docs/clinical.md (f) [M], not checked against a source';
const EARLY = 'reference query of this project (README); not a clinical standard';
const LOSS = 'technical; docs/clinical.md, "No data"';

interface Side {
  readonly metric: MetricName;
  readonly side: 'low' | 'high';
  readonly limit: number;
  readonly hysteresis: number;
  readonly onDelayMs: number;
  readonly priority: Priority;
  readonly source: string;
  /** Told apart where one side of a metric has two limits. */
  readonly id?: string;
}

const OFF_DELAY_MS = 5_000;
/** Delaying SpO2 by 15 s takes away most alarms of short dips (docs/clinical.md, "Alarm fatigue"). */
const SPO2_DELAY_MS = 15_000;
const RATE_DELAY_MS = 10_000;
/** A cuff or a spot temperature measures once in minutes: its one reading decides. */
const SPOT_DELAY_MS = 0;

function limit({ id, ...side }: Side): LimitRule {
  const offDelayMs = side.onDelayMs === SPOT_DELAY_MS ? 0 : OFF_DELAY_MS;
  return { kind: 'limit', id: id ?? `${side.metric}.${side.side}`, offDelayMs, ...side };
}

/** A low and a high limit that have everything else in common. */
function band(metric: MetricName, low: number, high: number, rest: Omit<Side, 'metric' | 'side' | 'limit' | 'id'>): LimitRule[] {
  return [limit({ metric, side: 'low', limit: low, ...rest }), limit({ metric, side: 'high', limit: high, ...rest })];
}

function pressure(kind: 'nibp' | 'arterial', onDelayMs: number): LimitRule[] {
  const rest = { hysteresis: 2, onDelayMs, source: MINDRAY_TM80 };
  return [
    ...band(`${kind}Systolic`, 90, 160, { ...rest, priority: 'medium' }),
    ...band(`${kind}Diastolic`, 50, 90, { ...rest, priority: 'low' }),
    ...band(`${kind}Mean`, 60, 110, { ...rest, priority: 'medium' }),
  ];
}

/** Three expected intervals without a reading, and at least 10 s of wall time, so that transport is not taken for silence. */
function noData(metric: MetricName | 'any', priority: Priority): NoDataRule {
  return { kind: 'noData', id: `${metric}.noData`, metric, intervals: 3, transportMs: 10_000, priority, source: LOSS };
}

const RULES: readonly Rule[] = [
  ...band('heartRate', 50, 120, { hysteresis: 2, onDelayMs: RATE_DELAY_MS, priority: 'medium', source: CONTEC }),
  limit({
    ...{ id: 'heartRate.extreme-low', metric: 'heartRate', side: 'low', limit: 40, hysteresis: 2, onDelayMs: RATE_DELAY_MS },
    ...{ priority: 'high', source: CINC },
  }),
  limit({
    ...{ id: 'heartRate.extreme-high', metric: 'heartRate', side: 'high', limit: 140, hysteresis: 2, onDelayMs: RATE_DELAY_MS },
    ...{ priority: 'high', source: CINC },
  }),
  limit({
    ...{ metric: 'spo2', side: 'low', limit: 90, hysteresis: 1, onDelayMs: SPO2_DELAY_MS },
    ...{ priority: 'medium', source: CONTEC },
  }),
  limit({
    ...{ id: 'spo2.desaturation', metric: 'spo2', side: 'low', limit: 80, hysteresis: 2, onDelayMs: RATE_DELAY_MS },
    ...{ priority: 'high', source: MINDRAY_TM70 },
  }),
  ...band('respirationRate', 8, 30, { hysteresis: 1, onDelayMs: RATE_DELAY_MS, priority: 'medium', source: COMMON }),
  ...band('temperature', 36, 39, { hysteresis: 0.2, onDelayMs: SPOT_DELAY_MS, priority: 'low', source: COMMON }),
  ...pressure('nibp', SPOT_DELAY_MS),
  ...pressure('arterial', RATE_DELAY_MS),
  ...band('etco2', 15, 50, { hysteresis: 2, onDelayMs: RATE_DELAY_MS, priority: 'medium', source: LIFEPAK }),
  {
    ...{ kind: 'windowMean', id: 'heartRate.mean-high', metric: 'heartRate', sizeMs: 300_000, side: 'high', limit: 100 },
    ...{ coveragePct: 50, priority: 'medium', source: EARLY },
  },
  // A bed that is silent is not monitored at all, which is what this product may never leave unsaid (HZ-H1).
  noData('any', 'high'),
  noData('heartRate', 'medium'),
  noData('spo2', 'medium'),
  noData('pulseRate', 'low'),
  noData('respirationRate', 'low'),
  noData('arterialMean', 'low'),
];

/**
 * The rule set of a new site: what `vigil init` writes into site.yaml. Adult defaults of bedside monitors; an intensive
 * care unit sets its own (half of the readings of real ICU patients are outside some of these).
 */
export const DEFAULT_RULE_SET: RuleSet = { v: 1, name: 'adult-default', latenessMs: 5_000, rules: [...RULES] };
