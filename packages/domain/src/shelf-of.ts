import type { Priority } from '@vigil/contracts';
import { PRIORITY_RANK } from './alarm.js';
import { own } from './own.js';
import type { KeyState, OpenAlarm, ShelfState } from './state.js';

/** The shelf that holds for a condition; none once the condition has become more urgent. */
export function shelfOf(holder: KeyState, conditionCode: string): ShelfState | undefined {
  if (holder.kind !== 'bed') return undefined;
  const shelf = own(holder.shelves, conditionCode);
  return shelf?.raisedMs === undefined ? shelf : undefined;
}

/** The shelf that keeps this alarm from sounding now. */
export function shelfOver(holder: KeyState, { active, signal, conditionCode }: OpenAlarm): ShelfState | undefined {
  return active && signal.presence === 'off' ? shelfOf(holder, conditionCode) : undefined;
}

/** True where the condition with this priority is to make no sound; notes that it became more urgent than what was shelved. */
export function isShelved(holder: KeyState, conditionCode: string, priority: Priority, atMs: number): boolean {
  const shelf = shelfOf(holder, conditionCode);
  if (shelf === undefined) return false;
  if (PRIORITY_RANK[priority] <= PRIORITY_RANK[shelf.priority]) return true;
  shelf.raisedMs = atMs;
  return false;
}
