import { PlatformError } from '@vigil/domain';
import { Inbound, INBOUND_WAITING_MAX, type InboundMessage, type Kept } from '../../ports/inbound.js';
import type { SqlContext } from './context.js';
import { nextNumber } from './counters.js';
import { type FeedAuthorities, subjectIndexes, UNSETTLED } from './inbound-rows.js';
import type { InboundMessageTable } from './schema-feeds.js';
import { SEALED } from './sealed-columns.js';
import type { Db } from './sql.js';

/** The hospital's messages in SQL. One transaction and one fsync for each. */
export class SqlInbound extends Inbound {
  constructor(
    private readonly context: Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'feedAuthorities' | 'inboundWaitingMax'>,
  ) {
    super();
  }

  override async keep(message: InboundMessage, receivedWallMs: number): Promise<Kept> {
    const { fields, feedAuthorities = NO_FEEDS } = this.context;
    const subjects = await subjectIndexes(fields, feedAuthorities, message);
    const kept = await this.keepAs(message, subjects, receivedWallMs);
    if (kept.is !== 'reused-id') return kept;
    // Whose it is still counts: what follows it waits.
    const other = `${message.messageId.slice(0, 47)}-${message.sha256.slice(0, 16)}`;
    await this.keepAs({ ...message, messageId: other, read: { unreadable: 'reused-id' } }, subjects, receivedWallMs);
    return kept;
  }

  private async keepAs(message: InboundMessage, subjects: readonly string[], receivedWallMs: number): Promise<Kept> {
    const { sql, fields, notices } = this.context;
    const known = await sql.query((db) => keptAs(db, message));
    if (known !== null) return known;
    const waitingMax = this.context.inboundWaitingMax ?? INBOUND_WAITING_MAX;
    // Not in the transaction: nothing is wrong with the store, and alarms go on writing to it.
    if (await sql.query((db) => isFull(db, waitingMax))) throw new PlatformError('store-unavailable', {}, true);
    const row = await fields.sealRow(SEALED.inboundMessage, rowOf(message, receivedWallMs));
    return sql.transaction(async (tx) => {
      // Another sender may have come in between with the same id.
      const raced = await keptAs(tx.db, message);
      if (raced !== null) return raced;
      const seq = await nextNumber(tx, 'inbound');
      await tx.db
        .insertInto('inbound_message')
        .values({ ...row, seq })
        .execute();
      for (const subject_index of subjects) {
        await tx.db.insertInto('inbound_subject').values({ subject_index, seq, settled: 0 }).execute();
      }
      tx.afterCommit(() => notices.inbound.tell());
      return { is: 'kept' };
    });
  }
}

const NO_FEEDS: FeedAuthorities = { hl7: null, fhir: null };

async function isFull(db: Db, waitingMax: number): Promise<boolean> {
  const last = await db
    .selectFrom('inbound_message')
    .select('seq')
    .where('state', 'in', UNSETTLED)
    .limit(1)
    .offset(waitingMax - 1)
    .executeTakeFirst();
  return last !== undefined;
}

async function keptAs(db: Db, { messageId, sha256 }: InboundMessage): Promise<Kept | null> {
  const known = await db
    .selectFrom('inbound_message')
    .select(['sha256', 'answer'])
    .where('message_id', '=', messageId)
    .executeTakeFirst();
  if (known === undefined) return null;
  return known.sha256 === sha256 ? { is: 'repeated', answer: known.answer } : { is: 'reused-id' };
}

/** Its number follows when it is stored. */
function rowOf(
  { messageId, source, sender, sha256, raw, read, answer }: InboundMessage,
  receivedWallMs: number,
): InboundMessageTable {
  return {
    ...{ seq: 0, message_id: messageId, source, sender, sha256, received_wall_ms: Math.round(receivedWallMs), state: 'kept' },
    ...{ reason: 'move' in read ? null : read.unreadable, patient_id: null, confirmed_patient_id: null },
    ...{ raw: Buffer.from(raw).toString('base64'), move_json: 'move' in read ? JSON.stringify(read.move) : '' },
    ...{ answer: answer ?? null, done_wall_ms: null },
  };
}
