import type { LogEvent } from '@vigil/contracts';
import { emptyPartition, step } from '@vigil/domain';
import type { SqlStores } from '../../src/adapters/sql/index.js';
import { batch } from '../contract/alarm-fixtures.js';

/** A log of one partition with the engine behind it, for tests of the API: what the stores relay, and what a test says by itself. */
export function engineOf(stores: Pick<SqlStores, 'alarmState' | 'logRelay'>) {
  const state = emptyPartition();
  const take = async (events: readonly LogEvent[]): Promise<void> => {
    const { effects } = step(state, events);
    await stores.alarmState.commit(batch(effects.map((effect) => effect.transition)));
  };
  return {
    take,
    /** All that waits for the log. */
    async relay(): Promise<readonly LogEvent[]> {
      const rows = await stores.logRelay.next(1_000);
      await take(rows.map((row) => row.event));
      const last = rows.at(-1);
      if (last !== undefined) await stores.logRelay.done(last.seq);
      return rows.map((row) => row.event);
    },
  };
}
