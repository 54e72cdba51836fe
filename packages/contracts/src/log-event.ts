import { z } from 'zod';
import { AlarmId, BedId, CareUnitId, CommandId, DeviceId, EncounterId, EpochMs, GatewayId, PatientId, StaffId } from './ids.js';
import { envelope } from './envelope.js';
import {
  DeviceAlarm,
  DeviceFault,
  DeviceState,
  GatewayFault,
  GatewayStatus,
  Gap,
  GapFilled,
  LocalAlarm,
  LocalWatchEnded,
} from './gateway-event.js';
import { CHANNELS_MAX } from './assignment.js';
import { authored, sourced } from './interval.js';
import { MetricName } from './metric.js';
import { Reading } from './reading.js';
import { AgeGroup, Priority, RuleSet, ScoreName } from './rule-set.js';
import { CarriedStay } from './carried-stay.js';
import { readdressed } from './readdressed.js';
import { ShelfEndCause } from './shelf.js';
import { StandbyEndCause, StandbyPlace } from './standby.js';

/**
 * One device message with all its readings (D3). The three clocks: `deviceAtMs` as the device said it, `gatewayAtMs`
 * when the gateway took it, and the hub's own enqueue time beside the event. `atMs` is the device time, corrected by
 * the gateway's estimate of its skew when that is over the limit, which `clockSuspect` says.
 */
export const DeviceMessage = z.object({
  ...envelope,
  kind: z.literal('deviceMessage'),
  bedId: BedId.nullable(),
  deviceId: DeviceId,
  gatewayId: GatewayId,
  bootId: z.string().max(64),
  seq: z.number().int().nonnegative(),
  deviceAtMs: EpochMs,
  gatewayAtMs: EpochMs,
  clockSuspect: z.boolean().optional(),
  readings: z.array(Reading),
  ...readdressed,
});
export type DeviceMessage = z.infer<typeof DeviceMessage>;

/** "Time has passed and this bed sent nothing." Gateway time; comes once a second for beds without data (D7). */
export const Tick = z.object({ ...envelope, kind: z.literal('tick'), bedId: BedId, gatewayId: GatewayId });

/** Appended by the watchdog, not by the part that failed. */
export const GatewayLost = z.object({
  ...envelope,
  kind: z.literal('gatewayLost'),
  gatewayId: GatewayId,
  bedIds: z.array(BedId),
});
export const GatewayRestored = z.object({
  ...envelope,
  kind: z.literal('gatewayRestored'),
  gatewayId: GatewayId,
  lostId: z.string(),
});

/** Marks a bed whose data cannot arrive; suppresses its own no-data alarms, because the cause has one (D16). */
/**
 * A gateway's test message: the alarm that it makes measures the whole way and concerns nobody. `sentWallMs`: the gateway's wall time.
 */
export const Canary = z.object({
  ...envelope,
  kind: z.literal('canary'),
  origin: z.literal('canary'),
  gatewayId: GatewayId,
  bootId: z.string().max(64),
  seq: z.number().int().nonnegative(),
  sentWallMs: EpochMs,
});
export type Canary = z.infer<typeof Canary>;

export const CoverageLost = z.object({ ...envelope, kind: z.literal('coverageLost'), bedId: BedId, causeId: z.string() });
export const CoverageRestored = z.object({ ...envelope, kind: z.literal('coverageRestored'), bedId: BedId, causeId: z.string() });

/** What picks the rules of a stay; absent in events of before it was told: an adult, in no unit that a rule names. */
const whoIsWatched = { ageGroup: AgeGroup.optional(), careUnitId: CareUnitId.optional() };

export const Admit = z.object({
  ...envelope,
  kind: z.literal('admit'),
  bedId: BedId,
  encounterId: EncounterId,
  patientId: PatientId,
  ...whoIsWatched,
  /** A discharge was taken back: the stay is one that has been here before. */
  reopened: z.boolean().optional(),
  ...authored,
});
export const Discharge = z.object({
  ...envelope,
  kind: z.literal('discharge'),
  bedId: BedId,
  encounterId: EncounterId,
  /** The stay never was in this bed: its admission was wrong or cancelled. */
  voided: z.boolean().optional(),
  ...authored,
});

/**
 * A transfer (D6). `transferOut` is told to the old bed; the engine answers with `transferIn` for the new one, which carries what
 * it knows of the stay (`carried`). A `transferIn` without it begins the stay anew.
 */
