import { z } from 'zod';
import { EpochMs } from './ids.js';
import { RuleSet } from './rule-set.js';

export const RuleSetHash = z.string().regex(/^[0-9a-f]{64}$/, 'the SHA-256 of a rule set, 64 hexadecimal digits');

/**
 * Where a rule set is in its life: written (`draft`), put before others (`proposed`), approved by a second person or `rejected`,
 * `scheduled` for a date, `active` (one at a time), and `superseded` by the next. A superseded one may be proposed again: that is
 * how one goes back.
 */
export const RuleSetState = z.enum(['draft', 'proposed', 'approved', 'rejected', 'scheduled', 'active', 'superseded']);
export type RuleSetState = z.infer<typeof RuleSetState>;

export const RuleSetAction = z.enum(['create', 'propose', 'approve', 'reject', 'schedule', 'withdraw', 'activate', 'supersede']);
export type RuleSetAction = z.infer<typeof RuleSetAction>;

/** Staff id, or `installation` for what a site began with. */
const who = z.string().max(64);

/** One line of `GET /api/v1/rule-sets`. */
export const RuleSetVersion = z.object({
  hash: RuleSetHash,
  name: z.string(),
  state: RuleSetState,
  /** What commands name by If-Match. */
  rev: z.number().int(),
  proposedBy: who.nullable(),
  approvedBy: who.nullable(),
  /** Event time from which on it is to be in force; null where no date is set. */
  effectiveMs: EpochMs.nullable(),
  /** Wall time. */
  createdAtMs: EpochMs,
  changedAtMs: EpochMs,
});
export type RuleSetVersion = z.infer<typeof RuleSetVersion>;

export const RuleSetChange = z.object({
  rev: z.number().int(),
  action: RuleSetAction,
  by: who,
  reason: z.string(),
  atWallMs: EpochMs,
});
export type RuleSetChange = z.infer<typeof RuleSetChange>;

/** What differs in one rule, one suppression (`id`), or in the set itself (`id` empty). Values as JSON; null: not there. */
export const RuleSetDifference = z.object({
  what: z.enum(['added', 'removed', 'changed']),
  part: z.enum(['set', 'rule', 'suppression']),
  id: z.string(),
  fields: z.array(z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
});
export type RuleSetDifference = z.infer<typeof RuleSetDifference>;

export const RuleSetDiff = z.object({
  from: RuleSetHash,
  to: RuleSetHash,
  differences: z.array(RuleSetDifference),
  /** The same rules in another order: of limits of one side the order decides nothing, of reports it may. */
  orderOnly: z.boolean(),
});
export type RuleSetDiff = z.infer<typeof RuleSetDiff>;

/** `GET /api/v1/rule-sets/{hash}`; `active` in its place for the one in force. */
export const RuleSetDetail = RuleSetVersion.extend({
  ruleSet: RuleSet,
  history: z.array(RuleSetChange),
  /** What of it the engine leaves out, and why: it raises nothing although it stands there. Empty for every set that passes the checks. */
  leftOut: z.array(z.object({ part: z.enum(['rule', 'suppression']), id: z.string(), reason: z.string() })),
});
export type RuleSetDetail = z.infer<typeof RuleSetDetail>;

/** `POST /api/v1/rule-sets`: a rule file as text, checked as `vigil rules check` does. */
export const NewRuleSet = z.strictObject({ file: z.string().min(1).max(1_000_000) });
const reason = z.string().trim().min(1).max(500);
/** Why the rules are to change, or are not to; for colleagues and auditors. No patient's data. */
export const RuleSetReason = z.strictObject({ reason });
/** The rule set in force that the new one was compared with: when another one is in force by then, one has to look again. */
export const RuleSetApproval = z.strictObject({ comparedWith: RuleSetHash, reason: reason.optional() });
/** Event time; left out: at once. */
export const RuleSetSchedule = z.strictObject({ atMs: EpochMs.optional() });
