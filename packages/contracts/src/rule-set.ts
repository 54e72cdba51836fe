import { z } from 'zod';
import { CareUnitId } from './ids.js';
import { MetricName } from './metric.js';

export const Priority = z.enum(['low', 'medium', 'high']);
export type Priority = z.infer<typeof Priority>;

/** Which band of limits a patient needs. Neonate: up to 28 days; adult: from 16 years (NEWS2 is for those, RCP 2017). */
export const AgeGroup = z.enum(['adult', 'paediatric', 'neonate']);
export type AgeGroup = z.infer<typeof AgeGroup>;

export const RuleId = z.string().regex(/^[a-z0-9][a-zA-Z0-9.-]{0,63}$/);
const durationMs = z.number().int().nonnegative().max(86_400_000);
/** Where a clinical number comes from; shown with every alarm of the rule. */
const source = z.string().min(1).max(200);
const side = z.enum(['low', 'high']);

/** What every rule may say. All optional, so that rule sets of version 1 are what they were. */
const common = {
  id: RuleId,
  priority: Priority,
  source,
  /** The rule in words, as a person on call reads it. Without it the condition code speaks. */
  name: z.string().min(1).max(80).optional(),
  /** Patients for whom it is meant; left out: everybody. A stay whose age group nobody told is an adult's. */
  ageGroups: z.array(AgeGroup).min(1).optional(),
  careUnitIds: z.array(CareUnitId).min(1).max(50).optional(),
  /** Effective dates in event time, half open: it decides nothing before the first or from the second on. */
  fromMs: z.number().int().nonnegative().optional(),
  toMs: z.number().int().nonnegative().optional(),
  /** False for a rule that only other rules look at: it raises nothing itself. */
  raises: z.boolean().optional(),
  /** True for what nobody may shelve, e.g. an asystole. */
  neverShelve: z.boolean().optional(),
};

/**
 * A further step of one rule: while the value is beyond `limit`, or the condition has held for `afterMs`, the alarm has this
 * priority instead of the rule's own. The highest step that is met counts; the alarm steps down when it no longer is.
 */
export const RuleLevel = z.object({
  priority: Priority,
  limit: z.number().optional(),
  afterMs: durationMs.optional(),
});
export type RuleLevel = z.infer<typeof RuleLevel>;
const levels = z.array(RuleLevel).min(1).max(4).optional();
/** How long a condition must hold before it is an alarm, and be over before the alarm ends. */
const delays = { onDelayMs: durationMs.optional(), offDelayMs: durationMs.optional() };

/** One side of a limit: beyond `limit` for `onDelayMs` raises, back by `hysteresis` for `offDelayMs` ends. */
export const LimitRule = z.object({
  ...common,
  kind: z.literal('limit'),
  metric: MetricName,
  side,
  /** In the metric's unit; the value itself is still inside. */
  limit: z.number(),
  hysteresis: z.number().nonnegative(),
  onDelayMs: durationMs,
  offDelayMs: durationMs,
  levels,
});
export type LimitRule = z.infer<typeof LimitRule>;

/** "Mean over a tumbling window above (below) a limit", decided early once `coveragePct` of the samples are there (D15). */
export const WindowMeanRule = z.object({
  ...common,
  kind: z.literal('windowMean'),
  metric: MetricName,
  sizeMs: durationMs.min(1_000),
  side,
  limit: z.number(),
  /** Share of the whole window's expected samples that an answer needs, in percent. */
  coveragePct: z.number().min(1).max(100),
});
export type WindowMeanRule = z.infer<typeof WindowMeanRule>;

/**
 * Windows of event time, half open, aligned to the Unix epoch where they are aligned at all. `sliding`: the last `sizeMs` up to
 * each reading. `session`: from the first reading after a pause of `gapMs` until the next such pause, at most `sizeMs` long.
 */
