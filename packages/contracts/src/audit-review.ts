import { z } from 'zod';
import { AuditQuery, AuditRow } from './audit.js';
import { EpochMs } from './ids.js';
import { Patient } from './rest.js';

/** What one question about the trail counts. The same filters as the search of it. */
export const AuditSummaryQuery = AuditQuery.omit({ limit: true, cursor: true });

/**
 * Why an entry is worth a second look. None says that something was wrong.
 *
 * `breakGlass`: under an emergency access. `noRelation`: shown to a person who had no duty in the care unit where the
 * patient lay, and was paged for no alarm there. `offDuty`: shown to a person who had no duty anywhere then.
 * `sameSurname`: staff and patient have one family name. `bulk`: the person opened the records of many patients within an hour.
 */
export const AuditFlag = z.enum(['breakGlass', 'noRelation', 'offDuty', 'sameSurname', 'bulk']);
export type AuditFlag = z.infer<typeof AuditFlag>;

export const AuditPersonCount = z.object({
  actor: z.string(),
  /** Null: no member of staff of this site any more, or none. */
  name: z.string().nullable(),
  roles: z.array(z.string()),
  /** Times that the record was shown. */
  views: z.number().int().nonnegative(),
  /** What else was done and allowed. */
  others: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  firstMs: EpochMs,
  lastMs: EpochMs,
  flags: z.array(AuditFlag),
});
export type AuditPersonCount = z.infer<typeof AuditPersonCount>;

/** `GET /api/v1/audit/summary` */
export const AuditSummary = z.object({
  entries: z.number().int().nonnegative(),
  views: z.number().int().nonnegative(),
  /** Persons among whom the views are; parts of Vigil and stations are none. */
  people: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  /** Views, by flag. Null: not worked out, because no one patient was asked about. */
  flagged: z.record(AuditFlag, z.number().int().nonnegative().nullable()),
  byPerson: z.array(AuditPersonCount).max(500),
  /** The entries that have flags, newest first. */
  flags: z.array(z.object({ seq: AuditRow.shape.seq, flags: z.array(AuditFlag).min(1) })).max(10_000),
  /** There were more entries than are counted, the newest: ask for a shorter time. */
  cut: z.boolean(),
});
export type AuditSummary = z.infer<typeof AuditSummary>;

/** `POST /api/v1/audit/patients`: whose trail is to be looked at. By POST: what is on a wristband is in no address. */
export const AuditPatient = Patient.pick({ patientId: true, mrn: true, familyName: true, givenName: true, birthDate: true });
export type AuditPatient = z.infer<typeof AuditPatient>;

/** `GET /api/v1/audit/chain`: how the log of all looks is, as its keeper knows. */
export const AuditChainView = z.object({
  atMs: EpochMs,
  entries: z.number().int().nonnegative(),
  checkpoint: z.object({ size: z.number().int().nonnegative(), atMs: EpochMs, ageMs: z.number().nonnegative() }).nullable(),
  /** Entries that are under no checkpoint yet. */
  unsigned: z.number().int().nonnegative(),
  /** Entries that wait outside of the log because it could not take them, and those of them that were lost. */
  waiting: z.number().int().nonnegative(),
  lost: z.number().int().nonnegative(),
  /** Age of the oldest that waits. Null: none does. */
  lagMs: z.number().nonnegative().nullable(),
  /** What the keeper says is wrong. Null: nothing, or no keeper runs in this process. */
  problem: z.string().nullable(),
  /** The keeper has found that the log was changed. */
  broken: z.boolean(),
  /** The same of the anchors: places outside the database. */
  anchorProblem: z.string().nullable(),
  anchors: z.array(z.string()),
});
export type AuditChainView = z.infer<typeof AuditChainView>;

/** `POST /api/v1/audit/verifications`: from that time (wall) to the end of the log; left out, all of it. */
export const NewAuditVerification = z.strictObject({ from: EpochMs.optional() });

export const AuditFinding = z.object({
  kind: z.string(),
  from: z.number().int(),
  to: z.number().int(),
  /** What is wrong, in one sentence, and what to do. */
  what: z.string(),
  advice: z.string(),
});
export type AuditFinding = z.infer<typeof AuditFinding>;

/** One run of the verifier over the log. It is in memory: a restart forgets it. */
export const AuditVerification = z.object({
  verificationId: z.string().max(64),
  /** `failed`: nothing can be said; `why` says why. */
  state: z.enum(['running', 'done', 'failed']),
  why: z.enum(['noKeys', 'noCheckpoint', 'storeAway', 'stopped', 'disposed']).nullable(),
  startedBy: z.string(),
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  firstSeq: z.number().int(),
  lastSeq: z.number().int(),
  checked: z.number().int().nonnegative(),
  /** Null until it has ended. */
  ok: z.boolean().nullable(),
  findings: z.array(AuditFinding).max(200),
  hasMore: z.boolean(),
  /** Stored checkpoints that a known key signed, within what was checked. */
  checkpoints: z.number().int().nonnegative(),
  /** The newest checkpoint that the log agrees with: what comes after is not signed yet. */
  signed: z.object({ size: z.number().int(), atMs: EpochMs }).nullable(),
  /** What places outside the database have seen. */
  anchors: z.array(
    z.object({
      name: z.string(),
      size: z.number().int().nullable(),
      atMs: EpochMs.nullable(),
      unreadable: z.number().int().nonnegative(),
    }),
  ),
});
export type AuditVerification = z.infer<typeof AuditVerification>;
