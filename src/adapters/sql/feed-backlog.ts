import type { QuarantineReason } from '@vigil/contracts';
import type { FeedBacklog } from '../../ports/feed-records.js';
import type { Db, Tx } from './sql.js';

/** Messages that one call forgets at most; what is left over goes with the next. */
const FORGOTTEN_AT_ONCE = 1_000;

/** Kept, and nothing of the same person or visit that came earlier is not done with. */
export async function nextMessages(db: Db, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('inbound_message as m')
    .select('m.message_id')
    .where('m.state', '=', 'kept')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('inbound_subject as mine')
            .innerJoin('inbound_subject as other', 'other.subject_index', 'mine.subject_index')
            .select('other.seq')
            .whereRef('mine.seq', '=', 'm.seq')
            .whereRef('other.seq', '<', 'm.seq')
            .where('other.settled', '=', 0),
        ),
      ),
    )
    .orderBy('m.seq')
    .limit(limit)
    .execute();
  return rows.map((row) => row.message_id);
}

export async function quarantinedMessages(db: Db, limit: number, after: string | null): Promise<readonly string[]> {
  let rows = db.selectFrom('inbound_message').select('message_id').where('state', '=', 'quarantined').orderBy('seq').limit(limit);
  if (after !== null) {
    rows = rows.where('seq', '>', (eb) => eb.selectFrom('inbound_message').select('seq').where('message_id', '=', after));
  }
  return (await rows.execute()).map((row) => row.message_id);
}

export async function backlogOf(db: Db, source: 'hl7' | 'fhir' | null): Promise<FeedBacklog> {
  let query = db
    .selectFrom('inbound_message')
    .select((eb) => ['state', 'reason', eb.fn.countAll<number>().as('count'), eb.fn.min('received_wall_ms').as('oldest')])
    .where('state', 'in', ['kept', 'quarantined'])
    .groupBy(['state', 'reason']);
  if (source !== null) query = query.where('source', '=', source);
  const rows = await query.execute();
  const kept = rows.filter((row) => row.state === 'kept');
  const waiting = rows.filter((row) => row.state === 'quarantined');
  const oldest = (of: typeof rows): number | null => (of.length === 0 ? null : Math.min(...of.map((row) => Number(row.oldest))));
  return {
    kept: kept.reduce((sum, row) => sum + Number(row.count), 0),
    oldestKeptWallMs: oldest(kept),
    quarantined: Object.fromEntries(waiting.map((row) => [row.reason as QuarantineReason, Number(row.count)])),
    oldestQuarantinedWallMs: oldest(waiting),
  };
}

/** Messages that were done before that, with whom they were about and their tasks; tasks without a message likewise. */
export async function forgetDone(tx: Tx, beforeWallMs: number): Promise<number> {
  const rows = await tx.db
    .selectFrom('inbound_message')
    .select(['seq', 'message_id'])
    .where('done_wall_ms', '<', beforeWallMs)
    .orderBy('done_wall_ms')
    .limit(FORGOTTEN_AT_ONCE)
    .execute();
  const seqs = rows.map(({ seq }) => seq);
  const messageIds = rows.map(({ message_id }) => message_id);
  if (rows.length > 0) {
    await tx.db.deleteFrom('task').where('message_id', 'in', messageIds).execute();
    await tx.db.deleteFrom('inbound_subject').where('seq', 'in', seqs).execute();
    await tx.db.deleteFrom('inbound_message').where('seq', 'in', seqs).execute();
  }
  await tx.db
    .deleteFrom('task')
    .where('message_id', 'is', null)
    .where('state', '=', 'done')
    .where('resolved_wall_ms', '<', beforeWallMs)
    .execute();
  return rows.length;
}
