import { z } from 'zod';
import { BedId, EpochMs } from './ids.js';

/**
 * What the engine of the old bed knows of a stay when the patient leaves it (D6): limits, open alarms with what was said to them,
 * scores, baselines. Plain data of `packages/domain`, versioned there and read with care: a state that an engine does not know
 * is worth nothing, and the stay then begins anew on the new bed. Nothing in it names a person.
 */
export const CarriedStay = z.object({
  v: z.literal(1),
  fromBedId: BedId,
  /** Event time of the transfer. */
  atMs: EpochMs,
  state: z.record(z.string().max(80), z.json()),
});
export type CarriedStay = z.infer<typeof CarriedStay>;
