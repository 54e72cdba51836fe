import { z } from 'zod';
import { EpochMs } from './ids.js';

/**
 * `GET /api/v1/integrations`: how one direction of the exchange with the hospital's systems goes. Counts, times and codes only. All
 * times are wall time.
 *
 * `off`: not set up. `working`: nothing keeps it. `away`: the other side does not answer, or asks to wait; nothing is lost. `waiting`:
 * something waits for a person. Of what comes in, `waiting` has what waits by its reason, and `lagMs` is how long ago all had been read and
 * worked off.
 */
export const Integration = z.object({
  name: z.enum(['fhir-out', 'fhir-in', 'hl7-in']),
  state: z.enum(['off', 'starting', 'working', 'away', 'waiting']),
  /** Since when it is away; null while it is not. */
  sinceWallMs: EpochMs.nullable(),
  /** What is on its way now. */
  queue: z.number().int().nonnegative(),
  /** What waits, by why. */
  waiting: z.record(z.string().max(32), z.number().int().nonnegative()),
  /** Age of the oldest that is not dealt with; null where that is not known. */
  lagMs: z.number().int().nonnegative().nullable(),
  /** What went wrong last, a code; null where nothing has. */
  lastTrouble: z.string().max(64).nullable(),
  /** What the log had removed before it was read for this. `vigil ehr export` makes it good. */
  missed: z.number().int().nonnegative(),
});
export type Integration = z.infer<typeof Integration>;

/** `POST /api/v1/integrations/fhir/retry`: how many of those that were refused are sent again. */
export const IntegrationRetry = z.object({ again: z.number().int().nonnegative() });
export type IntegrationRetry = z.infer<typeof IntegrationRetry>;