export const TransferOut = z.object({
  ...envelope,
  kind: z.literal('transferOut'),
  bedId: BedId,
  encounterId: EncounterId,
  toBedId: BedId,
  toCareUnitId: CareUnitId.optional(),
  /** For a stay of which the old bed has not heard: the new one then begins with this. */
  patientId: PatientId.optional(),
  ageGroup: AgeGroup.optional(),
  ...authored,
});
export const TransferIn = z.object({
  ...envelope,
  kind: z.literal('transferIn'),
  bedId: BedId,
  encounterId: EncounterId,
  patientId: PatientId,
  fromBedId: BedId,
  ...whoIsWatched,
  carried: CarriedStay.optional(),
});

/**
 * A span in which a device watches this bed, `toMs` excluded; null: still. With an `assignmentId`, a higher `rev` of the same one
 * takes the place of what was told before. Events of before it was told have none: each then is the device's only span here.
 */
export const DeviceAssigned = z.object({
  ...envelope,
  kind: z.literal('deviceAssigned'),
  deviceId: DeviceId,
  bedId: BedId,
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
  /** Expected interval of each metric, from the device's profile; a metric left out has its nominal one. */
  intervalsMs: z.partialRecord(MetricName, z.number().int().positive()),
  assignmentId: z.string().min(1).max(64).optional(),
  rev: z.number().int().positive().optional(),
  /** Metrics that it alone brings to the bed; null or absent: all that no other device names. */
  channels: z.array(MetricName).min(1).max(CHANNELS_MAX).nullable().optional(),
  /** It never held: what was told of this assignment before counts no more. */
  voided: z.boolean().optional(),
  ...authored,
});
export type DeviceAssigned = z.infer<typeof DeviceAssigned>;

/** `primary`: the nurse of the bed; `buddy`: who stands in for them; `charge`: who leads the unit; `rapid-response`: the team that is called. */
export const StaffRole = z.enum(['primary', 'buddy', 'charge', 'rapid-response']);
export type StaffRole = z.infer<typeof StaffRole>;

export const StaffAssigned = z.object({
  ...envelope,
  kind: z.literal('staffAssigned'),
  assignmentId: z.string().max(64),
  staffId: StaffId,
  careUnitId: CareUnitId,
  /** Null for a person who answers for the whole care unit. */
  bedId: BedId.nullable(),
  role: StaffRole,
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
  ...authored,
});

/** Corrects what was told of a patient at the admission: from here on other rules may hold. */
export const StayProfileSet = z.object({
  ...envelope,
  kind: z.literal('stayProfileSet'),
  bedId: BedId,
  encounterId: EncounterId,
  ageGroup: AgeGroup,
  by: StaffId,
});
export type StayProfileSet = z.infer<typeof StayProfileSet>;

/** What a person can chart: the parts of a score that no monitor sends, and those that were measured by hand. */
export const ChartItem = z.discriminatedUnion('item', [
  z.object({ item: z.literal('consciousness'), value: z.enum(['A', 'C', 'V', 'P', 'U']) }),
  z.object({ item: z.literal('supplementalOxygen'), value: z.enum(['air', 'oxygen']) }),
  z.object({ item: z.literal('number'), metric: MetricName, value: z.number() }),
  z.object({
    item: z.literal('code'),
    name: z.enum(['behaviour', 'capillaryRefill', 'respiratoryEffort']),
    value: z.string().max(24),
  }),
]);
export type ChartItem = z.infer<typeof ChartItem>;

/**
 * A person's observations at the bedside. `validated`: a complete set that the person stands for, from which the charted score
 * is made (D14); without it single items that the estimate may use.
 */
export const Charted = z.object({
  ...envelope,
  kind: z.literal('charted'),
  bedId: BedId,
  encounterId: EncounterId,
  chartId: z.string().min(1).max(64),
  by: StaffId,
  validated: z.boolean(),
  /** The score that a validated set is for. */
  score: ScoreName.optional(),
  items: z.array(ChartItem).min(1).max(24),
});
export type Charted = z.infer<typeof Charted>;

/** NEWS2 scale 2 only where hypercapnic respiratory failure is confirmed and a clinician has set 88-92 % (RCP 2017). */
export const ScoreSettingsSet = z.object({
  ...envelope,
  kind: z.literal('scoreSettingsSet'),
  bedId: BedId,
  encounterId: EncounterId,
  spo2Scale: z.union([z.literal(1), z.literal(2)]),
  reason: z.string().min(1).max(200),
  by: StaffId,
});
export type ScoreSettingsSet = z.infer<typeof ScoreSettingsSet>;

