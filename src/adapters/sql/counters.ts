import type { Tx } from './sql.js';

type CounterName =
  | 'alarm-transition'
  | 'relay'
  | 'reject'
  | 'rejects-dropped'
  | 'dead-letter'
  | 'dead-letters-dropped'
  | 'etag'
  | 'rule-set-activation'
  | 'log-adoption'
  | 'ehr-refused';

/**
 * The next number of a counter. Numbers have no gaps and grow in the order of commits, also where several connections
 * write, because the counter's row stays locked until the end of the transaction.
 */
export async function nextNumber(tx: Tx, name: CounterName, by = 1): Promise<number> {
  const { last } = await tx.db
    .insertInto('counter')
    .values({ name, last: by })
    .onConflict((c) => c.column('name').doUpdateSet((eb) => ({ last: eb('counter.last', '+', by) })))
    .returning('last')
    .executeTakeFirstOrThrow();
  return last;
}
