import type { BedId, EpochMs, ScoreSnapshot } from '@vigil/contracts';
import { type KeptScore, SCORES_KEPT_MS } from '../../ports/scores.js';
import type { ScoreSnapshotRow } from './schema.js';
import type { Tx } from './sql.js';

/** Old rows go when so many have been stored since the last time: seldom, and never many at once. */
const PURGE_EVERY = 500;
/** How many were stored since. */
export interface ScorePurge {
  stored: number;
}

/**
 * Stores what the engine derived, in its order and within its commit. What a replay derives again is there already; what says
 * the same as the row before it only moves the end of that row. Answers the beds with news.
 */
export async function storeScores(tx: Tx, snapshots: readonly ScoreSnapshot[], purge: ScorePurge): Promise<readonly BedId[]> {
  const beds = new Set<BedId>();
  for (const snapshot of snapshots) if (await storeScore(tx, snapshot)) beds.add(snapshot.bedId);
  purge.stored += snapshots.length;
  const last = snapshots.at(-1);
  if (last !== undefined && purge.stored >= PURGE_EVERY) {
    purge.stored = 0;
    await tx.db
      .deleteFrom('score_snapshot')
      .where('newest_ms', '<', last.atMs - SCORES_KEPT_MS)
      .execute();
  }
  return [...beds];
}

async function storeScore(tx: Tx, snapshot: ScoreSnapshot): Promise<boolean> {
  const row = rowOf(snapshot);
  if (snapshot.basis === 'charted') {
    // A person may write down later what was seen earlier: each set is a row of its own. Of one moment the last set counts,
    // as it does for the engine: who made a mistake charts the set again. Both stay on the log, and in the audit.
    await tx.db
      .insertInto('score_snapshot')
      .values(row)
      .onConflict((c) => c.columns(['encounter_id', 'score', 'basis', 'since_ms']).doUpdateSet(row))
      .execute();
    return true;
  }
  const newest = await tx.db
    .selectFrom('score_snapshot')
    .select(['since_ms', 'newest_ms', 'said'])
    .where('encounter_id', '=', row.encounter_id)
    .where('score', '=', row.score)
    .where('basis', '=', row.basis)
    .orderBy('since_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest !== undefined && newest.newest_ms >= snapshot.atMs) return false;
  if (newest === undefined || newest.said !== row.said) {
    await tx.db.insertInto('score_snapshot').values(row).execute();
    return true;
  }
  await tx.db
    .updateTable('score_snapshot')
    .set({ newest_ms: row.newest_ms, bed_id: row.bed_id, content_json: row.content_json })
    .where('encounter_id', '=', row.encounter_id)
    .where('score', '=', row.score)
    .where('basis', '=', row.basis)
    .where('since_ms', '=', newest.since_ms)
    .execute();
  return true;
}

function rowOf(snapshot: ScoreSnapshot): ScoreSnapshotRow {
  const { encounterId, score, basis, atMs, bedId, total, min, max, singleParameter, parts, spo2Scale } = snapshot;
  const points = parts.map((part) => part.points ?? '').join();
  return {
    encounter_id: encounterId,
    score,
    basis,
    since_ms: atMs,
    newest_ms: atMs,
    bed_id: bedId,
    said: `${total ?? ''}/${min}/${max}/${singleParameter}/${spo2Scale ?? ''}/${points}`,
    content_json: JSON.stringify(snapshot),
  };
}

export function keptScore(row: ScoreSnapshotRow): KeptScore {
  return { snapshot: JSON.parse(row.content_json) as ScoreSnapshot, sinceMs: row.since_ms as EpochMs };
}
