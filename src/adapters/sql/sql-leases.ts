import { type LeaseClaim, type LeaseRow, Leases } from '../../ports/leases.js';
import type { SqlContext } from './context.js';
import type { Tx } from './sql.js';

/** Leases in SQL: each claim is one conditional statement that SQLite and PostgreSQL decide alike. */
export class SqlLeases extends Leases {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override async all(): Promise<readonly LeaseRow[]> {
    const rows = await this.context.sql.query((db) => db.selectFrom('lease').selectAll().orderBy('name').execute());
    return rows.map(({ name, holder, beat }) => ({ name, holder, beat: Number(beat) }));
  }

  override take(holder: string, claims: readonly LeaseClaim[]): Promise<ReadonlyMap<string, number>> {
    return this.context.sql.transaction(async (tx) => {
      const won = new Map<string, number>();
      // In one order everywhere, so that two processes never wait for each other's rows.
      for (const claim of [...claims].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (await takeOne(tx, holder, claim)) won.set(claim.name, (claim.seenBeat ?? 0) + 1);
      }
      return won;
    });
  }

  override async release(holder: string): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .updateTable('lease')
        .set((eb) => ({ holder: '', beat: eb('beat', '+', 1) }))
        .where('holder', '=', holder)
        .execute(),
    );
  }
}

async function takeOne({ db }: Tx, holder: string, { name, seenBeat }: LeaseClaim): Promise<boolean> {
  if (seenBeat === null) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('lease')
      .values({ name, holder, beat: 1 })
      .onConflict((c) => c.column('name').doNothing())
      .executeTakeFirst();
    return Number(numInsertedOrUpdatedRows ?? 0n) === 1;
  }
  const { numUpdatedRows } = await db
    .updateTable('lease')
    .set({ holder, beat: seenBeat + 1 })
    .where('name', '=', name)
    .where('beat', '=', seenBeat)
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}
