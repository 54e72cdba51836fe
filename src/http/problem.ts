import { HttpException } from '@nestjs/common';
import type { Problem } from '@vigil/contracts';
import { AssignmentRefused, type ErrorCode, PlatformError } from '@vigil/domain';
import { RefusedWithErrors, TooManyAttempts } from './invalid-request.js';
import { MethodNotAllowed } from './other-methods.js';
import { NoSnapshot } from './no-snapshot.js';
import { ImpossibleRate } from './presses.js';
import { SignInUnfinished } from './sign-in-unfinished.js';

/** Status and words of each code. The words are for people and say nothing about the subject. */
export const PROBLEMS: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  'invalid-request': { status: 400, title: 'The request is not what this endpoint takes' },
  unauthenticated: { status: 401, title: 'Nobody is signed in, or the name or password is wrong' },
  'second-factor-required': { status: 401, title: 'The password is right; now show your second factor' },
  'second-factor-enrolment-required': {
    status: 401,
    title: 'The password is right; your role needs a second factor: set one up',
  },
  'password-change-required': { status: 401, title: 'The password is temporary: choose your own' },
  'wrong-code': { status: 401, title: 'The code is wrong, or was used: try the next one' },
  'ticket-expired': { status: 410, title: 'This took too long or was used: start again' },
  'reauthentication-required': { status: 403, title: 'Sign in again first: this needs a sign-in of the last minutes' },
  forbidden: { status: 403, title: 'Your role does not allow this' },
  'physician-required': { status: 403, title: 'Wider than the limits of the unit: a physician has to set them' },
  'second-person-required': { status: 403, title: 'Somebody else than who proposed it has to approve it' },
  'approval-stale': {
    status: 409,
    title:
      'Approved more than 14 days before, or against something else than what is in force now: withdraw, propose and approve it again',
  },
  'policy-refused': { status: 422, title: 'Under this policy alarms might be told to nobody: `errors` says where and why' },
  'simulation-required': {
    status: 409,
    title: 'Simulate it first: a proposal shows what it would have done in the last days, looked at within the last 24 hours',
  },
  'not-found': { status: 404, title: 'There is no such thing, or not for you' },
  conflict: { status: 409, title: 'It is already so, taken by somebody else, or not its turn yet: look again' },
  'assignment-conflict': { status: 409, title: 'Something stands in the way: `conflicts` says what, and when' },
  'reason-required': { status: 400, title: 'This needs a reason: say why, in `reason` and, for a correction, in `note`' },
  'import-stale': { status: 409, title: 'The site has changed since this import was looked at: look at its differences again' },
  'feed-refused': { status: 409, title: 'This can no longer be applied as it stands: look at the reason again' },
  'link-expired': { status: 410, title: 'This link was used or is too old' },
  'revision-moved': { status: 412, title: 'It has changed since you looked: look again' },
  'precondition-required': { status: 428, title: 'Say which revision you saw: If-Match is missing' },
  'impossible-rate': { status: 429, title: 'Nobody presses like this: nothing was done. Wait five seconds and press one alarm' },
  'too-many-attempts': { status: 429, title: 'Too many attempts: wait' },
  'log-unavailable': { status: 503, title: 'The log is away' },
  'store-unavailable': { status: 503, title: 'The store is away' },
  'state-too-new': { status: 503, title: 'The stored state is of a newer version' },
  'ownership-lost': { status: 503, title: 'Another process has taken over' },
  'pager-unavailable': { status: 503, title: 'The pager is away' },
  'keys-unavailable': { status: 503, title: 'The keys are away, so sealed data can be neither read nor written' },
  'record-tampered': { status: 409, title: 'This record was changed from outside and is not shown' },
  'identity-provider-unavailable': { status: 503, title: 'The identity provider is away: sign in with your password' },
  'ehr-unavailable': { status: 503, title: 'The records of the hospital are away; alarms go on, and what is to be sent waits' },
  'ehr-refused': { status: 502, title: 'The records of the hospital refused this: it waits for a person' },
  'anchor-unavailable': { status: 503, title: 'A place that keeps checkpoints of the audit trail is away' },
  'anchor-refused': { status: 503, title: 'A witness has seen another audit trail than this one' },
  'audit-unavailable': { status: 503, title: 'The audit trail is away, so patient data are not shown' },
};

export interface Answer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a caller is told about an error (RFC 9457). Total: what is not known here becomes 500 `internal` without a
 * word of the error itself, so that nothing internal and nothing about a patient gets out.
 */
export function answerTo(error: unknown): Answer {
  if (error instanceof PlatformError) {
    const { status, title } = PROBLEMS[error.code];
    const problem = problemOf(status, error.code, title);
    if (error instanceof RefusedWithErrors) return { problem: { ...problem, errors: [...error.errors] }, headers: {} };
    if (error instanceof AssignmentRefused) return { problem: { ...problem, conflicts: [...error.conflicts] }, headers: {} };
    if (error instanceof NoSnapshot) return { problem: { ...problem, detail: error.words }, headers: {} };
    if (error instanceof TooManyAttempts || error instanceof ImpossibleRate) {
      return { problem, headers: { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) } };
    }
    if (error instanceof SignInUnfinished) return { problem: { ...problem, ...error.step }, headers: {} };
    if (status === 401) return { problem, headers: { 'www-authenticate': 'Bearer realm="vigil"' } };
    return { problem, headers: status === 503 ? { 'retry-after': '2' } : {} };
  }
  const status = statusOf(error);
  if (error instanceof MethodNotAllowed) {
    return {
      problem: problemOf(405, 'invalid-request', 'This path does not take this method'),
      headers: { allow: error.allow.join(', ') },
    };
  }
  if (status === 404) return { problem: problemOf(404, 'not-found', PROBLEMS['not-found'].title), headers: {} };
  if (status === 414) return { problem: problemOf(414, 'invalid-request', 'The address is too long'), headers: {} };
  if (status === 413) return { problem: problemOf(413, 'invalid-request', 'The request is too large'), headers: {} };
  if (status === 415) return { problem: problemOf(415, 'invalid-request', 'Send application/json'), headers: {} };
  if (status >= 400 && status < 500) {
    return { problem: problemOf(status, 'invalid-request', PROBLEMS['invalid-request'].title), headers: {} };
  }
  return { problem: problemOf(500, 'internal', 'A fault in Vigil; it was recorded'), headers: {} };
}

function problemOf(status: number, code: string, title: string): Problem {
  return { type: `urn:vigil:problem:${code}`, title, status, code };
}

/** Status that Nest or Fastify gave an error of theirs (bad JSON, no such route, too large); 500 otherwise. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 500;
}
