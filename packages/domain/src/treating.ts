import type { BedId, CareUnitId, PatientId, Role } from '@vigil/contracts';

/**
 * Wall time for which having accepted an alarm counts as treating: the rest of a shift of 12 h. Set here, as no source
 * gives a figure; ADR 0024 says why.
 */
export const ACCEPTED_COUNTS_MS = 12 * 3_600_000;
/** Wall time after the discharge for which whoever treated the patient may write the record up. Set here, ADR 0024. */
export const DISCHARGED_COUNTS_MS = 24 * 3_600_000;

/** One stay of the patient. Wall times. */
export interface StayFacts {
  readonly careUnitId: CareUnitId;
  readonly bedId: BedId;
  readonly dischargedWallMs: number | null;
}

/** One assignment of the person. Wall times, half-open: [fromMs, toMs). */
export interface DutyFacts {
  readonly careUnitId: CareUnitId;
  /** Null: the whole care unit. */
  readonly bedId: BedId | null;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** All that can make one person treat one patient, as the store has it. */
export interface RelationFacts {
  readonly patientId: PatientId;
  /** The stay that is open, and those that ended lately. */
  readonly stays: readonly StayFacts[];
  /** The person's assignments in the care units of those stays, ended ones too. */
  readonly duties: readonly DutyFacts[];
  /** Newest time at which the person accepted an alarm of one of these stays. */
  readonly acceptedWallMs: number | null;
  /** A page for an escalation of this patient that still runs names the person. */
  readonly paged: boolean;
}

export type Relation =
  | 'assigned to the bed'
  | 'covers the care unit'
  | 'accepted an alarm of this stay within 12 h'
  | 'paged for an escalation that runs'
  | 'treated the patient until discharge, within 24 h';

/** Roles whose assignment in a care unit is for all of its patients, even where it names a bed. */
const COVERS_UNIT: ReadonlySet<Role> = new Set(['charge-nurse', 'physician']);

/**
 * Why this person treats this patient at `wallMs`, or null. Pure; the strongest reason comes first.
 *
 * A stay that is open makes no past relation, and a stay that has ended none in the present.
 */
export function treatingRelation(facts: RelationFacts, roles: readonly Role[], wallMs: number): Relation | null {
  const open = facts.stays.filter((stay) => stay.dischargedWallMs === null);
  for (const stay of open) {
    const relation = dutyAt(facts.duties, stay, roles, wallMs);
    if (relation !== null) return relation;
  }
  if (isWithin(facts.acceptedWallMs, ACCEPTED_COUNTS_MS, wallMs)) return 'accepted an alarm of this stay within 12 h';
  if (facts.paged) return 'paged for an escalation that runs';
  const treated = facts.stays.some(
    (stay) =>
      isWithin(stay.dischargedWallMs, DISCHARGED_COUNTS_MS, wallMs) &&
      dutyAt(facts.duties, stay, roles, Math.min(stay.dischargedWallMs!, wallMs)) !== null,
  );
  return treated ? 'treated the patient until discharge, within 24 h' : null;
}

function dutyAt(duties: readonly DutyFacts[], stay: StayFacts, roles: readonly Role[], wallMs: number): Relation | null {
  const now = duties.filter(
    (duty) => duty.careUnitId === stay.careUnitId && duty.fromMs <= wallMs && (duty.toMs === null || duty.toMs > wallMs),
  );
  if (now.some((duty) => duty.bedId === stay.bedId)) return 'assigned to the bed';
  if (now.some((duty) => duty.bedId === null) || (now.length > 0 && roles.some((role) => COVERS_UNIT.has(role)))) {
    return 'covers the care unit';
  }
  return null;
}

/** A time that is still to come counts as now: clocks differ a little. */
function isWithin(atMs: number | null, spanMs: number, wallMs: number): boolean {
  return atMs !== null && wallMs - atMs < spanMs;
}
