import { z } from 'zod';
import { BedId, CareUnitId, EpochMs } from './ids.js';

/** Longest time of one report: a quarter. */
export const LOAD_DAYS_MAX = 92;
const DAY_MS = 86_400_000;

/** `GET /api/v1/reports/alarm-load`: [from, to) of event time. */
export const AlarmLoadQuery = z.object({
  careUnit: CareUnitId,
  from: z.coerce.number().pipe(EpochMs),
  to: z.coerce.number().pipe(EpochMs),
  format: z.enum(['json', 'csv']).default('json'),
  /** Left out: both. Alarms of the canary bed and of tests are in no report. */
  origin: z.enum(['live', 'simulated']).optional(),
});
export type AlarmLoadQuery = z.infer<typeof AlarmLoadQuery>;
/** Longest [from, to) in ms. */
export const LOAD_MS_MAX = LOAD_DAYS_MAX * DAY_MS;

const Count = z.number().int().nonnegative();
const ByPriority = z.object({ high: Count, medium: Count, low: Count });
const Share = z.number().min(0).max(1).nullable();
/** Wall time in whole seconds; null without any. */
const Seconds = z.number().int().nonnegative().nullable();
/** Of what was measured, by nearest rank. */
export const LoadTimes = z.object({ count: Count, medianS: Seconds, p90S: Seconds, maxS: Seconds });
export type LoadTimes = z.infer<typeof LoadTimes>;

const Labels = z.object({ actionable: Count, nuisance: Count, artefact: Count, falseShare: Share });

/**
 * How many alarms a care unit has, of what, and how they are answered. Counts of alarms and of answers alone: no patient, no
 * name, and nothing of single members of staff. `from` and `to` are event time, waiting times are wall time.
 */
export const AlarmLoad = z.object({
  careUnitId: CareUnitId,
  fromMs: EpochMs,
  toMs: EpochMs,
  origin: z.enum(['live', 'simulated']).nullable(),
  /** Event time up to which alarms are counted; before `toMs` where the counting is behind. */
  countedToMs: EpochMs.nullable(),
  alarms: Count,
  byPriority: ByPriority,
  physiological: Count,
  technical: Count,
  /** Mean over the beds that have alarms or are in the care unit, and days of 24 h; null without beds. */
  perBedAndDay: z.number().nullable(),
  /** Bed by bed and day by day (UTC), those with alarms; cut to the busiest 20,000. */
  beds: z.array(
    z.object({ bedId: BedId, day: z.string(), alarms: Count, byPriority: ByPriority, physiological: Count, technical: Count }),
  ),
  conditions: z.array(z.object({ conditionCode: z.string(), alarms: Count, share: Share, labels: Labels })).max(10),
  /** Who drives the noise: stays without a name, numbered by how many alarms they have. */
  stays: z.object({
    counted: Count,
    top: z.array(z.object({ number: Count, alarms: Count, share: Share })).max(10),
    /** Share of all alarms that the tenth of the stays with the most of them has. */
    topTenthShare: Share,
  }),
  /** From what starts the escalation to the first page that left, to the word of the first who comes, and to somebody being there. */
  toFirstPage: LoadTimes,
  toAccept: LoadTimes,
  toArrive: LoadTimes,
  /** Escalations that began; of them those that nobody accepted, and those that everybody had been told of and nobody accepted. */
  escalations: z.object({
    begun: Count,
    unaccepted: Count,
    exhausted: Count,
    pastStep: z.array(z.object({ step: Count, alarms: Count })),
  }),
  declines: Count,
  /** ISA-18.2: a flood begins with more than 10 alarms in 10 minutes and ends with fewer than 5. */
  floods: z.object({ unit: Count, unitMinutes: Count, beds: Count, bedMinutes: Count }),
  flapping: Count,
  shelved: Count,
  /** The same condition at the same bed again within 5 minutes of its last onset. */
  duplicates: Count,
  labels: Labels,
  /** How many people had so many pages; null where fewer than five were paged. */
  pagesPerPerson: z.array(z.object({ band: z.string(), people: Count })).nullable(),
});
export type AlarmLoad = z.infer<typeof AlarmLoad>;
