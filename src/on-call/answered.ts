import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../access/request-context.js';
import { type FieldError, InvalidRequest } from '../http/invalid-request.js';
import type { Outcome } from '../ports/stay-limits.js';

const ERRORS_MAX = 20;

/** One that was carried out before leaves the row of a repeat, as every command does. */
export function answered<T>(context: RequestContext, reply: FastifyReply, { value, repeated }: Outcome<T>): T {
  if (repeated) context.commandRepeated();
  return tagged(reply, value);
}

export function tagged<T>(reply: FastifyReply, value: T): T {
  const { rev } = value as { readonly rev?: number };
  if (rev !== undefined) void reply.header('etag', `"${rev}"`);
  return value;
}

/** @throws InvalidRequest where there is anything to say */
export function refuseWith(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new InvalidRequest(errors.slice(0, ERRORS_MAX));
}
