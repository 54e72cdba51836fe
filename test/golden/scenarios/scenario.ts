import type { AgeGroup, LogEvent, MetricName, Priority, RuleSet } from '@vigil/contracts';
import type { CoursePoint, Person, SensorFault, Vital } from '@vigil/simulator';
import type { ExpectedAlarm } from '../../../src/rule-tests/compare.js';
import { readDuration, readTime } from '../../../src/rule-tests/times.js';
import type { Delivery } from './ward.js';

/** One patient's story: a seeded simulated course, what goes wrong on the way, and the alarms that a clinician would expect. */
export interface Scenario {
  readonly name: string;
  /** Why these alarms and no others, for whoever has to judge a difference. */
  readonly because: string;
  readonly ageGroup?: AgeGroup;
  readonly minutes: number;
  /** What the monitor measures. */
  readonly vitals: readonly Vital[];
  readonly usual?: Partial<Person>;
  readonly course: readonly CoursePoint[];
  readonly faults?: readonly SensorFault[];
  readonly intervalsMs?: Partial<Record<MetricName, number>>;
  readonly delivery?: Delivery;
  /** Events beside the readings, at ms since the start; keys and times are filled in. */
  readonly events?: readonly ScenarioEvent[];
  /**
   * `<condition> <priority> <from>-<to> ±<tolerance>`, written by hand from the course, never taken from a run. No `to`: it holds at
   * the end. An alarm that is not here is a difference.
   */
  readonly alarms: readonly string[];
  /** What a clinician would put up with, and would not miss. */
  readonly may?: readonly string[];
}

export interface ScenarioEvent {
  readonly atMs: number;
  /** Which log key; left out: the patient's bed. */
  readonly key?: string;
  readonly event: ScenarioContent | ((ruleSet: RuleSet) => ScenarioContent);
}
type ScenarioContent = { readonly kind: LogEvent['kind'] } & Readonly<Record<string, unknown>>;

export const MIN = 60_000;
export const S = 1_000;

export const BASIC: readonly Vital[] = ['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'temperature'];
export const CUFF: readonly Vital[] = ['nibpSystolic', 'nibpDiastolic', 'nibpMean'];
export const ARTERIAL: readonly Vital[] = ['arterialSystolic', 'arterialDiastolic', 'arterialMean'];
export const WARD: readonly Vital[] = [...BASIC, ...CUFF];
export const ICU: readonly Vital[] = [...BASIC, ...ARTERIAL];

/** @throws Error for a line that is none */
export function expectedAlarms({ alarms, may = [] }: Pick<Scenario, 'alarms' | 'may'>): readonly ExpectedAlarm[] {
  return [...alarms.map((line) => readLine(line, false)), ...may.map((line) => readLine(line, true))];
}

function readLine(line: string, optional: boolean): ExpectedAlarm {
  const [, conditionCode, priority, from, to, tolerance] =
    /^(\S+) (low|medium|high) ([\d:.]+)-([\d:.]*) ±(.+)$/.exec(line.replace(/ +/g, ' ')) ?? [];
  const fromMs = readTime(from ?? '');
  const toMs = to === '' ? null : readTime(to ?? '');
  const toleranceMs = readDuration(tolerance ?? '');
  if (conditionCode === undefined || fromMs === null || toleranceMs === null || (to !== '' && toMs === null)) {
    throw new Error(`"${line}" is no expected alarm`);
  }
  return { conditionCode, priority: priority as Priority, fromMs, toMs, toleranceMs, optional };
}
