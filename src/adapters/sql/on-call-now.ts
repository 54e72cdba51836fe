import type { StaffId } from '@vigil/contracts';
import { plannedAt } from '@vigil/domain';
import { plansOf } from './on-call-plan.js';
import type { Db } from './sql.js';

/**
 * Who is on call by each of these schedules at a wall time; also of what has been, as it was planned then. Nobody by one that is unknown,
 * retired or can't be read: a step that tells it is empty, and reported as such.
 */
export async function onCallNow(
  db: Db,
  scheduleIds: readonly string[],
  wallMs: number,
): Promise<ReadonlyMap<string, readonly StaffId[]>> {
  const atMs = Math.floor(wallMs);
  const plans = await plansOf(db, scheduleIds, { fromMs: atMs, toMs: atMs + 1 });
  return new Map([...plans].map(([id, plan]) => [id, plannedAt(plan, atMs)]));
}