/** Replaces the rule set's limits of one metric for one stay, until `toMs`. Null switches nothing off: it means "as the rule set". */
export const LimitsSet = z.object({
  ...envelope,
  kind: z.literal('limitsSet'),
  bedId: BedId,
  encounterId: EncounterId,
  metric: MetricName,
  low: z.number().nullable(),
  high: z.number().nullable(),
  reason: z.string().min(1).max(200),
  by: StaffId,
  toMs: EpochMs,
  ...sourced,
});
export type LimitsSet = z.infer<typeof LimitsSet>;

const standbyId = z.string().min(1).max(64);

/**
 * Nothing is expected from this stay's monitor until `toMs` (A11): silence raises no alarm of its own, what is measured does. It
 * goes along with a transfer and ends at `toMs` at the latest, whatever else is told.
 */
export const StandbySet = z.object({
  ...envelope,
  kind: z.literal('standbySet'),
  bedId: BedId,
  encounterId: EncounterId,
  standbyId,
  toMs: EpochMs,
  place: StandbyPlace,
  ...authored,
});
export type StandbySet = z.infer<typeof StandbySet>;

/** By a person, or by the engine itself, which then appends it so that the store learns of it. */
export const StandbyEnded = z.object({
  ...envelope,
  kind: z.literal('standbyEnded'),
  bedId: BedId,
  encounterId: EncounterId,
  standbyId,
  cause: StandbyEndCause,
  ...authored,
});
export type StandbyEnded = z.infer<typeof StandbyEnded>;

/** One condition of one stay is not annunciated until `toMs`; what happens is told all the same. It goes along with a transfer. */
export const ConditionShelved = z.object({
  ...envelope,
  kind: z.literal('conditionShelved'),
  bedId: BedId,
  encounterId: EncounterId,
  shelfId: z.string().min(1).max(64),
  conditionCode: z.string().min(1).max(80),
  /** Highest priority that it hides: what becomes more urgent is annunciated. */
  priority: Priority,
  toMs: EpochMs,
  by: StaffId,
  /** Who agreed; null where one person is enough. */
  secondBy: StaffId.nullable(),
  ...sourced,
});
export type ConditionShelved = z.infer<typeof ConditionShelved>;

/** By a person, or by the engine itself, which then appends it so that the store learns of it. */
export const ConditionUnshelved = z.object({
  ...envelope,
  kind: z.literal('conditionUnshelved'),
  bedId: BedId,
  encounterId: EncounterId,
  shelfId: z.string().min(1).max(64),
  cause: ShelfEndCause,
  ...sourced,
});
export type ConditionUnshelved = z.infer<typeof ConditionUnshelved>;

/**
 * What is wrong with being told at all, in one care unit. `nobodyOnCall`: nobody would be told of a high alarm. `unreachable`:
 * somebody on duty can't be reached in any way. `undelivered`: no page of a step left the house. `escalatorStopped`: pages that are due
 * are not sent. `canaryLate`: the synthetic alarm did not come through in time. `stationSilent`: a shared screen that drew has stopped.
 * `unitUnwatched`: none of the care unit's shared screens draws.
 */
export const ON_CALL_TROUBLES = [
  'nobodyOnCall',
  'unreachable',
  'undelivered',
  'escalatorStopped',
  'canaryLate',
  'stationSilent',
  'unitUnwatched',
] as const;
export const OnCallTroubleCode = z.enum(ON_CALL_TROUBLES);
export type OnCallTroubleCode = z.infer<typeof OnCallTroubleCode>;
export const OnCallTrouble = z.object({
  ...envelope,
  kind: z.literal('onCallTrouble'),
  careUnitId: CareUnitId,
  trouble: OnCallTroubleCode,
  /** Whom or what it is about, e.g. `staff:amy`; one trouble holds as long as one subject does. */
  subject: z.string().min(1).max(80),
  active: z.boolean(),
});
export type OnCallTrouble = z.infer<typeof OnCallTrouble>;

/**
 * Not who was admitted lies here since `sinceMs`, but the patient of `encounterId`. Alarms stay open under their ids and are this
 * stay's from now on; limits, charts and scores of the wrong person end. `wrongEncounterId` is never `encounterId`.
 */
export const StayCorrected = z.object({
  ...envelope,
  kind: z.literal('stayCorrected'),
  bedId: BedId,
  wrongEncounterId: EncounterId,
  encounterId: EncounterId,
  patientId: PatientId,
  sinceMs: EpochMs,
  ...whoIsWatched,
  ...authored,
});
export type StayCorrected = z.infer<typeof StayCorrected>;

