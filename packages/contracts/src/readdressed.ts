import { z } from 'zod';
import { LogKey } from './ids.js';

/** Times that one message is passed on at most; after that it waits for a person instead. */
export const HOPS_MAX = 8;

/**
 * On a message that came under the key of another bed, or of none, and was appended again under the bed whose it is by its event
 * time: `fromKey` is where it was last, never its key now. Everything else, also its id, is as its device and gateway said.
 */
export const readdressed = {
  readdressed: z.object({ fromKey: LogKey, hops: z.number().int().min(1).max(HOPS_MAX) }).optional(),
};
