import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../access/request-context.js';
import type { Outcome } from '../ports/stay-limits.js';

export const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
export const CREATE_PROBLEMS = [...READ_PROBLEMS, 'conflict'] as const;
export const CHANGE_PROBLEMS = [...CREATE_PROBLEMS, 'revision-moved', 'precondition-required'] as const;

/** The answer to a command with its new ETag; one that was carried out before leaves no second audit row. */
export function answered<T extends { readonly rev: number }>(
  context: RequestContext,
  reply: FastifyReply,
  { value, repeated }: Outcome<T>,
): T {
  if (repeated) context.commandRepeated();
  void reply.header('etag', `"${value.rev}"`);
  return value;
}