/** Two records were one person: the stay goes on under `patientId`. Nothing that watches it changes. */
export const PatientMerged = z.object({
  ...envelope,
  kind: z.literal('patientMerged'),
  bedId: BedId,
  encounterId: EncounterId,
  fromPatientId: PatientId,
  patientId: PatientId,
  ...authored,
});
export type PatientMerged = z.infer<typeof PatientMerged>;

/** Which care unit a bed is in from now on: rules of a care unit go by it. And what it is called, for who reads the log. */
export const BedPlaced = z.object({
  ...envelope,
  kind: z.literal('bedPlaced'),
  bedId: BedId,
  careUnitId: CareUnitId,
  label: z.string().min(1).max(20).optional(),
  ...authored,
});
export type BedPlaced = z.infer<typeof BedPlaced>;

/**
 * Goes to every partition. Carries the content beside its hash, so that the log alone is enough for a replay; the
 * store keeps the same content under the same hash (docs/adr/0003).
 */
export const RuleSetActivated = z.object({
  ...envelope,
  kind: z.literal('ruleSetActivated'),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  ruleSet: RuleSet,
  /** Event time per wall time; scales the transport limits (D8). */
  rate: z.number().positive(),
  by: z.string().max(64),
  /** Its number at the site; absent in events of before it was kept. Delivered twice, it is taken once. */
  activation: z.number().int().positive().optional(),
});
export type RuleSetActivated = z.infer<typeof RuleSetActivated>;

/** What a person did, relayed after it was committed to SQL (D11). */
export const Command = z.object({
  ...envelope,
  kind: z.literal('command'),
  command: z.enum(['accept', 'acknowledge']),
  commandId: CommandId,
  alarmId: AlarmId,
  /** Revision of the alarm at which the person acted: what has sounded since, they have not seen. */
  alarmRev: z.number().int().positive().optional(),
  by: StaffId,
});
export type Command = z.infer<typeof Command>;

/** The escalation of an alarm ran out without anybody accepting; that is an alarm of its own (D10). */
export const EscalationExhausted = z.object({
  ...envelope,
  kind: z.literal('escalationExhausted'),
  alarmId: AlarmId,
  priority: Priority,
});

/** Bad input, kept: the first 1 KiB, its length and hash (D26). Never throws, never stops a partition. */
export const Reject = z.object({
  ...envelope,
  kind: z.literal('reject'),
  deviceId: z.string().max(48).nullable(),
  gatewayId: GatewayId,
  reason: z.enum([
    'malformed-json',
    'invalid-message',
    'wrong-unit',
    'implausible-value',
    'unknown-metric',
    'unknown-device',
    'bad-topic',
    'too-large',
    'unit-changed',
    'no-value-code',
    'wrong-certificate',
  ]),
  /** Where in the message, e.g. `observations.0.value`; and what was expected, without the value. */
  path: z.string().max(120),
  expected: z.string().max(200),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().max(64),
  headBase64: z.string().max(1400),
});
export type Reject = z.infer<typeof Reject>;
export type RejectReason = Reject['reason'];

export const LogEvent = z.discriminatedUnion('kind', [
  DeviceMessage,
  Tick,
  GatewayStatus,
  Gap,
  GapFilled,
  DeviceAlarm,
  DeviceFault,
  GatewayFault,
  LocalAlarm,
  LocalWatchEnded,
  DeviceState,
  GatewayLost,
  GatewayRestored,
  Canary,
  CoverageLost,
  CoverageRestored,
  Admit,
  Discharge,
  TransferOut,
  TransferIn,
  DeviceAssigned,
  StaffAssigned,
  StayProfileSet,
  Charted,
  ScoreSettingsSet,
  LimitsSet,
  StandbySet,
  StandbyEnded,
  ConditionShelved,
  ConditionUnshelved,
  OnCallTrouble,
  StayCorrected,
  PatientMerged,
  BedPlaced,
  RuleSetActivated,
  Command,
  EscalationExhausted,
  Reject,
]);
export type LogEvent = z.infer<typeof LogEvent>;
export type LogEventOf<K extends LogEvent['kind']> = Extract<LogEvent, { kind: K }>;

/** Names a device message: what makes a second delivery harmless. */
export function messageId(message: { readonly deviceId: string; readonly bootId: string; readonly seq: number }): string {
  return `${message.deviceId}/${message.bootId}/${message.seq}`;
}
