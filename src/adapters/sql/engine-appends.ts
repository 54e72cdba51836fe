import type { LogEvent } from '@vigil/contracts';
import type { SqlContext } from './context.js';
import { relay } from './outbox.js';
import type { Tx } from './sql.js';

/** What one commit adds to the log, and what it makes impossible to derive again. */
export interface EngineAppends {
  readonly partition: number;
  readonly events: readonly LogEvent[];
  /** Sequence of the last event that the commit includes: no later one has caused these. */
  readonly throughSequence: number;
  /** A replay after this commit begins behind this sequence; null where the commit moves nothing. */
  readonly replaySequence: number | null;
}

/**
 * Puts what the engine sends to the log into the outbox, each event id once.
 *
 * The outbox row goes when the log has the event, so it can't tell a replay that the event was sent. A row of its own can, and
 * need not stay: a replay begins behind `replaySequence`, so what was caused at or before it is never derived again. The table
 * holds what was sent since the oldest checkpoint, half a minute of the partition.
 *
 * The first content under an id stays. A later engine may word the same event otherwise; the log has the first one already.
 */
export async function appendOnce(tx: Tx, { notices }: Pick<SqlContext, 'notices'>, appends: EngineAppends): Promise<void> {
  const { partition, events, throughSequence, replaySequence } = appends;
  for (const event of events) {
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('engine_append')
      .values({ partition_number: partition, event_id: event.id, sequence: throughSequence })
      .onConflict((c) => c.columns(['partition_number', 'event_id']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) await relay(tx, notices, event);
  }
  if (replaySequence === null) return;
  await tx.db
    .deleteFrom('engine_append')
    .where('partition_number', '=', partition)
    .where('sequence', '<=', replaySequence)
    .execute();
}
