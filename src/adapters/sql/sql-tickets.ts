import type { StaffId } from '@vigil/contracts';
import { SITE } from '@vigil/sealed-records';
import { type NewTicket, type StoredTicket, type TicketPurpose, Tickets } from '../../ports/tickets.js';
import type { SqlContext } from './context.js';
import type { TicketTable } from './schema.js';
import type { Tx } from './sql.js';

/** Tickets of one purpose that wait at once. Each lives five minutes. */
const WAITING_MAX = 5_000;

interface Content {
  readonly words: Readonly<Record<string, string>>;
  readonly sealed: string | null;
}

/** Tickets in SQL. A secret in one is sealed under the ticket's own place. */
export class SqlTickets extends Tickets {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  override async put({ hash, purpose, staffId, content, secret, expiresMs, wallMs }: NewTicket): Promise<void> {
    const sealed = secret === undefined ? null : await this.context.fields.seal(placeOf(hash), secret);
    await this.context.sql.transaction(async (tx) => {
      await tx.db.deleteFrom('ticket').where('purpose', '=', purpose).where('expires_wall_ms', '<=', wallMs).execute();
      await makeRoom(tx, purpose);
      const row: TicketTable = {
        ticket_hash: hash,
        purpose,
        staff_id: staffId,
        content_json: JSON.stringify({ words: content, sealed } satisfies Content),
        wrong: 0,
        expires_wall_ms: expiresMs,
      };
      await tx.db.insertInto('ticket').values(row).execute();
    });
  }

  override async peek(hash: string, purpose: TicketPurpose, wallMs: number): Promise<StoredTicket | null> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('ticket')
        .selectAll()
        .where('ticket_hash', '=', hash)
        .where('purpose', '=', purpose)
        .where('expires_wall_ms', '>', wallMs)
        .executeTakeFirst(),
    );
    return row === undefined ? null : this.opened(row);
  }

  override async take(hash: string, purpose: TicketPurpose, wallMs: number): Promise<StoredTicket | null> {
    const row = await this.context.sql.query((db) =>
      db
        .deleteFrom('ticket')
        .where('ticket_hash', '=', hash)
        .where('purpose', '=', purpose)
        .where('expires_wall_ms', '>', wallMs)
        .returningAll()
        .executeTakeFirst(),
    );
    return row === undefined ? null : this.opened(row);
  }

  override wrong(hash: string, wrongMax: number): Promise<boolean> {
    return this.context.sql.query(async (db) => {
      const row = await db
        .updateTable('ticket')
        .set((eb) => ({ wrong: eb('wrong', '+', 1) }))
        .where('ticket_hash', '=', hash)
        .returning('wrong')
        .executeTakeFirst();
      if (row === undefined) return false;
      if (row.wrong < wrongMax) return true;
      await db.deleteFrom('ticket').where('ticket_hash', '=', hash).execute();
      return false;
    });
  }

  private async opened(row: TicketTable): Promise<StoredTicket> {
    const { words, sealed } = JSON.parse(row.content_json) as Content;
    const secret = sealed === null ? null : await this.context.fields.open(placeOf(row.ticket_hash), sealed);
    return { staffId: row.staff_id as StaffId | null, content: words, secret, expiresMs: row.expires_wall_ms };
  }
}

async function makeRoom({ db }: Tx, purpose: TicketPurpose): Promise<void> {
  const surplus = await db
    .selectFrom('ticket')
    .select('ticket_hash')
    .where('purpose', '=', purpose)
    .orderBy('expires_wall_ms', 'desc')
    .offset(WAITING_MAX - 1)
    .limit(100)
    .execute();
  if (surplus.length === 0) return;
  const hashes = surplus.map((row) => row.ticket_hash);
  await db.deleteFrom('ticket').where('ticket_hash', 'in', hashes).execute();
}

const placeOf = (hash: string) => ({ purpose: 'sign-in', subject: SITE, table: 'ticket', column: 'content_json', row: hash });
