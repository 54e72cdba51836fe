import { z } from 'zod';
import { BedId, EncounterId, EpochMs, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { AgeGroup } from './rule-set.js';

/** Limits of a stay last at most so long (event time): a handover comes in between, and somebody looks at them again. */
export const STAY_LIMITS_MS_MAX = 72 * 3_600_000;

/** A limit in the metric's unit; null: as the unit has it. */
const limit = z.number().nullable();

/** `PUT /api/v1/encounters/{id}/limits/{metric}`: until `toMs` (event time) these hold instead of the unit's. */
export const SetStayLimits = z.strictObject({
  low: limit,
  high: limit,
  /** Why; for colleagues. Kept sealed, and never on the log. */
  reason: z.string().trim().min(1).max(200),
  toMs: EpochMs,
});
export type SetStayLimits = z.infer<typeof SetStayLimits>;

/** What somebody has set for one metric of a stay, while it holds. */
export const OwnLimits = z.object({
  low: limit,
  high: limit,
  /** Null where it can't be read now. */
  reason: z.string().nullable(),
  setBy: StaffId,
  setByName: z.string(),
  fromMs: EpochMs,
  toMs: EpochMs,
});
export type OwnLimits = z.infer<typeof OwnLimits>;

/** The limits of one metric as they hold now: those of the unit for this patient, unless `own` says otherwise. */
export const StayLimits = z.object({
  metric: MetricName,
  low: limit,
  high: limit,
  unit: z.object({ low: limit, high: limit }),
  own: OwnLimits.nullable(),
  /** What commands name by If-Match; 0 before anybody has set any. */
  rev: z.number().int().nonnegative(),
});
export type StayLimits = z.infer<typeof StayLimits>;

/** `GET /api/v1/care-units/{id}/limits`: one line for each metric of each stay whose limits are not the unit's now. */
export const UnitLimitsRow = z.object({
  bedId: BedId,
  bedLabel: z.string(),
  encounterId: EncounterId,
  ageGroup: AgeGroup.optional(),
  ...StayLimits.shape,
  own: OwnLimits,
});
export type UnitLimitsRow = z.infer<typeof UnitLimitsRow>;

/** `PUT /api/v1/encounters/{id}/profile`: which age group's rules hold for the rest of the stay. */
export const SetStayProfile = z.strictObject({ ageGroup: AgeGroup });
export const StayProfile = z.object({
  encounterId: EncounterId,
  /** Absent where nobody has told it; the rules of an adult then hold. */
  ageGroup: AgeGroup.optional(),
  rev: z.number().int().nonnegative(),
});
export type StayProfile = z.infer<typeof StayProfile>;
