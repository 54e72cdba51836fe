import { CommandId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { InvalidRequest } from './invalid-request.js';

/** ETag of an alarm: the revisions of its two machines, signal first. */
export function alarmETag(alarm: { readonly rev: number; readonly escalation: { readonly rev: number } }): string {
  return `"${alarm.rev}.${alarm.escalation.rev}"`;
}

const IF_MATCH = /^"(\d{1,9})(?:\.(\d{1,9}))?"$/;

/** Forms of the headers of commands, for the OpenAPI document. */
export const IF_MATCH_FORM = z.string().regex(IF_MATCH);
export const IDEMPOTENCY_KEY_FORM = CommandId;

/**
 * The revision that a person saw: `"<rev>"` of the machine that the command is for, or the whole ETag of the alarm.
 *
 * @throws PlatformError('precondition-required') when the header is missing; InvalidRequest when it is in no such
 * form. `*` is refused: a command is for what somebody looked at.
 */
export function ifMatch(header: string | undefined, machine: 'signal' | 'escalation'): number {
  if (header === undefined || header.trim() === '') throw new PlatformError('precondition-required');
  const match = IF_MATCH.exec(header.trim());
  if (match === null) throw new InvalidRequest([{ path: 'header.if-match', message: 'a revision in quotes, or the ETag' }]);
  const rev = machine === 'escalation' && match[2] !== undefined ? match[2] : match[1];
  return Number(rev);
}

/** @throws InvalidRequest when there is none, or when it is no UUID */
export function idempotencyKey(header: string | undefined): CommandId {
  const parsed = CommandId.safeParse(header);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest([
    { path: 'header.idempotency-key', message: 'a UUID, new for each command and the same when it is sent again' },
  ]);
}
