import { createHash } from 'node:crypto';
import type { BedId, EpochMs, ScoreSnapshot } from '@vigil/contracts';
import { sql } from 'kysely';
import { type KeptScore, SCORES_KEPT_MS } from '../../ports/scores.js';
import { inLots } from './lots.js';
import type { ScoreSnapshotRow } from './schema.js';
import type { Db, Tx } from './sql.js';

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
  const newest = await newestEstimates(tx, snapshots);
  const changed = new Map<string, ScoreSnapshotRow>();
  const charted: ScoreSnapshotRow[] = [];
  for (const snapshot of snapshots) {
    const row = snapshot.basis === 'charted' ? rowOf(snapshot) : following(newest, rowOf(snapshot));
    if (row === null) continue;
    if (snapshot.basis === 'charted') charted.push(row);
    changed.set(keyOf(row), row);
    beds.add(snapshot.bedId);
  }
  for (const row of await replacedBy(tx, charted)) changed.set(keyOf(row), row);
  for (const rows of inLots([...changed.values()])) await upsert(tx, rows);
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

const keyOf = (row: ScoreSnapshotRow): string => JSON.stringify([row.encounter_id, row.score, row.basis, row.since_ms]);

/** Basis of a charted set that was charted anew; behind it the digest of what it said, so that a replay keeps it once. */
const REPLACED = 'replaced ';

/**
 * The sets that these take the place of, as rows to keep: a chart shows them struck through. After a replay what counts may stand
 * among them too; whoever reads leaves that out.
 */
async function replacedBy(tx: Tx, charted: readonly ScoreSnapshotRow[]): Promise<readonly ScoreSnapshotRow[]> {
  const kept = new Map<string, ScoreSnapshotRow>();
  const replaced: ScoreSnapshotRow[] = [];
  for (const row of charted) {
    const before =
      kept.get(keyOf(row)) ??
      (await tx.db
        .selectFrom('score_snapshot')
        .selectAll()
        .where('encounter_id', '=', row.encounter_id)
        .where('score', '=', row.score)
        .where('basis', '=', row.basis)
        .where('since_ms', '=', row.since_ms)
        .executeTakeFirst());
    kept.set(keyOf(row), row);
    if (before === undefined || before.content_json === row.content_json) continue;
    const digest = createHash('sha256').update(before.content_json).digest('hex').slice(0, 16);
    replaced.push({ ...before, basis: `${REPLACED}${digest}` });
  }
  return replaced;
}

/** Rows of a score's history, as `s`: of one basis or of both, with the sets that were charted anew where they are asked for. */
export function scoreHistory(db: Db, basis: ScoreSnapshot['basis'] | undefined, withReplaced: boolean) {
  const wanted = basis === undefined ? ['charted', 'estimate'] : [basis];
  return db
    .selectFrom('score_snapshot as s')
    .selectAll('s')
    .where((eb) => {
      if (!withReplaced) return eb('s.basis', 'in', wanted);
      const counts = eb
        .selectFrom('score_snapshot as n')
        .select('n.since_ms')
        .whereRef('n.encounter_id', '=', 's.encounter_id')
        .whereRef('n.score', '=', 's.score')
        .where('n.basis', '=', 'charted')
        .whereRef('n.since_ms', '=', 's.since_ms')
        .whereRef('n.content_json', '=', 's.content_json');
      const isReplaced = eb.and([eb('s.basis', 'like', `${REPLACED}%`), eb.not(eb.exists(counts))]);
      return eb.or([eb('s.basis', 'in', wanted), isReplaced]);
    });
}

/** The row that an estimate makes or goes on with, which then is the newest; null for what is stored already. */
function following(newest: Map<string, ScoreSnapshotRow>, row: ScoreSnapshotRow): ScoreSnapshotRow | null {
  const key = estimateKey(row);
  const before = newest.get(key);
  if (before !== undefined && before.newest_ms >= row.newest_ms) return null;
  const next = before?.said === row.said ? { ...row, since_ms: before.since_ms } : row;
  newest.set(key, next);
  return next;
}

/** The newest row of each estimate that is about to be stored, by `estimateKey`: a look at the key for each, where `newestScores` reads all rows of a stay. */
async function newestEstimates(tx: Tx, snapshots: readonly ScoreSnapshot[]): Promise<Map<string, ScoreSnapshotRow>> {
  const estimates = snapshots.filter(({ basis }) => basis === 'estimate');
  const keys = new Map(estimates.map(({ encounterId, score }) => [`${encounterId} ${score}`, [encounterId, score] as const]));
  const newest = new Map<string, ScoreSnapshotRow>();
  for (const lot of inLots([...keys.values()])) {
    const wanted = sql.join(lot.map(([encounterId, score]) => sql`(${encounterId}, ${score})`));
    const { rows } = await sql<ScoreSnapshotRow>`
      select s.* from (values ${wanted}) as wanted join score_snapshot as s
        on s.encounter_id = wanted.column1 and s.score = wanted.column2 and s.basis = 'estimate'
        and s.since_ms = (select max(since_ms) from score_snapshot as n
          where n.encounter_id = wanted.column1 and n.score = wanted.column2 and n.basis = 'estimate')`.execute(tx.db);
    for (const row of rows) newest.set(estimateKey(row), row);
  }
  return newest;
}

function estimateKey({ encounter_id, score }: ScoreSnapshotRow): string {
  return `${encounter_id} ${score}`;
}

/**
 * A person may write down later what was seen earlier: each charted set is a row of its own. Of one moment the last set counts, as
 * it does for the engine: who made a mistake charts the set again. Both stay on the log and in the audit, and what was said first
 * in a row of its own.
 */
async function upsert(tx: Tx, rows: readonly ScoreSnapshotRow[]): Promise<void> {
  await tx.db
    .insertInto('score_snapshot')
    .values(rows)
    .onConflict((c) =>
      c.columns(['encounter_id', 'score', 'basis', 'since_ms']).doUpdateSet(({ ref }) => ({
        newest_ms: ref('excluded.newest_ms'),
        bed_id: ref('excluded.bed_id'),
        said: ref('excluded.said'),
        content_json: ref('excluded.content_json'),
      })),
    )
    .execute();
}

/** The newest row of each score and basis of a stay, as `s`, in that order. Whoever asks says of which stays. */
export function newestScores(db: Db) {
  return db
    .selectFrom('score_snapshot as s')
    .selectAll('s')
    .where('s.basis', 'in', ['charted', 'estimate'])
    .where((eb) =>
      eb(
        's.since_ms',
        '=',
        eb
          .selectFrom('score_snapshot as n')
          .select(({ fn }) => fn.max('n.since_ms').as('since_ms'))
          .whereRef('n.encounter_id', '=', 's.encounter_id')
          .whereRef('n.score', '=', 's.score')
          .whereRef('n.basis', '=', 's.basis'),
      ),
    )
    .orderBy('s.encounter_id')
    .orderBy('s.score')
    .orderBy('s.basis');
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
  const kept = { snapshot: JSON.parse(row.content_json) as ScoreSnapshot, sinceMs: row.since_ms as EpochMs };
  return row.basis.startsWith(REPLACED) ? { ...kept, isReplaced: true } : kept;
}
