import { createHash } from 'node:crypto';
import type { CareUnitId, GatewayId, Role, SessionUser } from '@vigil/contracts';
import { type Action, type Actor, may } from '@vigil/domain';
import type { AuditPurpose } from '../ports/audit-trail.js';

/** Who sent a request or holds a socket. */
export interface Caller extends Actor {
  /** As audit rows have it, the same as `id`: a staff id, `system:<name>` for a service, `station:<id>`. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly careUnitIds: readonly CareUnitId[];
  /** Null for a service and for a station, which are no persons. */
  readonly user: SessionUser | null;
  /** Hash of the session's token, or of the station's; null for a service, whose token does not expire. */
  readonly tokenHash: string | null;
  /** Wall time; null where the token does not expire. */
  readonly expiresAtMs: number | null;
  /** The shared screen that it happens at, or that asks; null or left out where none is known. */
  readonly stationId?: string | null;
}

export function personCaller(user: SessionUser, tokenHash: string, expiresAtMs: number): Caller {
  const { staffId, roles, careUnitIds } = user;
  return { kind: 'person', id: staffId, name: staffId, roles, careUnitIds, user, tokenHash, expiresAtMs };
}

/** Somebody who has shown the password and has no session yet: for the audit row of what that step changes. */
export function personWithoutSession(user: SessionUser): Caller {
  return { ...personCaller(user, '', 0), tokenHash: null, expiresAtMs: null };
}

/** @param gatewayId for a gateway: it may then do what a gateway does for itself, and nothing else */
export function serviceCaller(name: string, roles: readonly Role[], gatewayId: GatewayId | null = null): Caller {
  const id = `system:${name}`;
  return { kind: 'service', id, name: id, roles, careUnitIds: [], gatewayId, user: null, tokenHash: null, expiresAtMs: null };
}

/** A program that reads history of these care units and does nothing else: it has no role of a service either. */
export function historyReaderCaller(name: string, careUnitIds: readonly CareUnitId[], untilMs: number): Caller {
  const id = `system:reader-${name}`;
  const nobody = { roles: [], user: null, tokenHash: null };
  return { kind: 'service', id, name: id, careUnitIds, readsHistory: true, expiresAtMs: untilMs, ...nobody };
}

/** A shared screen of one care unit, with nobody signed in. */
export function stationCaller(stationId: string, careUnitId: CareUnitId, tokenHash: string, expiresAtMs: number | null): Caller {
  const id = `station:${stationId}`;
  return { kind: 'station', id, name: id, roles: [], careUnitIds: [careUnitId], user: null, tokenHash, expiresAtMs, stationId };
}

/** Names the session in audit rows; from it nobody finds the token or the row of the session. Null for a service. */
export function sessionRef({ tokenHash }: Pick<Caller, 'tokenHash'>): string | null {
  if (tokenHash === null) return null;
  return createHash('sha256').update(`vigil session reference|${tokenHash}`).digest('hex').slice(0, 16);
}

const CARE = /^(bed|history|alarm|patient|encounter|standby)\.|^device\.assign|^assignment\.correct$/;

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
  return units.filter((unit) => may(caller, action, { careUnitIds: [unit.careUnitId] }).allowed);
}
