import type { TransitionHop } from '../../ports/alarm-state.js';
import type { Tx } from './sql.js';

export const hopKey = ({ alarmId, rev }: Pick<TransitionHop, 'alarmId' | 'rev'>): string => `${alarmId}/${rev}`;

/** Call for a transition that was stored just now: a replay after a crash knows nothing of the first way. */
export async function storeHop(tx: Tx, partition: number, hop: TransitionHop, storedWallMs: number): Promise<void> {
  await tx.db
    .insertInto('alarm_hop')
    .values({
      alarm_id: hop.alarmId,
      rev: hop.rev,
      partition_number: partition,
      read_offset: hop.offset,
      sequence: hop.sequence,
      hub_wall_ms: hop.hubWallMs,
      read_wall_ms: hop.readWallMs,
      stepped_wall_ms: hop.steppedWallMs,
      stored_wall_ms: storedWallMs,
    })
    .execute();
}
