import type { BedId, EncounterId } from '@vigil/contracts';
import { dropShelves } from './shelves.js';
import { endStandby, type StandbyOut } from './standby.js';
import type { BedState, LeftStay, OpenAlarm } from './state.js';

/** Stays that a bed remembers having had: what is said to it of one of them is passed on, or is known to be old. */
export const LEFT_STAYS_MAX = 8;
/** Alarms of one such stay that it remembers. */
const ALARM_IDS_MAX = 128;
/** Transfers into a bed that it remembers. */
export const TAKEN_MAX = 16;

/** The patient has gone: alarms close, and nothing that was learnt about this patient's devices stays. */
export function leave(bed: BedState, atMs: number, { conditions, appends }: StandbyOut): void {
  endStandby(bed, 'left', atMs, { conditions, appends });
  dropShelves(bed, 'left', atMs, appends);
  conditions.closeAll(atMs);
  bed.encounter = null;
  bed.metrics = {};
  bed.limits = {};
  bed.windows = {};
  delete bed.rules;
  delete bed.suppressed;
  delete bed.scope;
  bed.overrides = {};
  delete bed.scores;
  bed.pendingTechnical = {};
  bed.notAccepted = [];
  delete bed.bedside;
  delete bed.early;
  delete bed.flaps;
}

/** Remembers that a stay has left, also one that this bed has not heard of yet. */
export function noteLeft(
  bed: BedState,
  left: { readonly encounterId: EncounterId; readonly atMs: number; readonly toBedId: BedId | null; readonly eventId: string },
  alarms: readonly Pick<OpenAlarm, 'alarmId'>[] = [],
): void {
  const { encounterId, atMs, toBedId, eventId } = left;
  const before = bed.left?.find((each) => each.encounterId === encounterId)?.alarmIds ?? [];
  const alarmIds = [...new Set([...before, ...alarms.map((a) => a.alarmId)])].slice(-ALARM_IDS_MAX);
  const others = (bed.left ?? []).filter((each) => each.encounterId !== encounterId);
  bed.left = [...others, { encounterId, atMs, toBedId, eventId, alarmIds }].slice(-LEFT_STAYS_MAX);
}

/** The stay is here again: from here on nothing of it goes after it, or two beds would pass it to each other for ever. */
export function forgetLeft(bed: BedState, encounterId: EncounterId): void {
  if (bed.left === undefined) return;
  bed.left = bed.left.map((each) => (each.encounterId === encounterId ? { ...each, isBack: true } : each));
}

/** The newest leaving of this stay that the bed knows of. */
export function leftOf(bed: BedState, encounterId: string): LeftStay | undefined {
  return bed.left?.findLast((left) => left.encounterId === encounterId && left.isBack !== true);
}

/** True for news of a stay (admission, arrival) of before it left this bed: the same event delivered again, or one that was overtaken. */
export function hasLeftSince(bed: BedState, encounterId: string, atMs: number): boolean {
  return (leftOf(bed, encounterId)?.atMs ?? -1) >= atMs;
}
