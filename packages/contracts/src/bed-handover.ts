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
  boots: z.array(z.object({ bootId: z.string().max(64), seen: z.array(z.tuple([time, time])).max(64) })).max(4),
});

const HandedWindow = z.object({
  open: z.array(z.object({ startMs: time, count: time, sumSteps: z.number().int() })).max(64),
  active: z.boolean(),
});

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
  metrics: z.partialRecord(MetricName, z.object({ lastAtMs: time, lastSignMs: time, intervalMs: time })),
  limits: z.record(name, z.object({ phase: z.enum(['inside', 'pending', 'active', 'clearing']), sinceMs: time })),
  windows: z.record(name, HandedWindow),
  /** States of rules by their id, as `packages/domain` keeps them; one that it does not know is left out. */
  rules: z.record(name, z.json()).optional(),
  pendingTechnical: z.record(name, time),
  faults: z.record(name, z.record(name, time)),
});
export type BedHandover = z.infer<typeof BedHandover>;