export const WindowSpec = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tumbling'), sizeMs: durationMs.min(1_000) }),
  z.object({ type: z.literal('hopping'), sizeMs: durationMs.min(1_000), hopMs: durationMs.min(1_000) }),
  z.object({ type: z.literal('sliding'), sizeMs: durationMs.min(1_000) }),
  z.object({ type: z.literal('session'), sizeMs: durationMs.min(1_000), gapMs: durationMs.min(1_000) }),
]);
export type WindowSpec = z.infer<typeof WindowSpec>;

export const Aggregate = z.enum([
  ...(['count', 'sum', 'min', 'max', 'range', 'mean', 'variance', 'standardDeviation', 'median', 'quantile'] as const),
  ...(['first', 'last', 'slope'] as const),
]);
export type Aggregate = z.infer<typeof Aggregate>;

/** An aggregate of one metric over a window, compared with a limit. Decides early where coverage allows it (D15). */
export const WindowRule = z.object({
  ...common,
  ...delays,
  kind: z.literal('window'),
  metric: MetricName,
  window: WindowSpec,
  aggregate: Aggregate,
  /** For `quantile`: which one, 0.01 to 0.99. */
  quantile: z.number().min(0.01).max(0.99).optional(),
  side,
  /** In the unit of the aggregate: the metric's; squared for `variance`; per minute for `slope`; none for `count`. */
  limit: z.number(),
  hysteresis: z.number().nonnegative().optional(),
  coveragePct: z.number().min(1).max(100),
  levels,
});
export type WindowRule = z.infer<typeof WindowRule>;

/** The value has risen (fallen) by more than `change` within `overMs`. */
export const RateOfChangeRule = z.object({
  ...common,
  ...delays,
  kind: z.literal('rateOfChange'),
  metric: MetricName,
  direction: z.enum(['rise', 'fall']),
  /** In the metric's unit, or in percent of the earlier value. */
  change: z.number().positive(),
  unit: z.enum(['absolute', 'percent']),
  overMs: durationMs.min(1_000),
  levels,
});
export type RateOfChangeRule = z.infer<typeof RateOfChangeRule>;

/** A metric (or, with `metric: 'any'`, a whole device) that was there and has stopped. */
export const NoDataRule = z.object({
  ...common,
  kind: z.literal('noData'),
  metric: z.union([MetricName, z.literal('any')]),
  /** Multiples of the expected interval … */
  intervals: z.number().min(1).max(100),
  /** … but never less than this, in wall time (D8). */
  transportMs: durationMs,
});
export type NoDataRule = z.infer<typeof NoDataRule>;

/**
 * Far from what is usual for this patient: robust z-score of the last `recentMs` against the `baselineMs` before it, that is
 * (median of the recent ones - median) / (1.4826 * median absolute deviation).
 */
export const BaselineRule = z.object({
  ...common,
  ...delays,
  kind: z.literal('baseline'),
  metric: MetricName,
  side: z.enum(['low', 'high', 'both']),
  /** Robust z-score beyond which it holds; `levels` carry further ones in `limit`. */
  z: z.number().positive().max(20),
  recentMs: durationMs.min(1_000),
  baselineMs: durationMs.min(60_000),
  /** Share of the expected samples of the baseline that must be there. */
  coveragePct: z.number().min(1).max(100),
  /** The deviation counts as at least this, in the metric's unit: a patient who lies still has next to none. */
  deviationMin: z.number().positive(),
  levels,
});
export type BaselineRule = z.infer<typeof BaselineRule>;

/** So many onsets of another rule (or alarms of one condition code) within `withinMs`: what comes back again and again. */
export const EventCountRule = z.object({
  ...common,
  ...delays,
  kind: z.literal('eventCount'),
  of: RuleId,
  withinMs: durationMs.min(1_000),
  atLeast: z.number().int().min(2).max(1_000),
});
export type EventCountRule = z.infer<typeof EventCountRule>;

/** True, false or not known (three-valued: not-known and false is false, not-known or true is true, not not-known is not known). */
export type RuleExpression =
  | { readonly rule: string }
  | { readonly all: readonly RuleExpression[] }
  | { readonly any: readonly RuleExpression[] }
  | { readonly not: RuleExpression };
