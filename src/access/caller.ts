import type { CareUnitId, Role, SessionUser } from '@vigil/contracts';
import { type Action, type Actor, may } from '@vigil/domain';

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

/** Those of the care units in which the caller may do this. */
export function within<T extends { readonly careUnitId: CareUnitId }>(
  caller: Actor,
  action: Action,
  units: readonly T[],
): readonly T[] {
  return units.filter((unit) => may(caller, action, unit.careUnitId).allowed);
}
