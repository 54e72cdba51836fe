import { createHash } from 'node:crypto';
import type { CareUnitId, Role, SessionUser } from '@vigil/contracts';
import { type Action, type Actor, may } from '@vigil/domain';
import type { AuditPurpose } from '../ports/audit-trail.js';

/** Who sent a request or holds a socket. */
export interface Caller extends Actor {
  /** As audit rows have it: a staff id, or `system:<name>` for a service. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly careUnitIds: readonly CareUnitId[];
  /** Null for a service. */
  readonly user: SessionUser | null;
  /** Hash of the session's token; null for a service, whose token does not expire. */
  readonly tokenHash: string | null;
  /** Wall time; null for a service. */
  readonly expiresAtMs: number | null;
}

export function personCaller(user: SessionUser, tokenHash: string, expiresAtMs: number): Caller {
  return { name: user.staffId, roles: user.roles, careUnitIds: user.careUnitIds, user, tokenHash, expiresAtMs };
}

export function serviceCaller(name: string, roles: readonly Role[]): Caller {
  return { name: `system:${name}`, roles, careUnitIds: [], user: null, tokenHash: null, expiresAtMs: null };
}

/** Names the session in audit rows; from it nobody finds the token or the row of the session. Null for a service. */
export function sessionRef({ tokenHash }: Pick<Caller, 'tokenHash'>): string | null {
  if (tokenHash === null) return null;
  return createHash('sha256').update(`vigil session reference|${tokenHash}`).digest('hex').slice(0, 16);
}

const CARE = /^(bed|history|alarm|patient|encounter)\./;

/** Why a person asks for this, as far as the action tells: what concerns a patient is care, the rest runs the house. */
export function purposeOf(action: string): AuditPurpose {
  return CARE.test(action) ? 'treatment' : 'operations';
}

/** Those of the care units in which the caller may do this. */
export function within<T extends { readonly careUnitId: CareUnitId }>(
  caller: Actor,
  action: Action,
  units: readonly T[],
): readonly T[] {
  return units.filter((unit) => may(caller, action, unit.careUnitId).allowed);
}
