import type { EncounterId } from '@vigil/contracts';
import type { EncounterRow } from './schema-stays.js';
import type { Db } from './sql.js';

/**
 * Stays that are or were, without those that were voided. Every query for what people or the engine go by begins here (as `e`); what
 * shows corrections, and what asks whether an id was ever given, reads the table itself.
 */
export function liveStays(db: Db) {
  return db.selectFrom('encounter as e').where('e.voided_wall_ms', 'is', null);
}

/** One stay; undefined where it is not there or was voided. */
export function liveStay(db: Db, encounterId: EncounterId): Promise<EncounterRow | undefined> {
  return liveStays(db).selectAll('e').where('e.encounter_id', '=', encounterId).executeTakeFirst();
}
