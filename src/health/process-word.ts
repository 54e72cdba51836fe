import { Integration } from '@vigil/contracts';
import { z } from 'zod';
import { HintOrNull } from './site-hint.js';

const age = z.number().nullable();
const LoopWord = z.object({ roundMs: age, okMs: age });

/** How one process reads a consumer group that is shared: the partitions that it reads in time. */
const GroupWord = z.object({ partitions: z.array(z.number().int()).max(1_024) });

/**
 * What a process says of itself to the others, about once a second. Tolerant of what a newer version adds. Ids, codes and ages in
 * milliseconds; no data of a patient, no address, no name of a person.
 */
export const ProcessWord = z.object({
  role: z.string(),
  buildId: z.string(),
  /** It finds alarms: whether it does so now; null where this process never does. */
  engine: z.object({ processing: z.boolean(), newestHubMs: z.number().nullable() }).nullable().default(null),
  groups: z.record(z.string(), GroupWord).default({}),
  loops: z.record(z.string(), LoopWord).default({}),
  /** Since the watchdog looked here; null: never. */
  watchdogMs: age.default(null),
  /** Shared screens with a line to this process. */
  stations: z
    .array(
      z.object({
        stationId: z.string(),
        state: z.enum(['drawing', 'hidden', 'silent']),
        sound: z.string().nullable(),
        drewAgoMs: age,
      }),
    )
    .max(1_000)
    .default([]),
  /** Pages of persons that draw a care unit. */
  others: z.record(z.string(), z.number()).default({}),
  integrations: z.array(Integration).max(8).default([]),
  /** Parts of its health check that are not ready, with their reasons in codes and numbers. Of before: `vital` is not known. */
  parts: z.array(z.object({ name: z.string(), reason: z.string(), vital: z.boolean().default(true) })).default([]),
  /** Work that one process of the site does at a time and that is this one's now. */
  does: z.array(z.string().max(64)).max(64).default([]),
  /** What changed lately, for those who look seldom (`NewsBatches`); a hint that is not understood is passed over. */
  news: z
    .array(z.object({ n: z.number().int(), hints: z.array(HintOrNull) }))
    .max(64)
    .default([]),
  /** How often each thing was asked of whoever does it, since this process began. */
  asks: z.record(z.string(), z.number()).default({}),
});
export type ProcessWord = z.infer<typeof ProcessWord>;
