import type { CareUnitId, Role } from '@vigil/contracts';

/** What can be asked for. Read actions that show a patient are marked in `READS_PATIENT`. */
export type Action =
  | 'bed.read'
  | 'history.read'
  | 'alarm.read'
  | 'alarm.accept'
  | 'alarm.acknowledge'
  | 'patient.read'
  | 'patient.create'
  | 'encounter.read'
  | 'encounter.admit'
  | 'encounter.discharge'
  | 'assignment.read'
  | 'assignment.create'
  | 'staff.read'
  | 'reject.read'
  /** Search the audit trail, one row or many. */
  | 'audit.read'
  /** Take the audit trail out, whole or for one patient. */
  | 'audit.export'
  /** Set or lift a legal hold. */
  | 'audit.hold'
  | 'account.read'
  | 'account.manage'
  | 'station.read'
  | 'station.manage'
  /** Open the record of one patient in an emergency. */
  | 'break-glass.use'
  | 'break-glass.read'
  | 'break-glass.review'
  | 'key.read'
  | 'key.rotate'
  /** Destroy the keys of one patient, so that nobody can read the record again. */
  | 'patient.erase'
  | 'gateway.config';

export interface Actor {
  readonly roles: readonly Role[];
  /** Care units in whose scope the actor works. */
  readonly careUnitIds: readonly CareUnitId[];
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Actions whose answer shows a patient: each leaves an audit row before the answer goes out. */
export const READS_PATIENT: ReadonlySet<Action> = new Set([
  'bed.read',
  'history.read',
  'alarm.read',
  'patient.read',
  'encounter.read',
]);

const CLINICAL: readonly Action[] = [
  'bed.read',
  'history.read',
  'alarm.read',
  'alarm.accept',
  'alarm.acknowledge',
  'patient.read',
  'encounter.read',
  'encounter.admit',
  'encounter.discharge',
  'assignment.read',
  'staff.read',
  'break-glass.use',
];

/** Deny by default: a role without a row has no rights. */
const RIGHTS: Partial<Record<Role, ReadonlySet<Action>>> = {
  nurse: new Set(CLINICAL),
  'charge-nurse': new Set([...CLINICAL, 'patient.create', 'assignment.create', 'station.read', 'station.manage']),
  physician: new Set(CLINICAL),
  'on-call': new Set(CLINICAL),
  biomed: new Set(['assignment.read', 'staff.read', 'reject.read', 'station.read']),
  admin: new Set([
    'assignment.read',
    'assignment.create',
    'staff.read',
    'reject.read',
    'account.read',
    'account.manage',
    'station.read',
    'station.manage',
    'key.read',
  ]),
  'security-officer': new Set([
    'audit.read',
    'audit.export',
    'audit.hold',
    'staff.read',
    'account.read',
    'break-glass.read',
    'break-glass.review',
    'key.read',
    'key.rotate',
    'patient.erase',
  ]),
  auditor: new Set(['audit.read', 'audit.export', 'staff.read', 'break-glass.read']),
  service: new Set([
    'patient.read',
    'patient.create',
    'encounter.read',
    'encounter.admit',
    'encounter.discharge',
    'bed.read',
    'gateway.config',
  ]),
};

/** Roles that work for the whole site rather than for a care unit. */
const SITE_WIDE: ReadonlySet<Role> = new Set(['biomed', 'admin', 'security-officer', 'auditor', 'service']);

/**
 * May this actor do this to something in this care unit? Pure, deny by default.
 *
 * @param careUnitId where the subject is; null for subjects without one (a patient who is not admitted, the audit log)
 */
export function may(actor: Actor, action: Action, careUnitId: CareUnitId | null): Decision {
  const granting = actor.roles.filter((role) => RIGHTS[role]?.has(action) === true);
  if (granting.length === 0) return { allowed: false, reason: `no role of the actor grants ${action}` };
  if (granting.some((role) => SITE_WIDE.has(role))) return { allowed: true, reason: `${action} is granted site-wide` };
  if (careUnitId !== null && !actor.careUnitIds.includes(careUnitId)) {
    return { allowed: false, reason: 'the subject is in another care unit' };
  }
  return { allowed: true, reason: `${action} is granted by ${granting[0]}` };
}
