import { z } from 'zod';
import { BedId, EncounterId, EpochMs, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { ScoreName } from './rule-set.js';
import { ScoreSnapshot } from './score.js';

/** One thing that a person saw or measured, and that a score is made of. */
export const NewChartItem = z.discriminatedUnion('item', [
  z.strictObject({ item: z.literal('consciousness'), value: z.enum(['A', 'C', 'V', 'P', 'U']) }),
  z.strictObject({ item: z.literal('supplementalOxygen'), value: z.enum(['air', 'oxygen']) }),
  z.strictObject({ item: z.literal('number'), metric: MetricName, value: z.number() }),
]);
export type NewChartItem = z.infer<typeof NewChartItem>;

/**
 * `POST /api/v1/encounters/{id}/observations`. `validated`: a complete set for `score` (NEWS2 where it is left out) that the
 * person stands for; a set without a part is refused, because nobody could say what was missing later (D14).
 */
export const ChartRequest = z.strictObject({
  items: z.array(NewChartItem).min(1).max(24),
  validated: z.boolean().optional(),
  score: ScoreName.optional(),
  /** When it was seen, event time; left out: now. */
  atMs: EpochMs.optional(),
});
export type ChartRequest = z.infer<typeof ChartRequest>;

/** What was taken down. The scores that come of it follow when the engine has read it. */
export const ChartedObservations = z.object({
  chartId: z.string(),
  encounterId: EncounterId,
  atMs: EpochMs,
  validated: z.boolean(),
  score: ScoreName.nullable(),
  by: StaffId,
});
export type ChartedObservations = z.infer<typeof ChartedObservations>;

/**
 * A score as it was derived last. It holds from `atMs` until `validUntilMs`; after that it says what was, not what is. A total
 * is shown with its basis, always: "charted" with who and when, "estimate" with its range while a part is missing.
 */
export const ScoreView = ScoreSnapshot.omit({ v: true }).extend({
  /** Since when it says this. */
  sinceMs: EpochMs,
  isValid: z.boolean(),
  /** A charted set that was charted anew for the same moment: kept, struck through, and counts no more. */
  replaced: z.literal(true).optional(),
  /** What would have to be measured or said for a total: parts, or what the points of one depend on. Empty for a score with a total. */
  missing: z.array(z.string().max(32)).max(16),
});
export type ScoreView = z.infer<typeof ScoreView>;

/** Which SpO2 scale NEWS2 uses for a stay, and who said so. */
export const ScoreSettings = z.object({
  spo2Scale: z.union([z.literal(1), z.literal(2)]),
  /** Null where nobody has set any, or the reason can't be read now. */
  reason: z.string().nullable(),
  setBy: StaffId.nullable(),
  atMs: EpochMs.nullable(),
  /** What commands name by If-Match; 0 before anybody has set any. */
  rev: z.number().int().nonnegative(),
});
export type ScoreSettings = z.infer<typeof ScoreSettings>;

/** `PUT /api/v1/encounters/{id}/score-settings` */
export const SetScoreSettings = z.strictObject({
  spo2Scale: z.union([z.literal(1), z.literal(2)]),
  /** Why; for colleagues. Kept sealed, and never on the log. */
  reason: z.string().trim().min(1).max(200),
});
export type SetScoreSettings = z.infer<typeof SetScoreSettings>;

/** `GET /api/v1/encounters/{id}/scores`: the newest of each score and basis. */
export const StayScores = z.object({
  encounterId: EncounterId,
  bedId: BedId,
  /** Event time of the answer, which ages count from. */
  nowMs: EpochMs,
  settings: ScoreSettings,
  items: z.array(ScoreView),
});
export type StayScores = z.infer<typeof StayScores>;
