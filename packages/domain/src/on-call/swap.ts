import type { StaffId, Swap } from '@vigil/contracts';
import { type OnCallPlan, plannedShifts } from './plan.js';
import type { Stretch } from './turns.js';

/** Why a swap can't be: the turn has begun, is not that person's for all of its time, or the other one is on call then anyway. */
export type SwapTrouble = { readonly turn: 'give' | 'take'; readonly why: 'begun' | 'not-their-turn' | 'on-call-anyway' };

/**
 * What stands in the way of a swap; null: nothing. Asked when it is offered and again when it is agreed to: the turns may be somebody
 * else's by then.
 *
 * @param plans of the schedules of both turns, for the time of both
 */
export function swapTrouble(
  { give, take, askedBy, to }: Pick<Swap, 'give' | 'take' | 'askedBy' | 'to'>,
  plans: ReadonlyMap<string, OnCallPlan>,
  wallMs: number,
): SwapTrouble | null {
  const turns = [{ turn: 'give', of: give, from: askedBy, for: to } as const];
  for (const each of take === null ? turns : [...turns, { turn: 'take', of: take, from: to, for: askedBy } as const]) {
    const why = turnTrouble(plans.get(each.of.scheduleId), each, wallMs);
    if (why !== null) return { turn: each.turn, why };
  }
  return null;
}

function turnTrouble(
  plan: OnCallPlan | undefined,
  turn: { readonly of: Stretch; readonly from: StaffId; readonly for: StaffId },
  wallMs: number,
): SwapTrouble['why'] | null {
  if (turn.of.fromMs <= wallMs) return 'begun';
  const shifts = plan === undefined ? [] : plannedShifts(plan, turn.of).shifts;
  if (
    !isCovered(
      turn.of,
      shifts.filter(({ staffId }) => staffId === turn.from),
    )
  )
    return 'not-their-turn';
  return shifts.some(({ staffId }) => staffId === turn.for) ? 'on-call-anyway' : null;
}

/** @param shifts by their beginning */
function isCovered({ fromMs, toMs }: Stretch, shifts: readonly Stretch[]): boolean {
  let atMs = fromMs;
  for (const shift of shifts) if (shift.fromMs <= atMs) atMs = Math.max(atMs, shift.toMs);
  return atMs >= toMs;
}
