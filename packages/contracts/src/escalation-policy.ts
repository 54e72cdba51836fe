import { z } from 'zod';
import { AlarmKind } from './alarm.js';
import { Priority } from './alarm-words.js';
import { CareUnitId, EpochMs, StaffId } from './ids.js';
import { StaffRole } from './log-event.js';
import { ScheduleId } from './on-call.js';
import { writtenText } from './written-text.js';

/** Whom a step of a policy tells. */
export const PageTarget = z.discriminatedUnion('kind', [
  /** Who has this role for the bed at that moment; where nobody has, who has it for the care unit. */
  z.strictObject({ kind: z.literal('role'), role: StaffRole }),
  /** Who is on call by this schedule at that moment. */
  z.strictObject({ kind: z.literal('schedule'), scheduleId: ScheduleId }),
  /** This person, on duty or not. */
  z.strictObject({ kind: z.literal('person'), staffId: StaffId }),
]);
export type PageTarget = z.infer<typeof PageTarget>;

export const POLICY_STEPS_MAX = 10;
export const POLICY_ROUTES_MAX = 8;

/** All targets of a step are told at once. Wall seconds until the next step. */
export const PolicyStep = z.strictObject({
  tell: z.array(PageTarget).min(1).max(8),
  waitS: z.number().int().min(5).max(3_600),
});
export type PolicyStep = z.infer<typeof PolicyStep>;

/** What happens with alarms of some priorities. The first route that fits an alarm decides. */
export const PolicyRoute = z.strictObject({
  priorities: z.array(Priority).min(1).max(3),
  /** Left out: both. */
  kinds: z.array(AlarmKind).min(1).max(2).optional(),
  /** Only these conditions, e.g. `asystole`; `x.*` for all that begin with `x.`. Left out: all. */
  conditionCodes: z.array(z.string().min(1).max(80)).min(1).max(50).optional(),
  /** None: nobody is paged, screens alone show it. */
  steps: z.array(PolicyStep).max(POLICY_STEPS_MAX),
  /** How many people have to say "I am going" before it stops: a resuscitation team. */
  acceptsNeeded: z.number().int().min(1).max(5).default(1),
  /** Wall seconds after accepting within which somebody says to be there; null: nobody asks. */
  arriveWithinS: z.number().int().min(30).max(3_600).nullable().default(null),
  /** Once nobody is left to be told: begin again so much later while the condition lasts; `times` null: for ever. */
  repeat: z
    .strictObject({ afterS: z.number().int().min(30).max(3_600), times: z.number().int().min(1).max(20).nullable() })
    .nullable()
    .default(null),
});
export type PolicyRoute = z.infer<typeof PolicyRoute>;

/** Who is told of an alarm, in which order and how soon. Immutable under the SHA-256 of its canonical JSON. */
export const PolicyContent = z.strictObject({
  v: z.literal(1),
  name: writtenText(60),
  routes: z.array(PolicyRoute).min(1).max(POLICY_ROUTES_MAX),
  /** A person who declines passes it to the next step at once (D25). */
  declineEscalates: z.boolean().default(true),
  /** Wall seconds between two channels to one person (D12). */
  nextChannelS: z.number().int().min(5).max(120).default(20),
  /** Alarms of one patient within so many wall seconds reach one person in one page. */
  burstS: z.number().int().min(0).max(120).default(30),
});
export type PolicyContent = z.infer<typeof PolicyContent>;

export const PolicyHash = z.string().regex(/^[0-9a-f]{64}$/, 'the hash of a policy');
export type PolicyHash = z.infer<typeof PolicyHash>;

/** As the life of a rule set: two people stand behind each policy that comes into force. */
export const PolicyState = z.enum(['draft', 'proposed', 'approved', 'rejected', 'active', 'superseded']);
export type PolicyState = z.infer<typeof PolicyState>;

/** One version. `careUnitIds` empty: of the whole site, but for care units with a policy of their own. */
export const PolicyVersion = z.object({
  hash: PolicyHash,
  content: PolicyContent,
  careUnitIds: z.array(CareUnitId),
  state: PolicyState,
  rev: z.number().int().positive(),
  proposedBy: StaffId.nullable(),
  approvedBy: StaffId.nullable(),
  createdWallMs: EpochMs,
  activeFromWallMs: EpochMs.nullable(),
  changedWallMs: EpochMs,
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;
