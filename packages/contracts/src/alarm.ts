import { z } from 'zod';
import { AlarmId, BedId, CareUnitId, CommandId, DeviceId, EncounterId, EpochMs, GatewayId, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { Origin } from './reading.js';
import { Priority } from './alarm-words.js';
import { DeclineReason, PageView } from './page.js';
import { AlarmLabelView } from './alarm-label.js';

/** What staff perceive, not what is wrong with the patient. Codes and meaning: FHIR R6 `devicealert-presence`. */
export const Presence = z.enum(['off', 'on', 'latched', 'ack']);
export type Presence = z.infer<typeof Presence>;

export const AlarmKind = z.enum(['physiological', 'technical']);
export type AlarmKind = z.infer<typeof AlarmKind>;

export const EscalationState = z.enum(['idle', 'pending', 'running', 'accepted', 'ended']);
export type EscalationState = z.infer<typeof EscalationState>;

export const EvidencePart = z.object({
  part: z.string().max(32),
  points: z.number().nullable(),
  value: z.union([z.number(), z.string().max(24)]).nullable(),
  atMs: EpochMs.nullable(),
  source: z.enum(['device', 'charted']).nullable(),
});
export type EvidencePart = z.infer<typeof EvidencePart>;

/** The device message with which the engine saw it, for the way back to the reading. */
export const AlarmTrigger = z.object({
  deviceId: DeviceId,
  gatewayId: GatewayId,
  bootId: z.string().max(64),
  seq: z.number().int().nonnegative(),
  deviceAtMs: EpochMs,
  gatewayAtMs: EpochMs,
});
export type AlarmTrigger = z.infer<typeof AlarmTrigger>;

/** What was measured against what, so that a person can check the alarm. */
export const AlarmEvidence = z.object({
  value: z.number().nullable(),
  unit: z.string().nullable(),
  limit: z.number().nullable(),
  side: z.enum(['low', 'high']).nullable(),
  /** For windows: samples seen and samples expected. */
  samples: z.number().int().nullable(),
  samplesExpected: z.number().int().nullable(),
  /** Name of the rule in words, where it has one. */
  label: z.string().max(80).optional(),
  /** What was looked at: event time, half open. */
  window: z.object({ fromMs: EpochMs, toMs: EpochMs, aggregate: z.string().max(24) }).optional(),
  /** Of a score: each part with its age and where it came from; `points` null where the part is missing. */
  parts: z.array(EvidencePart).max(16).optional(),
  /** Of a rule over other rules: those that held. Closed because something hides it: `suppression:` and which, as the last. */
  because: z.array(z.string().max(80)).max(32).optional(),
});
export type AlarmEvidence = z.infer<typeof AlarmEvidence>;

/**
 * One change of one alarm, derived by `step`. (alarmId, rev) names it; deriving it again after a crash must give
 * the same content to the last byte (D5). Holds event time only: no wall clock, offset or rule version decides an id.
 */
export const AlarmTransition = z.object({
  v: z.literal(1),
  alarmId: AlarmId,
  rev: z.number().int().positive(),
  /** `confirmed`: an alarm that a gateway raised by itself still held when the log came back. */
  /** `lowered`: the condition holds still, and is less urgent than it was. `carried`: the patient took it along to another bed. */
  /** `corrected`: it is another stay's than was believed; the alarm itself is the same. */
  /** `shelved`, `unshelved`: a person had it put away for a while, or that is over. `reminded`: it was acknowledged long ago and holds still. */
  cause: z.enum([
    ...['onset', 'raised', 'lowered', 'carried', 'corrected', 'end', 'acknowledged', 'closed', 'confirmed'],
    ...['shelved', 'unshelved', 'reminded'],
  ] as const),
  bedId: BedId.nullable(),
  gatewayId: GatewayId.nullable(),
  /** Only on alarms of a whole care unit, which have neither bed nor gateway: that nobody is on call. */
  careUnitId: CareUnitId.optional(),
  encounterId: EncounterId.nullable(),
  /** E.g. `heartRate.high`, `heartRate.mean-high`, `spo2.leadsOff`, `noData`, `gatewayLost`. */
  conditionCode: z.string().max(80),
  kind: AlarmKind,
  priority: Priority,
  metric: MetricName.nullable(),
  /** True while the condition holds. */
  active: z.boolean(),
  presence: Presence,
  onsetMs: EpochMs,
  atMs: EpochMs,
  evidence: AlarmEvidence,
  ruleId: z.string().max(64),
  ruleSetHash: z.string().max(64),
  origin: Origin,
  by: StaffId.nullable(),
  commandId: CommandId.nullable(),
  /** Absent where no message of a device made it (a tick, a command), and on those of before it was kept. */
  trigger: AlarmTrigger.optional(),
  /**
   * Only on alarms that a gateway raised while the log was out of its reach, and that the platform took over (D17), and on
   * those of bedside devices that came late. `held`: not known yet whether it is over, so its pages wait; `confirmed`: it held
   * when the log came back, or the device has said so again.
   */
  adopted: z.enum(['held', 'confirmed']).optional(),
  /** Not annunciated until then (event time), because a person had it shelved. */
  shelvedUntilMs: EpochMs.optional(),
  /** It has come and gone so often within the time of the rule set that its end waits for quiet. */
  flapping: z.literal(true).optional(),
});
export type AlarmTransition = z.infer<typeof AlarmTransition>;

export const EscalationView = z.object({
  state: EscalationState,
  rev: z.number().int(),
  step: z.number().int(),
  /**
   * Wall time at which the next person is told, in this round or, where the policy repeats, in the next; where nobody is found (`nextName`
   * null), at which it is asked again who is there. Null when nobody is left or the escalation is over.
   */
  nextAtMs: EpochMs.nullable(),
  nextName: z.string().nullable(),
  /** The same one by one, where somebody is told: a name may have a comma in it. */
  nextNames: z.array(z.string()).max(200).optional(),
  acceptedBy: StaffId.nullable(),
  acceptedByName: z.string().nullable(),
  acceptedAtMs: EpochMs.nullable(),
  /** Everybody who is going, in the order of their word. Wall times. */
  accepts: z
    .array(z.object({ staffId: StaffId, name: z.string(), atMs: EpochMs, arrivedAtMs: EpochMs.nullable() }))
    .max(10)
    .default([]),
  /** How many have to accept; more than one for a team. */
  acceptsNeeded: z.number().int().positive().default(1),
  /** Wall time by which somebody should be there; null where nobody asks, or somebody is. */
  arriveByMs: EpochMs.nullable().default(null),
  /** Who passed it on, and why. */
  declines: z
    .array(z.object({ staffId: StaffId, name: z.string(), atMs: EpochMs, reason: DeclineReason }))
    .max(20)
    .default([]),
  /** Version of the policy that it follows; null for one of before they had versions. */
  policyHash: z.string().nullable().default(null),
  pages: z.array(PageView),
});
export type EscalationView = z.infer<typeof EscalationView>;

/** An alarm as REST and the live channel show it: the latest transition, its escalation, and one line of text. */
export const AlarmView = AlarmTransition.omit({ cause: true, by: true, commandId: true, trigger: true }).extend({
  careUnitId: CareUnitId,
  bedLabel: z.string(),
  endedAtMs: EpochMs.nullable(),
  acknowledgedBy: StaffId.nullable(),
  acknowledgedByName: z.string().nullable(),
  /** An acknowledgement is committed and not yet echoed by the engine: shown as "recorded, waiting" (D11). */
  acknowledgePending: z.boolean(),
  escalation: EscalationView,
  /** Id of the correction that says that what raised it was at the wrong bed; absent where there is none. */
  questioned: z.string().max(64).optional(),
  /** What somebody said afterwards that it was worth; null before anybody did. */
  label: AlarmLabelView.nullable().default(null),
  /** What happened, who was told, who is coming and by when the next person is told. */
  text: z.string(),
});
export type AlarmView = z.infer<typeof AlarmView>;
