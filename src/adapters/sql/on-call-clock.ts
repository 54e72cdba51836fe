import type { Tx } from './sql.js';

/**
 * What was said of who is on call by a clock that was ahead holds from now on. Otherwise a schedule that was made then would be nobody's until
 * the clock gets there once more, and no change of it would help: none begins before the one before it. Done at each start and before
 * each change.
 *
 * @param wallMs now
 */
export async function forgetFuture({ db }: Tx, wallMs: number): Promise<void> {
  const nowMs = Math.floor(wallMs);
  await db.updateTable('on_call_version').set({ from_wall_ms: nowMs }).where('from_wall_ms', '>', nowMs).execute();
  await db.updateTable('on_call_version').set({ to_wall_ms: nowMs }).where('to_wall_ms', '>', nowMs).execute();
  await db.updateTable('on_call_override').set({ set_wall_ms: nowMs }).where('set_wall_ms', '>', nowMs).execute();
  await db.updateTable('on_call_override').set({ voided_wall_ms: nowMs }).where('voided_wall_ms', '>', nowMs).execute();
}
