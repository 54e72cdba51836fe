import type { FeedKind } from '@vigil/contracts';

/** One thing that happened in a stay. `place`: id of the Location; null for an end. */
export interface Step {
  readonly kind: 'admit' | 'transfer' | 'discharge';
  readonly atMs: number;
  readonly place: string | null;
}

/** What has to be told so that what was told before becomes what is true now. */
export interface Told {
  readonly kind: Exclude<FeedKind, 'register' | 'update' | 'merge'>;
  readonly atMs: number;
  readonly place: string | null;
  readonly fromPlace: string | null;
}

/** An Encounter as far as it moves somebody. */
export interface StayHistory {
  /** `void`: it never was. */
  readonly state: 'open' | 'over' | 'void';
  /** Places in the order of their times, the first as of the admission. */
  readonly places: readonly { readonly place: string; readonly fromMs: number }[];
  /** Null while it goes on. */
  readonly endMs: number | null;
  /** Event time of this version, for what carries no time of its own. */
  readonly versionMs: number;
}

/** Steps of one stay: an Encounter names 100 places at most, and then it ends. */
export const STEPS_MAX = 101;

/** The steps of a stay, in order. Two places in a row that are the same are one. */
export function stepsOf({ state, places, endMs, versionMs }: StayHistory): readonly Step[] {
  if (state === 'void') return [];
  const moves = places.filter(({ place }, at) => at === 0 || places[at - 1]!.place !== place);
  const steps: Step[] = moves.map(({ place, fromMs }, at) => ({ kind: at === 0 ? 'admit' : 'transfer', atMs: fromMs, place }));
  if (state === 'over' && steps.length > 0) steps.push({ kind: 'discharge', atMs: endMs ?? versionMs, place: null });
  return steps;
}

/**
 * What has to be told after `told`, so that `now` holds: what is new at the end, or that the last steps are taken back and what came
 * instead. Null where the record tells the past otherwise than before (another bed or another time of what was told): no message means
 * that, so a person has to look.
 */
export function newsOf(told: readonly Step[], now: readonly Step[], versionMs: number): readonly Told[] | null {
  const same = told.findIndex((step, at) => !isSame(step, now[at]));
  const kept = same === -1 ? told.length : same;
  const undone = takenBack(told, kept, now.length === 0, versionMs);
  // Something else stands where something was told: only at the very end can it be taken back and told anew.
  if (undone === null || (kept < told.length && now.length > kept && !isReplaceable(told, kept, now))) return null;
  return [...undone, ...now.slice(kept).map((step, at) => ({ ...step, fromPlace: placeBefore(now, kept + at) }))];
}

/** Of a record that tells the past otherwise: the moves that come after all that was told. They hold whatever was before. */
export function laterOf(told: readonly Step[], now: readonly Step[]): readonly Told[] {
  const lastMs = told.at(-1)?.atMs ?? -Infinity;
  return now.flatMap((step, at) => (step.atMs > lastMs && at > 0 ? [{ ...step, fromPlace: placeBefore(now, at) }] : []));
}

/** Taken back from the end: a discharge, and one transfer; or all of it. */
function takenBack(told: readonly Step[], kept: number, isVoid: boolean, versionMs: number): readonly Told[] | null {
  if (kept === told.length) return [];
  const last = told.at(-1)!;
  if (isVoid) {
    const admission = told.filter(({ kind }) => kind !== 'discharge');
    return admission.length === 1 && last.kind !== 'discharge'
      ? [{ kind: 'cancelAdmit', atMs: versionMs, place: told[0]!.place, fromPlace: null }]
      : null;
  }
  const undone: Told[] = [];
  let rest = told;
  if (rest.at(-1)!.kind === 'discharge' && rest.length > kept) {
    undone.push({ kind: 'cancelDischarge', atMs: versionMs, place: placeBefore(rest, rest.length - 1), fromPlace: null });
    rest = rest.slice(0, -1);
  }
  if (rest.length > kept && rest.at(-1)!.kind === 'transfer') {
    undone.push({
      kind: 'cancelTransfer',
      atMs: versionMs,
      place: placeBefore(rest, rest.length - 1),
      fromPlace: rest.at(-1)!.place,
    });
    rest = rest.slice(0, -1);
  }
  return rest.length === kept ? undone : null;
}

/** A step of the end gives way to one of a later time: e.g. a discharge that was too early, then a transfer. */
function isReplaceable(told: readonly Step[], kept: number, now: readonly Step[]): boolean {
  return kept > 0 && now[kept]!.atMs >= told[kept]!.atMs;
}

function placeBefore(steps: readonly Step[], at: number): string | null {
  return at === 0 ? null : steps[at - 1]!.place;
}

function isSame(one: Step, other: Step | undefined): boolean {
  return other !== undefined && one.kind === other.kind && one.atMs === other.atMs && one.place === other.place;
}
