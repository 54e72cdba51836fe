import { z } from 'zod';
import { EncounterId, EpochMs } from './ids.js';
import { MetricName } from './metric.js';

const time = z.number().int().nonnegative();
const name = z.string().min(1).max(80);

/** Where one device of the bed is: newest event time, newest gateway time, and the sequence numbers taken per boot. */
const HandedSource = z.object({
  newestMs: time,
  lastSeenMs: time,
  idle: z.boolean(),
  boots: z
    .array(z.object({ bootId: z.string().max(64), seen: z.array(z.tuple([time, time])).max(64), lastMs: time.optional() }))
    .max(4),
});

const HandedWindow = z.object({
  open: z.array(z.object({ startMs: time, count: time, sumSteps: z.number().int() })).max(64),
  active: z.boolean(),
});

const phase = { phase: z.enum(['inside', 'pending', 'active', 'clearing']), sinceMs: time };

/** With the levels of the rule, where it has some. */
const HandedLimit = z.object({ ...phase, heldMs: time.optional(), levels: z.array(z.object(phase)).max(4).optional() });

/**
 * What an engine knows of one bed beside its alarms: with it, another engine goes on as if it had seen every reading. Plain
 * data of `packages/domain/src/state.ts`; times are event time. Nothing here names a person, and there is no reading in it
 * but the sums of open windows.
 */
export const BedHandover = z.object({
  /** The stay that it is about; it is worth nothing for another. */
  encounterId: EncounterId.nullable(),
  clockMs: EpochMs,
  graceFromMs: EpochMs,
  watermarkMs: EpochMs,
  sources: z.record(name, HandedSource),
  metrics: z.partialRecord(
    MetricName,
    z.object({ lastAtMs: time, lastSignMs: time, intervalMs: time, valueSeenMs: time.optional() }),
  ),
  limits: z.record(name, HandedLimit),
  windows: z.record(name, HandedWindow),
  /** States of rules by their id, as `packages/domain` keeps them; one that it does not know is left out. */
  rules: z.record(name, z.json()).optional(),
  /** Suppressions that hide rules, and until when they still do. */
  suppressed: z.record(name, z.object({ untilMs: time.nullable() })).optional(),
  pendingTechnical: z.record(name, time),
  faults: z.record(name, z.record(name, time)),
});
export type BedHandover = z.infer<typeof BedHandover>;
