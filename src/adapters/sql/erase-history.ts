import type { BedId, PatientId } from '@vigil/contracts';
import { auditEntry } from '../../ports/audit-trail.js';
import { ERASED_AGAIN_MS, type MeasuredOfErased } from '../../ports/record-keys.js';
import { appendAudit } from './audit-row.js';
import { inBedSince } from './directory-reads.js';
import { liveStays } from './live-stays.js';
import type { Db, Sql } from './sql.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Patients of one look. */
const AT_ONCE = 20;

/** Whose measurements are to be taken out of history now, the longest erased first. */
export async function historyToErase(sql: Sql, nowWallMs: number): Promise<readonly MeasuredOfErased[]> {
  return sql.snapshot(async ({ db }) => {
    const rows = await db
      .selectFrom('patient')
      .select(['patient_id', 'erased_wall_ms', 'history_erased_wall_ms'])
      .where('erased_wall_ms', 'is not', null)
      .where((eb) => {
        const done = eb.ref('history_erased_wall_ms');
        const soon = eb.and([eb(done, '<', eb('erased_wall_ms', '+', HOUR_MS)), eb(done, '<=', nowWallMs - HOUR_MS)]);
        const later = eb.and([eb(done, '<', eb('erased_wall_ms', '+', ERASED_AGAIN_MS)), eb(done, '<=', nowWallMs - DAY_MS)]);
        return eb.or([eb(done, 'is', null), soon, later]);
      })
      .orderBy('erased_wall_ms')
      .orderBy('patient_id')
      .limit(AT_ONCE)
      .execute();
    const found: MeasuredOfErased[] = [];
    for (const row of rows) {
      const stretches = await stretchesOf(db, row.patient_id, Number(row.erased_wall_ms));
      found.push({ patientId: row.patient_id as PatientId, isFirst: row.history_erased_wall_ms === null, stretches });
    }
    return found;
  });
}

/**
 * Where the patient lay. What was measured in a voided stay is of whoever lay there in truth. A stay that is open was over when the
 * patient was erased, and only a restore knows it as open.
 */
async function stretchesOf(db: Db, patientId: string, erasedMs: number): Promise<MeasuredOfErased['stretches']> {
  const stays = await liveStays(db).selectAll('e').where('e.patient_id', '=', patientId).execute();
  const past = await db
    .selectFrom('past_bed as p')
    .innerJoin('encounter as e', 'e.encounter_id', 'p.encounter_id')
    .select(['p.bed_id', 'p.from_ms', 'p.to_ms'])
    .where('e.patient_id', '=', patientId)
    .where('e.voided_wall_ms', 'is', null)
    .execute();
  return [
    ...stays.map((row) => ({ bedId: row.bed_id as BedId, fromMs: inBedSince(row), toMs: row.discharged_ms ?? erasedMs })),
    ...past.map((row) => ({ bedId: row.bed_id as BedId, fromMs: Number(row.from_ms), toMs: Number(row.to_ms) })),
  ];
}

/** On record are the first time, and any later one that found something. */
export async function historyErased(sql: Sql, of: MeasuredOfErased, samples: number, wallMs: number): Promise<void> {
  const { patientId, isFirst, stretches } = of;
  await sql.transaction(async (tx) => {
    const done = { history_erased_wall_ms: wallMs };
    await tx.db
      .updateTable('patient')
      .set(done)
      .where('patient_id', '=', patientId)
      .where('erased_wall_ms', 'is not', null)
      .execute();
    if (!isFirst && samples === 0) return;
    const detail = `history of ${stretches.length} places${isFirst ? '' : ', again'}: ${samples} samples known`;
    const about = { actor: 'system:keys', action: 'history.erase', object: `patient:${patientId}` } as const;
    await appendAudit(tx, auditEntry({ ...about, outcome: 'allowed', patientIds: [patientId], detail }), wallMs);
  });
}
