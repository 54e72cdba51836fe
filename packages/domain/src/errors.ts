import type { AssignmentConflict } from '@vigil/contracts';

/** Codes are part of the API and of the runbook: `docs/runbook.md#<code>`. Add, never rename. */
export type ErrorCode =
  | 'log-unavailable'
  | 'store-unavailable'
  | 'ownership-lost'
  | 'state-too-new'
  | 'pager-unavailable'
  | 'not-found'
  | 'conflict'
  | 'assignment-conflict'
  | 'reason-required'
  | 'import-stale'
  | 'ehr-unavailable'
  | 'ehr-refused'
  | 'feed-refused'
  | 'revision-moved'
  | 'precondition-required'
  | 'invalid-request'
  | 'unauthenticated'
  | 'second-factor-required'
  | 'second-factor-enrolment-required'
  | 'password-change-required'
  | 'wrong-code'
  | 'ticket-expired'
  | 'reauthentication-required'
  | 'forbidden'
  | 'physician-required'
  | 'second-person-required'
  | 'approval-stale'
  | 'policy-refused'
  | 'simulation-required'
  | 'too-many-attempts'
  | 'impossible-rate'
  | 'link-expired'
  | 'audit-unavailable'
  | 'anchor-unavailable'
  | 'anchor-refused'
  | 'identity-provider-unavailable'
  | 'keys-unavailable'
  | 'record-tampered';

type IdKind =
  | ('alarm' | 'bed' | 'device' | 'staff' | 'encounter' | 'gateway' | 'page' | 'careUnit')
  | ('assignment' | 'task' | 'message' | 'schedule');

/**
 * All that an error may say. A closed list on purpose: there is no field in which a name, a birth date or a reading
 * could reach a log line.
 */
export interface ErrorFacts {
  readonly ids?: readonly `${IdKind}:${string}`[];
  readonly partition?: number;
  readonly attempt?: number;
  readonly waitedMs?: number;
}

/** Something outside this program went wrong, or the caller asked for what it may not have. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
    /** True when the same call may succeed later; the caller decides how long to try. */
    readonly retryable = false,
    cause?: unknown,
  ) {
    super(`${code} ${JSON.stringify(facts)}`, { cause });
  }
}

/** A change of who is where that something stands in the way of: 409, with what it is and when it holds. */
export class AssignmentRefused extends PlatformError {
  constructor(readonly conflicts: readonly AssignmentConflict[]) {
    super('assignment-conflict', {
      ids: conflicts.flatMap(({ bedId }) => (bedId === undefined ? [] : [`bed:${bedId}` as const])),
    });
  }
}
