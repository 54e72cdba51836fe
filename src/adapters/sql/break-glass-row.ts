import {
  type BedId,
  BreakGlassGrant,
  type BreakGlassId,
  type BreakGlassState,
  type CareUnitId,
  type PatientId,
} from '@vigil/contracts';
import { REVIEW_WITHIN_MS, type NewGrant } from '../../ports/break-glass.js';
import type { BreakGlassRow } from './schema.js';

/** The row of a new grant; its words are sealed afterwards. */
export function rowOf(grant: NewGrant, loud: boolean): BreakGlassRow {
  return {
    grant_id: grant.grantId,
    staff_id: grant.staffId,
    patient_id: grant.patientId,
    bed_id: grant.bedId,
    care_unit_id: grant.careUnitId,
    reason: grant.reason,
    reason_text: grant.text,
    opened_wall_ms: grant.openedWallMs,
    ends_wall_ms: grant.endsWallMs,
    loud: loud ? 1 : 0,
    reviewed_by: null,
    reviewed_wall_ms: null,
    outcome: null,
    note: null,
  };
}

export function stateOf(row: Pick<BreakGlassRow, 'reviewed_wall_ms' | 'ends_wall_ms'>, wallMs: number): BreakGlassState {
  if (row.reviewed_wall_ms !== null) return 'reviewed';
  return row.ends_wall_ms > wallMs ? 'open' : 'ended';
}

/** @param names of staff, by id */
export function grantOf(row: BreakGlassRow, names: ReadonlyMap<string, string>, wallMs: number): BreakGlassGrant {
  const dueMs = row.opened_wall_ms + REVIEW_WITHIN_MS;
  return BreakGlassGrant.parse({
    grantId: row.grant_id as BreakGlassId,
    staffId: row.staff_id,
    staffName: names.get(row.staff_id) ?? row.staff_id,
    patientId: row.patient_id as PatientId,
    bedId: row.bed_id as BedId | null,
    careUnitId: row.care_unit_id as CareUnitId | null,
    reason: row.reason,
    text: row.reason_text,
    openedMs: row.opened_wall_ms,
    endsMs: row.ends_wall_ms,
    state: stateOf(row, wallMs),
    loud: row.loud === 1,
    reviewDueMs: dueMs,
    overdue: row.reviewed_wall_ms === null && dueMs <= wallMs,
    review:
      row.reviewed_by === null
        ? null
        : {
            by: row.reviewed_by,
            byName: names.get(row.reviewed_by) ?? row.reviewed_by,
            atMs: row.reviewed_wall_ms,
            outcome: row.outcome,
            note: row.note,
          },
  });
}
