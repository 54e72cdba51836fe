import type { ShelfRow } from './schema-shelves.js';
import type { Tx } from './sql.js';

/** One that is over stays as it is. True where it was ended by this. */
export async function endShelf(tx: Tx, row: ShelfRow, atMs: number, cause: string): Promise<boolean> {
  const set = { state: row.state === 'waiting' ? 'refused' : 'ended', cause, rev: row.rev + 1 };
  const { numUpdatedRows } = await tx.db
    .updateTable('shelf')
    .set({ ...set, ended_ms: Math.max(Math.round(atMs), row.from_ms ?? row.asked_ms) })
    .where('shelf_id', '=', row.shelf_id)
    .where('ended_ms', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The stay is over, or is another one: the engine knows by itself. */
export async function leaveShelves(tx: Tx, encounterId: string, atMs: number): Promise<void> {
  const open = await openShelves(tx, encounterId);
  for (const row of open) await endShelf(tx, row, atMs, 'left');
}

/** They go along with the patient. */
export async function moveShelves(tx: Tx, encounterId: string, bedId: string): Promise<void> {
  await tx.db
    .updateTable('shelf')
    .set({ bed_id: bedId })
    .where('encounter_id', '=', encounterId)
    .where('ended_ms', 'is', null)
    .execute();
}

export function openShelves(tx: Pick<Tx, 'db'>, encounterId: string): Promise<ShelfRow[]> {
  return tx.db.selectFrom('shelf').selectAll().where('encounter_id', '=', encounterId).where('ended_ms', 'is', null).execute();
}
