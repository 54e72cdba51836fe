import type { CareUnitId, GatewayId, PatientId, Role } from '@vigil/contracts';
import { type Action, type Holder, RIGHTS, UNDER_BREAK_GLASS, type Where } from './access-rights.js';
import type { Relation } from './treating.js';

/** Who asks. */
export interface Actor {
  readonly kind: 'person' | 'service' | 'station';
  /** A staff id; `system:<name>` for a service, `station:<id>` for a station. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** Care units where the actor works now; those of a station's screen. */
  readonly careUnitIds: readonly CareUnitId[];
  /** The gateway that the actor is; null or left out for everybody else. */
  readonly gatewayId?: GatewayId | null;
  /** A program that reads history of its care units and does nothing else. */
  readonly readsHistory?: boolean;
}

/** What the actor is to the patient whom the subject is about. */
export interface PatientFacts {
  readonly patientId: PatientId;
  /** From `treatingRelation`; null when the actor does not treat the patient. */
  readonly relation: Relation | null;
  /** The actor has an open break-glass grant for this patient. */
  readonly breakGlass: boolean;
}

/** What is asked about. What is left out is not known and allows nothing. */
export interface Subject {
  /** Care units in which it shows now; a gateway's alarm shows in several, a stay that is over in none. */
  readonly careUnitIds: readonly CareUnitId[];
  readonly patient?: PatientFacts | null;
  /** A page for this very alarm names the actor, and its escalation runs. */
  readonly paged?: boolean;
  readonly gatewayId?: GatewayId;
  /** The person whom it belongs to: nobody reviews their own break-glass. */
  readonly staffId?: string;
}

/** A subject without a place: the site, the audit trail. */
export const NOWHERE: Subject = { careUnitIds: [] };

export interface Decision {
  readonly allowed: boolean;
  /** For the audit trail and the log: ids of nobody, only words. */
  readonly reason: string;
  /** True where nothing but a break-glass grant allows it. */
  readonly underBreakGlass: boolean;
}

/**
 * May this actor do this to this subject? Pure, total, deny by default: whatever no row of `RIGHTS` grants is refused.
 * More facts about a subject never take a right away, so that a caller may ask first with few.
 */
export function may(actor: Actor, action: Action, subject: Subject): Decision {
  const granting = holdersOf(actor).filter((holder) => RIGHTS[holder][action] !== undefined);
  if (granting.length === 0) return refused(`no role of the actor grants ${action}`);
  if (action === 'break-glass.review' && subject.staffId === actor.id) return refused('nobody reviews their own break-glass');
  let missing = '';
  for (const holder of granting) {
    const where = RIGHTS[holder][action]!;
    const reason = met(where, actor, subject);
    if (reason !== null) return { allowed: true, reason: `${holder}: ${reason}`, underBreakGlass: false };
    missing = MISSING[where];
  }
  const isOpened = actor.kind === 'person' && subject.patient?.breakGlass === true && UNDER_BREAK_GLASS.has(action);
  if (isOpened) return { allowed: true, reason: 'opened by break-glass', underBreakGlass: true };
  return refused(missing);
}

/** May this actor do this to anything at all? What a route can ask before it knows its subject. */
export function mayAnywhere(actor: Actor, action: Action): Decision {
  const holder = holdersOf(actor).find((each) => RIGHTS[each][action] !== undefined);
  if (holder === undefined) return refused(`no role of the actor grants ${action}`);
  return { allowed: true, reason: `${holder} may do it somewhere`, underBreakGlass: false };
}

/** The rows of the table that speak of this actor. A person is no service, and a service has no role of a person. */
function holdersOf({ kind, roles, gatewayId, readsHistory }: Actor): readonly Holder[] {
  if (kind === 'station') return ['station'];
  if (readsHistory === true) return kind === 'service' ? ['history-reader'] : [];
  if (kind === 'person') return roles.filter((role) => role !== 'service');
  if (!roles.includes('service')) return [];
  return [(gatewayId ?? null) === null ? 'service' : 'gateway'];
}

const MISSING: Readonly<Record<Where, string>> = {
  anywhere: 'never missing',
  'care unit': 'the actor does not work in its care unit now',
  'care unit or treating': 'the actor neither works in its care unit now nor treats the patient',
  treating: 'the actor does not treat the patient',
  'care unit and treating': 'the actor does not treat the patient in its care unit now',
  'own gateway': 'it is another gateway',
};

/** Why the condition is met, or null. */
function met(where: Where, actor: Actor, subject: Subject): string | null {
  const inUnit = subject.careUnitIds.some((unit) => actor.careUnitIds.includes(unit)) ? 'works in the care unit' : null;
  const relation = actor.kind === 'person' ? (subject.patient?.relation ?? null) : null;
  switch (where) {
    case 'anywhere':
      return 'site-wide';
    case 'care unit':
      return inUnit;
    case 'care unit or treating':
      return inUnit ?? relation ?? (actor.kind === 'person' && subject.paged === true ? 'paged for this alarm' : null);
    case 'treating':
      return relation;
    case 'care unit and treating':
      return inUnit === null ? null : relation;
    case 'own gateway':
      return subject.gatewayId !== undefined && subject.gatewayId === actor.gatewayId ? 'its own gateway' : null;
  }
}

function refused(reason: string): Decision {
  return { allowed: false, reason, underBreakGlass: false };
}
