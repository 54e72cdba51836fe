import { z } from 'zod';
import { EpochMs } from './ids.js';
import { MetricName } from './metric.js';

/** What somebody did to a stay, as the audit trail has it: on the clock of the wall. */
export const StayChange = z.object({
  atMs: EpochMs,
  kind: z.enum([
    ...(['admitted', 'transferred', 'discharged', 'corrected'] as const),
    ...(['limitsSet', 'limitsWider', 'limitsOfUnit', 'ageGroup', 'scoreSettings'] as const),
  ]),
  /** Of a change of limits. */
  metric: MetricName.nullable(),
  /** Of a move: the bed that the patient left, as it is called now. */
  fromBed: z.string().nullable(),
  by: z.string(),
  /** Null of whoever is no member of staff any more, and of a part of Vigil. */
  byName: z.string().nullable(),
});
export type StayChange = z.infer<typeof StayChange>;

/** `GET /api/v1/encounters/{id}/changes`, newest first. */
export const StayChanges = z.object({
  items: z.array(StayChange),
  /** There are more than are shown. */
  cut: z.boolean(),
});
export type StayChanges = z.infer<typeof StayChanges>;

/** Wall time, `[from, to)`. */
export const StayChangesQuery = z.object({
  from: z.coerce.number().int().min(0).max(8_640_000_000_000_000),
  to: z.coerce.number().int().min(0).max(8_640_000_000_000_000),
});
