import type { AlarmCare } from '@vigil/contracts';
import type { Conditions } from './conditions.js';
import { own } from './own.js';
import { LIMITS_CHANGED, STANDBY, STAY_CORRECTED, UNKNOWN_RULES } from './rules/built-in.js';
import type { BedState, OpenAlarm } from './state.js';

type Flap = NonNullable<AlarmCare['flap']>;

/** Conditions of which a bed remembers when they began. */
export const FLAPS_MAX = 128;

/** What people set and see, and what ends for good. */
const NEVER_FLAPS: ReadonlySet<string> = new Set([
  ...['notAccepted', 'deviceAlarmsTooMany'],
  ...[STANDBY, STAY_CORRECTED, LIMITS_CHANGED, UNKNOWN_RULES],
]);

/** Before its first tick or message a bed has no time of its own. */
const nowOf = ({ clockMs }: BedState, atMs: number): number => (clockMs === 0 ? atMs : clockMs);

/**
 * Takes note that a condition has begun, by the bed's time. True where it has come and gone so often within the time of the rule set
 * that it flaps. Forgets what the rule set asks for no longer.
 */
export function noteBegin(bed: BedState, conditionCode: string, atMs: number, flap: AlarmCare['flap']): boolean {
  if (flap === undefined || NEVER_FLAPS.has(conditionCode)) return false;
  const nowMs = nowOf(bed, atMs);
  const sinceMs = nowMs - flap.withinS * 1_000;
  const known = (bed.flaps ??= {});
  for (const code of Object.keys(known)) if (known[code]!.at(-1)! <= sinceMs) delete known[code];
  known[conditionCode] = [...(own(known, conditionCode) ?? []), nowMs].slice(-flap.onsets);
  const codes = Object.keys(known);
  // Of a device that says ever new names: those that began longest ago go.
  if (codes.length > FLAPS_MAX) {
    const oldest = codes.reduce((a, b) => (known[b]!.at(-1)! < known[a]!.at(-1)! ? b : a));
    delete known[oldest];
  }
  return isFlapping(bed, conditionCode, nowMs, flap);
}

/** The bed's time was ahead: what began at times that have not come says nothing of how often it comes now. */
export function forgetBeginsAfter(bed: BedState, nowMs: number): void {
  for (const [code, begun] of Object.entries(bed.flaps ?? {})) {
    const known = begun.filter((ms) => ms <= nowMs);
    if (known.length > 0) bed.flaps![code] = known;
    else delete bed.flaps![code];
  }
}

/** The condition of this alarm has gone. True where it flaps, and its end waits. One that has not come back for long flaps no more. */
export function waitsForQuiet(bed: BedState, open: OpenAlarm, atMs: number, flap: AlarmCare['flap']): boolean {
  if (open.flapping !== true) return false;
  const nowMs = nowOf(bed, atMs);
  if (flap !== undefined && isFlapping(bed, open.conditionCode, nowMs, flap)) {
    open.quietFromMs = nowMs;
    return true;
  }
  delete open.flapping;
  return false;
}

function isFlapping(bed: BedState, conditionCode: string, nowMs: number, { onsets, withinS }: Flap): boolean {
  return (own(bed.flaps, conditionCode) ?? []).filter((ms) => ms > nowMs - withinS * 1_000).length >= onsets;
}

/** Ends what has been away long enough by the bed's time, or whose end no rule set holds back any more. Runs after each event. */
export function settleFlaps(bed: BedState, flap: AlarmCare['flap'], conditions: Conditions): void {
  for (const open of Object.values(bed.alarms)) {
    if (open.quietFromMs === undefined) continue;
    // The bed's time was ahead, and has been put right since.
    if (open.quietFromMs > bed.clockMs) open.quietFromMs = bed.clockMs;
    if (flap !== undefined && bed.clockMs - open.quietFromMs < flap.quietS * 1_000) continue;
    conditions.end(open.conditionCode, bed.clockMs, true);
  }
}
