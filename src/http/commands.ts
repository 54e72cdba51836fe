import type { CommandId, StaffId } from '@vigil/contracts';
import type { RequestContext } from '../access/request-context.js';
import type { AppClock } from '../ports/app-clock.js';
import type { Change } from '../ports/change.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey, IF_MATCH_FORM } from './revision.js';

export type CommandHeaders = Readonly<Record<string, string | undefined>>;

/** Of what makes something new. */
export const CREATE_HEADERS = {
  'Idempotency-Key': {
    required: true,
    meaning: 'A UUID. The same key sent again does nothing and gives the same answer.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;

/** Of what changes something. */
export const CHANGE_HEADERS = {
  'If-Match': { required: true, meaning: 'The revision that the person saw, as `"<rev>"`.', form: IF_MATCH_FORM },
  ...CREATE_HEADERS,
} as const;

/**
 * What a store is told about a command of a person, with its audit entry.
 *
 * @param detail for the audit trail: ids and words, nothing that somebody wrote
 * @throws InvalidRequest where the key is missing; PlatformError('forbidden') for a service, which is no person
 */
export function changeOf(context: RequestContext, headers: CommandHeaders, clock: AppClock, detail: string): Change {
  const commandId: CommandId = idempotencyKey(headers['idempotency-key']);
  const by: StaffId = context.person.staffId;
  const audit = context.commandEntry(`${detail}, command:${commandId}`);
  return { audit, nowMs: clock.nowMs(), wallMs: clock.wallMs(), commandId, by, source: 'person', sourceRef: null };
}
