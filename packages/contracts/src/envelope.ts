import { z } from 'zod';
import { EpochMs, LogKey } from './ids.js';
import { Origin } from './reading.js';

/**
 * Everything that can change an alarm is one of these, on one log, keyed by bed (docs/architecture.md, idea 2).
 *
 * The envelope: `id` names the event for ever (a second copy is dropped by id), `key` is the partition key, `atMs` is
 * event time. A reader tolerates fields that it does not know; `v` moves when the meaning of a field does.
 */
export const envelope = { v: z.literal(1), id: z.string().min(1).max(160), key: LogKey, origin: Origin, atMs: EpochMs };
