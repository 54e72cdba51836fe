import { own } from './own.js';
import { type LastOnsets, TOLD_ONSETS_MAX, type ToldOnsets } from './state.js';

interface Onsets {
  lastOnsets?: LastOnsets;
  toldOnsets?: ToldOnsets;
}

/** Takes note that an alarm of this condition began at `onsetMs`; it need not be the newest. Bounded per condition. */
export function addOnset(holder: Onsets, conditionCode: string, onsetMs: number): void {
  const last = (holder.lastOnsets ??= {});
  // States of before onsets were kept know only the newest: everything up to it counts as told.
  const told = ((holder.toldOnsets ??= {})[conditionCode] = own(holder.toldOnsets, conditionCode) ?? [
    own(last, conditionCode) ?? -1,
  ]);
  const at = told.findLastIndex((known) => known < onsetMs);
  told.splice(at + 1, 0, onsetMs);
  if (told.length > TOLD_ONSETS_MAX) told.shift();
  last[conditionCode] = Math.max(onsetMs, own(last, conditionCode) ?? -1);
}

/** True for an onset that was told, and for one that is too old to tell. */
export function isTold(holder: Onsets, conditionCode: string, onsetMs: number): boolean {
  const told = own(holder.toldOnsets, conditionCode);
  if (told === undefined) return onsetMs <= (own(holder.lastOnsets, conditionCode) ?? -1);
  return onsetMs <= told[0]! || told.includes(onsetMs);
}