export const RuleExpression: z.ZodType<RuleExpression> = z.lazy(() =>
  z.union([
    z.strictObject({ rule: RuleId }),
    z.strictObject({ all: z.array(RuleExpression).min(1).max(16) }),
    z.strictObject({ any: z.array(RuleExpression).min(1).max(16) }),
    z.strictObject({ not: RuleExpression }),
  ]),
);

/** Holds while the expression over other rules is true. What is not known raises nothing and ends nothing. */
export const CompositeRule = z.object({ ...common, ...delays, kind: z.literal('composite'), when: RuleExpression });
export type CompositeRule = z.infer<typeof CompositeRule>;

/** `meanPressure`: mean arterial pressure, the device's own or estimated; a number like `shockIndex`, without points. */
export const ScoreName = z.enum(['news2', 'mews', 'qsofa', 'sirs', 'shockIndex', 'meanPressure', 'bedsidePews']);
export type ScoreName = z.infer<typeof ScoreName>;

/** A score at or above a total. `estimate`: its minimum, so that a missing part raises nothing (D14); `charted`: the charted total. */
export const ScoreRule = z.object({
  ...common,
  ...delays,
  kind: z.literal('score'),
  score: ScoreName,
  basis: z.enum(['estimate', 'charted']),
  /** The total from which on it holds; `levels` carry further ones in `limit`. */
  atLeast: z.number().nonnegative(),
  /** Also when one parameter alone scores 3 (NEWS2). */
  singleParameter: z.boolean().optional(),
  levels,
});
export type ScoreRule = z.infer<typeof ScoreRule>;

export const Rule = z.discriminatedUnion('kind', [
  LimitRule,
  WindowMeanRule,
  WindowRule,
  RateOfChangeRule,
  NoDataRule,
  BaselineRule,
  EventCountRule,
  CompositeRule,
  ScoreRule,
]);
export type Rule = z.infer<typeof Rule>;

/**
 * While one condition holds, others raise nothing: electrodes that are off make no heart rate low. What they hid is judged anew
 * `releaseMs` after it is over. A technical cause never hides its own absence of data.
 */
export const Suppression = z.object({
  id: RuleId,
  /** Condition code of an open alarm (e.g. `heartRate.leadsOff`, `noData`), or a rule. */
  while: z.union([z.strictObject({ condition: z.string().min(1).max(80) }), z.strictObject({ rule: RuleId })]),
  hides: z.array(RuleId).min(1).max(100),
  releaseMs: durationMs.max(600_000),
  source,
});
export type Suppression = z.infer<typeof Suppression>;

/**
 * How alarms that are there go on, in event time. Left out: an acknowledged alarm stays silent while its condition holds, and an alarm
 * ends with its condition.
 */
export const AlarmCare = z.object({
  /** Seconds after which an acknowledged alarm whose condition holds still sounds again; left out: never. Low ones never do. */
  reAlarmS: z
    .object({ high: z.number().int().min(10).max(3_600).optional(), medium: z.number().int().min(10).max(3_600).optional() })
    .optional(),
  /** A condition that has begun `onsets` times within `withinS` ends only once it has been away for `quietS`. */
  flap: z
    .object({
      onsets: z.number().int().min(2).max(20),
      withinS: z.number().int().min(10).max(3_600),
      quietS: z.number().int().min(1).max(600),
    })
    .optional(),
});
export type AlarmCare = z.infer<typeof AlarmCare>;

/**
 * Immutable once activated: the log names it by the hash of its content. Version 2 may use every kind of rule; version 1 knew
 * `limit`, `windowMean` and `noData` and is read for ever. Whether rules fit together (names, cycles, units) is checked by
 * `ruleSetProblems` of packages/domain.
 */
export const RuleSet = z.object({
  v: z.literal([1, 2]),
  name: z.string().min(1).max(64),
  /** How far behind a source's newest sample another may arrive and still count, in wall time (D8). */
  latenessMs: durationMs,
  rules: z.array(Rule).max(500),
  suppressions: z.array(Suppression).max(100).optional(),
  alarmCare: AlarmCare.optional(),
});
export type RuleSet = z.infer<typeof RuleSet>;
