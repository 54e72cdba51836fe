import { type ErrorCode, PlatformError } from '@vigil/domain';
import type { z } from 'zod';

export interface FieldError {
  /** E.g. `body.patientId`, `query.from`, `header.idempotency-key`. */
  readonly path: string;
  /** What was expected; never what was sent. */
  readonly message: string;
}

/** Refused with a line for each thing that is wrong. */
export class RefusedWithErrors extends PlatformError {
  constructor(
    code: ErrorCode,
    readonly errors: readonly FieldError[],
  ) {
    super(code);
  }
}

/** The request is not what the endpoint takes: 400, with a line for each field. */
export class InvalidRequest extends RefusedWithErrors {
  constructor(errors: readonly FieldError[]) {
    super('invalid-request', errors);
  }
}

/** The caller has to wait: 429, with Retry-After. */
export class TooManyAttempts extends PlatformError {
  constructor(readonly retryAfterMs: number) {
    super('too-many-attempts', { waitedMs: retryAfterMs }, true);
  }
}

const ERRORS_MAX = 20;

/**
 * The value in the schema's form. What was left out is an empty object; JSON's `null` is not.
 *
 * @param where first part of each path: `body`, `query`, `params` or `header`
 * @throws InvalidRequest when it does not fit
 */
export function parse<T extends z.ZodType>(schema: T, value: unknown, where: string): z.infer<T> {
  const parsed = schema.safeParse(value === undefined ? {} : value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, ERRORS_MAX).map((issue) => ({
    path: [where, ...issue.path.map(String)].join('.'),
    message: issue.code === 'unrecognized_keys' ? unknownMembers(issue.keys.length, schema) : messageOf(issue),
  }));
  throw new InvalidRequest(errors);
}

/** A query is text, so what is left out or is no number reaches the check as NaN: a word of ours that helps nobody. */
function messageOf({ message }: z.core.$ZodIssue): string {
  const expected = /^Invalid input: expected (number|int), received NaN$/.exec(message);
  return expected === null ? message : 'missing, or no number: a whole number is expected';
}

/** Names of members are the client's own words like their values: some write a patient's name there. */
function unknownMembers(count: number, schema: z.ZodType): string {
  const { shape } = schema as { readonly shape?: object };
  const known = shape === undefined ? '' : `; known here: ${Object.keys(shape).join(', ')}`;
  return `${count} unknown member${count === 1 ? '' : 's'}${known}`;
}
