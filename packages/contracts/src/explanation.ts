import { z } from 'zod';
import { AlarmEvidence, AlarmKind, AlarmTransition, AlarmTrigger, Presence } from './alarm.js';
import { StaffChannel } from './alarm-words.js';
import { AlarmId, BedId, EpochMs, GatewayId } from './ids.js';
import { MetricName } from './metric.js';
import { Priority } from './rule-set.js';

/** Places that a reading passes on its way to a person, in order. */
export const PATH_PLACES = [
  'device',
  'gateway',
  'hub',
  'engineRead',
  'engineDecided',
  'stored',
  'pageQueued',
  'pageSent',
] as const;
export const PathPlace = z.enum(PATH_PLACES);
export type PathPlace = z.infer<typeof PathPlace>;

/**
 * When a reading passed one place. `afterMs`: since the place before, null where the two clocks cannot be compared (a site whose
 * time runs faster) or a time is missing. `late`: it took longer than `allowedMs`; `broken`: it never came here; `unknown`: nobody
 * noted it.
 */
export const PathHop = z.object({
  place: PathPlace,
  atMs: EpochMs.nullable(),
  afterMs: z.number().nullable(),
  allowedMs: z.number().nullable(),
  state: z.enum(['passed', 'late', 'broken', 'unknown', 'notMeant']),
});
export type PathHop = z.infer<typeof PathHop>;

/** The way of what raised an alarm. `firstBroken`: the first place where it was late or lost; null where it was neither. */
export const AlarmPath = z.object({
  alarmId: AlarmId,
  /** Null for an alarm that no message of a device raised: time alone, or a person, did. */
  trigger: AlarmTrigger.nullable(),
  /** Where its event is on the log: `vigil replay --partition … --from-sequence …` begins there. */
  log: z.object({ partition: z.number().int(), sequence: z.number().int() }).nullable(),
  hops: z.array(PathHop),
  firstBroken: PathPlace.nullable(),
  text: z.string(),
});
export type AlarmPath = z.infer<typeof AlarmPath>;

/** The way of messages that are missing: the first place that they did not come to, and why. */
export const GapPath = z.object({
  gapId: z.string(),
  deviceId: z.string().nullable(),
  fromSeq: z.number().int().nullable(),
  toSeq: z.number().int().nullable(),
  fromMs: EpochMs,
  toMs: EpochMs,
  /** How many are missing now. */
  count: z.number().int(),
  reason: z.enum(['neverArrived', 'evicted', 'damaged', 'unsendable']),
  hops: z.array(PathHop),
  firstBroken: PathPlace,
  text: z.string(),
});
export type GapPath = z.infer<typeof GapPath>;

/** `GET /api/v1/beds/{bedId}/gaps` */
export const GapQuery = z.object({
  from: z.coerce.number().int().nonnegative(),
  to: z.coerce.number().int().nonnegative(),
});
export const GapPaths = z.object({ bedId: BedId, items: z.array(GapPath) });
export type GapPaths = z.infer<typeof GapPaths>;

/**
 * What the maker of a device may be given: nothing of a patient, a bed, a unit or staff. Names are `device-1`, `boot-1`; times count
 * from the first of this export.
 */
export const VendorExport = z.object({
  v: z.literal(1),
  what: z.enum(['alarm', 'gaps']),
  devices: z.array(
    z.object({
      device: z.string(),
      manufacturer: z.string().nullable(),
      model: z.string().nullable(),
      firmware: z.string().nullable(),
    }),
  ),
  paths: z.array(
    z.object({
      device: z.string().nullable(),
      boot: z.string().nullable(),
      fromSeq: z.number().int().nullable(),
      toSeq: z.number().int().nullable(),
      count: z.number().int(),
      reason: z.string().nullable(),
      fromMs: z.number().nullable(),
      toMs: z.number().nullable(),
      hops: z.array(z.object({ place: PathPlace, atMs: z.number().nullable(), state: PathHop.shape.state })),
      firstBroken: PathPlace.nullable(),
    }),
  ),
});
export type VendorExport = z.infer<typeof VendorExport>;

/** One change of the alarm, by whom, and when it passed which place (wall time). */
export const ExplanationStep = z.object({
  rev: z.number().int(),
  cause: AlarmTransition.shape.cause,
  atMs: EpochMs,
  priority: Priority,
  active: z.boolean(),
  presence: Presence,
  ruleId: z.string(),
  ruleSetHash: z.string(),
  by: z.string().nullable(),
  evidence: AlarmEvidence,
  hubAtMs: EpochMs.nullable(),
  storedAtMs: EpochMs.nullable(),
});
export type ExplanationStep = z.infer<typeof ExplanationStep>;

export const ExplanationReadings = z.object({
  metric: MetricName,
  label: z.string(),
  unit: z.string(),
  fromMs: EpochMs,
  toMs: EpochMs,
  points: z.array(z.object({ atMs: EpochMs, value: z.number().nullable() })),
  /** There are more; these are the newest. */
  cut: z.boolean(),
});

/** Why an alarm is what it is: its record, for a person to check. Sizes are bounded; `cut` says where something was left out. */
export const Explanation = z.object({
  v: z.literal(1),
  alarmId: AlarmId,
  conditionCode: z.string(),
  kind: AlarmKind,
  bedId: BedId.nullable(),
  gatewayId: GatewayId.nullable(),
  onsetMs: EpochMs,
  rule: z.object({
    ruleId: z.string(),
    ruleSetHash: z.string(),
    ruleSetName: z.string().nullable(),
    /** Null for a rule that is part of Vigil, or where the rule set is not known. */
    definition: z.record(z.string(), z.unknown()).nullable(),
    words: z.array(z.string()),
    proposedBy: z.string().nullable(),
    approvedBy: z.string().nullable(),
  }),
  readings: z.object({
    /** `away`: history cannot be read now; `none`: this alarm is not made of readings. */
    state: z.enum(['known', 'away', 'none']),
    metrics: z.array(ExplanationReadings),
  }),
  /** What could not be seen then. */
  missing: z.object({
    gaps: z.array(z.object({ fromMs: EpochMs, toMs: EpochMs, count: z.number().int(), reason: z.string() })),
    /** Technical alarms of the bed that stood at that time. */
    technical: z.array(z.object({ conditionCode: z.string(), onsetMs: EpochMs, endedMs: EpochMs.nullable() })),
    /** Rules that raised nothing then, because a condition held that hides them. */
    suppressed: z.array(z.object({ id: z.string(), because: z.string(), rules: z.array(z.string()) })),
  }),
  /**
   * Of a technical alarm that Vigil raises by itself: its entry in docs/runbook.md, and its address where the site has said where that is.
   * Null: it has none.
   */
  runbook: z.object({ entry: z.string(), url: z.string().nullable() }).nullable().default(null),
  steps: z.array(ExplanationStep),
  stepsCut: z.boolean(),
  path: AlarmPath,
  escalation: z.object({
    state: z.string(),
    startedAtMs: EpochMs.nullable(),
    acceptedBy: z.string().nullable(),
    acceptedAtMs: EpochMs.nullable(),
    pages: z.array(
      z.object({
        step: z.number().int(),
        to: z.string(),
        channel: StaffChannel,
        reason: z.string(),
        state: z.enum(['queued', 'sent', 'failed', 'cancelled']),
        queuedAtMs: EpochMs,
        sentAtMs: EpochMs.nullable(),
      }),
    ),
    pagesCut: z.boolean(),
  }),
  /** The same in sentences, always the same for the same record. */
  lines: z.array(z.string()),
});
export type Explanation = z.infer<typeof Explanation>;
