import type { AlarmCare } from '@vigil/contracts';
import type { Conditions } from './conditions.js';
import type { BedState } from './state.js';

/**
 * What somebody has seen and what holds still sounds again after the time of the rule set, by the bed's time (event time). It is then an
 * alarm that nobody has seen: whoever acknowledges it begins that time anew. Low alarms, and those of gateways and care units, never do.
 * Runs after each event.
 */
export function settleReminders(bed: BedState, reAlarmS: AlarmCare['reAlarmS'], conditions: Conditions): void {
  if (reAlarmS === undefined || bed.clockMs === 0) return;
  for (const open of Object.values(bed.alarms)) {
    const { signal } = open;
    if (!open.active || signal.presence !== 'ack' || open.quietFromMs !== undefined) continue;
    const afterS = signal.priority === 'low' ? undefined : reAlarmS[signal.priority];
    if (afterS === undefined) continue;
    // Whoever acknowledged it has a clock of their own, which may be hours ahead; the bed's may have been put back.
    if (signal.sinceMs > bed.clockMs) open.signal = { ...signal, sinceMs: bed.clockMs };
    else if (bed.clockMs - signal.sinceMs >= afterS * 1_000) conditions.remind(open, bed.clockMs);
  }
}
