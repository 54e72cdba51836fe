import type { AgeGroup, MetricName, Reading, RuleSet } from '@vigil/contracts';
import type { ExpectedAlarm } from './compare.js';

/** Longest case: two days of event time. */
export const CASE_MS_MAX = 48 * 3_600_000;
/** Most messages that one case may come to. */
export const CASE_MESSAGES_MAX = 500_000;

/** What happens to the bed beside its readings; each becomes one event of the log. */
export type CaseEvent =
  | { readonly event: 'admit'; readonly ageGroup?: AgeGroup; readonly careUnitId?: string }
  | { readonly event: 'discharge' }
  | { readonly event: 'profile'; readonly ageGroup: AgeGroup }
  | {
      readonly event: 'limits';
      readonly metric: MetricName;
      readonly low: number | null;
      readonly high: number | null;
      readonly forMs: number;
    }
  | { readonly event: 'charted'; readonly validated: boolean; readonly score?: string; readonly items: readonly object[] }
  | { readonly event: 'spo2Scale'; readonly scale: 1 | 2 }
  | { readonly event: 'activate'; readonly ruleSet: RuleSet }
  | { readonly event: 'coverageLost' }
  | { readonly event: 'coverageRestored' }
  | { readonly event: 'silent' };

/** What one cell says of one metric: a reading, or that the device sends it no more. */
export type Cell = Pick<Reading, 'value' | 'quality'> | 'stop';

export interface CaseRow {
  /** Since the start of the case. */
  readonly atMs: number;
  readonly line: number;
  readonly cells: ReadonlyMap<MetricName, Cell>;
  readonly events: readonly CaseEvent[];
}

/** `none`: each row is one message. `hold`: values go on as they are; `line`: they go straight to the next one that is given. */
export type Fill = 'none' | 'hold' | 'line';

/** A rule test as its folder says it: what is sent, and what alarms should come of it. */
export interface RuleCase {
  readonly name: string;
  readonly about: string;
  readonly ruleSet: RuleSet;
  readonly ageGroup: AgeGroup;
  readonly careUnitId: string | null;
  readonly intervalsMs: Readonly<Partial<Record<MetricName, number>>>;
  readonly fill: Fill;
  /** Event time passes until then, with ticks where no data come. */
  readonly untilMs: number;
  readonly rows: readonly CaseRow[];
  readonly expected: readonly ExpectedAlarm[];
}
