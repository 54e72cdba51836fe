import { z } from 'zod';
import { EvidencePart } from './alarm.js';
import { BedId, EncounterId, EpochMs, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { AgeGroup, ScoreName } from './rule-set.js';

/**
 * A score of one stay as the engine derived it. `charted` is a complete set that a person stands for; `estimate` is made of what
 * devices and people sent, each part with its age. They never share a label (D14).
 */
export const ScoreSnapshot = z.object({
  v: z.literal(1),
  bedId: BedId,
  encounterId: EncounterId,
  score: ScoreName,
  basis: z.enum(['charted', 'estimate']),
  /** Event time at which it was derived, and from which on it says nothing any more. */
  atMs: EpochMs,
  validUntilMs: EpochMs,
  /** Null while a part is missing: then only `min` and `max` are known. Missing is never zero. */
  total: z.number().nullable(),
  min: z.number(),
  max: z.number(),
  /** One parameter alone scores the most that it can (NEWS2: 3). */
  singleParameter: z.boolean(),
  parts: z.array(EvidencePart).max(16),
  /** NEWS2 only. */
  spo2Scale: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Of a charted score: who charted it. */
  by: StaffId.nullable(),
});
export type ScoreSnapshot = z.infer<typeof ScoreSnapshot>;

const points = z.array(z.number().nullable()).max(16);
const time = z.number().int().nonnegative();

/**
 * What the engine of one bed knows of the scores of a stay, for that of another (`packages/domain/src/scores`): the newest of each
 * input, in whole display steps, and what was made of it. Read with care: what is not understood is left out whole.
 */
export const CarriedScores = z.object({
  v: z.literal(1),
  spo2Scale: z.union([z.literal(1), z.literal(2)]),
  ageGroup: AgeGroup,
  inputs: z.partialRecord(
    z.union([MetricName, z.literal('supplementalOxygen')]),
    z.object({
      value: z.union([z.number().int(), z.string().max(8)]),
      atMs: time,
      forMs: time,
      source: z.enum(['device', 'charted']),
      level: z.number().int(),
    }),
  ),
  estimates: z.partialRecord(
    ScoreName,
    z.object({
      total: z.number().nullable(),
      min: z.number(),
      max: z.number(),
      singleParameter: z.boolean(),
      points,
      told: z.object({ atMs: time, untilMs: time, said: z.string().max(200), againMs: time }).nullable(),
    }),
  ),
  charted: z.partialRecord(
    ScoreName,
    z.object({
      total: z.number(),
      singleParameter: z.boolean(),
      parts: z.array(EvidencePart).max(16),
      atMs: time,
      untilMs: time,
    }),
  ),
  dueMs: time,
  ratioDueMs: time,
});
export type CarriedScores = z.infer<typeof CarriedScores>;
