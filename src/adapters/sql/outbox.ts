import { LogEvent } from '@vigil/contracts';
import { InvariantError } from '@vigil/domain';
import { nextNumber } from './counters.js';
import type { Notices } from './notices.js';
import type { Tx } from './sql.js';

/** A log event before it is checked: plain strings and numbers, which the schema of contracts brands. */
export type DraftEvent = { readonly kind: LogEvent['kind']; readonly id: string } & Readonly<Record<string, unknown>>;

/**
 * Puts a log event beside the rows it speaks of; it reaches the log after the commit and never without it.
 * @throws InvariantError when the event does not keep the contract
 */
export async function relay(tx: Tx, notices: Notices, draft: DraftEvent, everyPartition = false): Promise<void> {
  const checked = LogEvent.safeParse({ v: 1, ...draft });
  if (!checked.success) {
    const where = checked.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new InvariantError(`expected: a ${draft.kind} event as in contracts; wrong: ${where}`);
  }
  const seq = await nextNumber(tx, 'relay');
  await tx.db
    .insertInto('relay')
    .values({
      seq,
      event_id: checked.data.id,
      every_partition: everyPartition ? 1 : 0,
      content_json: JSON.stringify(checked.data),
    })
    .execute();
  tx.afterCommit(() => notices.relay.tell());
}
