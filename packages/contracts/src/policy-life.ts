import { z } from 'zod';
import { PolicyContent, PolicyHash, PolicyVersion } from './escalation-policy.js';
import { CareUnitId, EpochMs, StaffId } from './ids.js';

/** Staff id, or `installation` for what site.yaml describes, or `system:…`. */
const who = z.string().max(64);

export const PolicyAction = z.enum([
  ...['create', 'change', 'propose', 'approve', 'reject', 'withdraw', 'activate', 'supersede'],
] as const);
export type PolicyAction = z.infer<typeof PolicyAction>;

/** One line of a policy's history. Wall time. */
export const PolicyChange = z.object({
  rev: z.number().int(),
  action: PolicyAction,
  by: who,
  reason: z.string(),
  atWallMs: EpochMs,
});
export type PolicyChange = z.infer<typeof PolicyChange>;

/**
 * What a check found. `refused`: nobody would be told, so that it can't be proposed. `warning`: a person decides. `added`: what Vigil
 * has put into the content so that nothing ends in silence.
 */
export const PolicyFinding = z.object({
  severity: z.enum(['refused', 'warning', 'added']),
  /** E.g. `no-reachable-step`. Add, never rename. */
  code: z.string().max(40),
  /** E.g. `routes.0.steps.1`. */
  path: z.string().max(80),
  message: z.string().max(300),
  /** The care unit where it is so; null: wherever the policy holds. */
  careUnitId: CareUnitId.nullable(),
});
export type PolicyFinding = z.infer<typeof PolicyFinding>;

/**
 * Load of one person by the count of pages in 10 minutes. Source: ISA-18.2 and EEMUA 191 count alarms of one operator: about 1 in
 * 10 minutes is acceptable, 2 are manageable, more than 10 a flood.
 */
export const LoadBand = z.enum(['acceptable', 'manageable', 'demanding', 'overload']);
export type LoadBand = z.infer<typeof LoadBand>;

const count = z.number().int().nonnegative();
const delays = z.object({ p50Ms: z.number(), p95Ms: z.number(), mostMs: z.number() }).nullable();

/** What one policy would have done with the alarms of a span. A page here is one person told once of one alarm, by whatever channels. */
export const SimulatedPolicy = z.object({
  pages: count,
  /** Alarms of which at least one person would have been told. */
  toldAlarms: count,
  /** Alarms that the policy pages for and of which nobody would have been told, because nobody was there. */
  nobodyAlarms: count,
  /** Times that a policy came to its end before somebody really accepted. */
  ranOut: count,
  /** Steps that nobody was there for. */
  skippedSteps: count,
  perPerson: z.array(
    z.object({
      staffId: StaffId,
      pages: count,
      /** Most in one span of 10 minutes. */
      mostIn10Min: count,
      band: LoadBand,
      /** Spans of 10 minutes with more than 10 pages. */
      overloads: count,
    }),
  ),
  perStep: z.array(z.object({ route: count, step: count, pages: count })),
  /** How many spans of 10 minutes of one person with at least one page were how heavy. */
  spans: z.record(LoadBand, count),
  /** Wall time from the alarm to the first page, and to the last one, over the alarms that were told. */
  firstPage: delays,
  lastPage: delays,
});
export type SimulatedPolicy = z.infer<typeof SimulatedPolicy>;

export const SIMULATED_DAYS_MAX = 7;
export const SIMULATED_ALARMS_MAX = 20_000;

/** What a policy would have done, beside what the one in force would have done with the same alarms, and what really happened. Counts only. */
export const PolicySimulation = z.object({
  v: z.literal(1),
  hash: PolicyHash,
  careUnitIds: z.array(CareUnitId),
  /** Wall time `[fromWallMs, toWallMs)`. */
  fromWallMs: EpochMs,
  toWallMs: EpochMs,
  alarms: count,
  /** More alarms than are looked at began in the span: the newest were. */
  isCut: z.boolean(),
  wouldHave: SimulatedPolicy,
  inForce: SimulatedPolicy,
  really: z.object({ pages: count, toldAlarms: count, acceptedAlarms: count, unacceptedAlarms: count }),
  /** What had to be supposed. */
  assumptions: z.array(z.string()),
  /** One line, e.g. `would have paged carol 212 times; ISA band: overload`. */
  summary: z.string(),
});
export type PolicySimulation = z.infer<typeof PolicySimulation>;

/** `GET /api/v1/policies/{hash}` */
export const PolicyDetail = PolicyVersion.extend({
  history: z.array(PolicyChange),
  findings: z.array(PolicyFinding),
  /** The newest one of this content; null where there is none yet. */
  simulation: PolicySimulation.nullable(),
  /** Where it is in force; `careUnitId` null: in every care unit without a policy of its own. */
  inForceIn: z.array(z.object({ careUnitId: CareUnitId.nullable(), sinceWallMs: EpochMs })),
  /** Hashes in force now where this one is to be: what an approval names as `comparedWith`. */
  replaces: z.array(PolicyHash),
});
export type PolicyDetail = z.infer<typeof PolicyDetail>;

/** `GET /api/v1/policies/in-force`. `source`: two people, or site.yaml until two people have put one into force. */
export const PolicyInForce = z.object({
  careUnitId: CareUnitId.nullable(),
  hash: PolicyHash,
  content: PolicyContent,
  source: z.enum(['approved', 'site.yaml']),
  findings: z.array(PolicyFinding),
});
export type PolicyInForce = z.infer<typeof PolicyInForce>;

const careUnitIds = z.array(CareUnitId).max(100);
const reason = z.string().trim().min(1).max(500);
/** `POST /api/v1/policies`: a draft. No care unit: for the whole site. */
export const NewPolicy = z.strictObject({ content: PolicyContent, careUnitIds: careUnitIds.default([]) });
/** `POST /api/v1/policies/simulate`: content that nobody has kept yet. */
export const NewSimulation = z.strictObject({
  content: PolicyContent,
  careUnitIds: careUnitIds.default([]),
  days: z.number().int().min(1).max(SIMULATED_DAYS_MAX).default(SIMULATED_DAYS_MAX),
});
export const StoredSimulation = NewSimulation.pick({ days: true });
/** Why it is to change, or is not to; for colleagues and auditors. No patient's data. */
export const PolicyReason = z.strictObject({ reason });
/** `replaces` as it was shown: when another one is in force by then, one has to look again. */
export const PolicyApproval = z.strictObject({ comparedWith: z.array(PolicyHash).max(100), reason });
