import { z } from 'zod';
import { BedId, EpochMs } from './ids.js';

/**
 * Why an event of the log was put aside. `not-an-event`: no JSON object. `invalid-event`: it does not keep the contract.
 * `newer-schema`: a later version wrote it, and this one can't know what it means. `engine-failed`: the engine met a bug in it.
 * `transition-refused`: what the engine made of it contradicts what is stored.
 */
export const DeadLetterReason = z.enum(['not-an-event', 'invalid-event', 'newer-schema', 'engine-failed', 'transition-refused']);
export type DeadLetterReason = z.infer<typeof DeadLetterReason>;

/** Names one dead letter: of what was on the log at which place. */
export const DeadLetterId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'the id of a dead letter')
  .brand<'DeadLetterId'>();
export type DeadLetterId = z.infer<typeof DeadLetterId>;

/** `GET /api/v1/dead-letters`: where it was and why it does not count. Nothing here was said by a device or a person. */
export const DeadLetterRow = z.object({
  id: DeadLetterId,
  reason: DeadLetterReason,
  /** Where in the event, in names of the contract (what is none of them is `*`), or what the engine expected. */
  detail: z.string(),
  /** Kind of event, `unknown` where it is none of this version. */
  kind: z.string(),
  bedId: BedId.nullable(),
  partition: z.number().int(),
  sequence: z.number().int(),
  offset: z.string(),
  /** When the log took it (wall time). */
  hubAtMs: EpochMs,
  bytes: z.number().int(),
  sha256: z.string(),
  /** Wall time; null while nobody has had it read again. */
  rerunAtMs: EpochMs.nullable(),
});
export type DeadLetterRow = z.infer<typeof DeadLetterRow>;
