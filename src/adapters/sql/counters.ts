import type { Db, Tx } from './sql.js';

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
  | 'on-call-trouble'
  | 'on-call-override'
  | 'ehr-refused'
  | 'inbound'
  | 'task'
  /** Raised by each change of any place, of any device assignment, and by each stretch that was put right. */
  | 'places'
  | 'assignments'
  | 'corrected';

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

/** The number that was given last; 0 before the first. */
export async function lastNumber(db: Db, name: CounterName): Promise<number> {
  const row = await db.selectFrom('counter').select('last').where('name', '=', name).executeTakeFirst();
  return Number(row?.last ?? 0);
}
