import {
  type LogEvent,
  type LogEventOf,
  longestShelfMs,
  type Priority,
  type Rule,
  type RuleSet,
  type ShelfEndCause,
} from '@vigil/contracts';
import { PRIORITY_RANK } from './alarm.js';
import type { Conditions } from './conditions.js';
import { isDeadlyName } from './deadly.js';
import { own } from './own.js';
import { isBuiltIn } from './rules/built-in.js';
import { codeOf } from './rules/plan.js';
import { shelfOf } from './shelf-of.js';
import type { BedState, ShelfState } from './state.js';

/** Conditions of one stay that are shelved at a time. */
export const SHELVES_MAX = 32;
/** Shelves that are over and that a bed remembers. */
export const SHELVES_OVER_MAX = 32;

export interface ShelvesOut {
  readonly conditions: Conditions;
  readonly appends: LogEvent[];
}

/**
 * Why nobody may shelve a condition; null where somebody may. `pager-path`: that Vigil sees nothing, or tells nobody, is not put away.
 * `deadly`: nobody waits with that. Without a rule set only the rest is known. What a rule calls so may share its condition with what is less
 * urgent: `priority` says what the shelf would hide.
 */
export function whyNotShelved(
  conditionCode: string,
  priority: Priority,
  ruleSet: RuleSet | null,
): 'pager-path' | 'deadly' | null {
  if (/(^|\.)noData$/.test(conditionCode) || isBuiltIn(conditionCode)) return 'pager-path';
  const isHidden = (rule: Rule): boolean =>
    rule.neverShelve === true && codeOf(rule) === conditionCode && PRIORITY_RANK[rule.priority] <= PRIORITY_RANK[priority];
  return ruleSet?.rules.some(isHidden) === true || isDeadlyName(conditionCode, priority) ? 'deadly' : null;
}

/**
 * What a shelf of this condition hides where no alarm is open: the least urgent of its rules, so that what is more urgent sounds all the
 * same. Null where no rule raises it.
 */
export function shelfPriority(conditionCode: string, ruleSet: RuleSet | null): Priority | null {
  const rules = (ruleSet?.rules ?? []).filter((rule) => rule.raises !== false && codeOf(rule) === conditionCode);
  const priorities = rules.map(({ priority }) => priority);
  return priorities.reduce<Priority | null>((a, b) => (a === null || PRIORITY_RANK[b] < PRIORITY_RANK[a] ? b : a), null);
}

/**
 * A person has put one condition of the stay away for a while. It goes on being derived and told, and makes no sound. Of two the one that
 * was set later holds; one that is over does not come back.
 */
export function stepConditionShelved(
  bed: BedState,
  event: LogEventOf<'conditionShelved'>,
  ruleSet: RuleSet | null,
  out: ShelvesOut,
): void {
  const { shelfId, conditionCode, priority, atMs, by } = event;
  if (isKnown(bed, shelfId)) return;
  const shelf: ShelfState = { shelfId, fromMs: atMs, toMs: Math.min(event.toMs, atMs + longestShelfMs(priority)), priority, by };
  const isRoom = own(bed.shelves, conditionCode) !== undefined || Object.keys(bed.shelves ?? {}).length < SHELVES_MAX;
  if (whyNotShelved(conditionCode, priority, ruleSet) !== null || !isRoom) {
    noteOver(bed, shelfId);
    out.appends.push(unshelvedEvent(bed, event.encounterId, shelfId, 'not-allowed', atMs));
    return;
  }
  put(bed, conditionCode, shelf, event, out);
}

/** Shelves that come along with their stay, and those that are over. */
export function arriveShelves(
  bed: BedState,
  shelves: Readonly<Record<string, ShelfState>>,
  over: readonly string[],
  about: { readonly encounterId: LogEventOf<'conditionShelved'>['encounterId']; readonly atMs: number },
  out: ShelvesOut,
): void {
  for (const shelfId of over) noteOver(bed, shelfId);
  for (const [conditionCode, shelf] of Object.entries(shelves)) {
    if (!isKnown(bed, shelf.shelfId)) put(bed, conditionCode, shelf, about, out);
  }
}

function put(
  bed: BedState,
  conditionCode: string,
  shelf: ShelfState,
  { encounterId, atMs }: { readonly encounterId: LogEventOf<'conditionShelved'>['encounterId']; readonly atMs: number },
  { conditions, appends }: ShelvesOut,
): void {
  const other = own(bed.shelves, conditionCode);
  if (other !== undefined) {
    const isLater = other.fromMs > shelf.fromMs || (other.fromMs === shelf.fromMs && other.shelfId > shelf.shelfId);
    const goes = isLater ? shelf : other;
    noteOver(bed, goes.shelfId);
    appends.push(unshelvedEvent(bed, encounterId, goes.shelfId, 'person', atMs));
    if (isLater) return;
  }
  (bed.shelves ??= {})[conditionCode] = shelf;
  const open = conditions.openOf(conditionCode);
  if (open === undefined) return;
  if (PRIORITY_RANK[open.signal.priority] > PRIORITY_RANK[shelf.priority]) {
    // What is over and unseen stays to be seen, and says nothing of what comes next.
    if (open.active) shelf.raisedMs = atMs;
  } else conditions.shelve(open, shelf.by, atMs);
}

/** A person has ended it, or the log tells again what this engine has decided. What holds still sounds at the end of the event. */
export function stepConditionUnshelved(bed: BedState, { shelfId }: LogEventOf<'conditionUnshelved'>): void {
  const found = Object.entries(bed.shelves ?? {}).find(([, shelf]) => shelf.shelfId === shelfId);
  noteOver(bed, shelfId);
  if (found !== undefined) remove(bed, found[0]);
}

/** The stay that they are of is not here any more. */
export function dropShelves(bed: BedState, cause: ShelfEndCause, atMs: number, appends: LogEvent[]): void {
  const { shelves, encounter } = bed;
  if (shelves === undefined) return;
  for (const { shelfId } of Object.values(shelves)) {
    noteOver(bed, shelfId);
    if (encounter !== null) appends.push(unshelvedEvent(bed, encounter.encounterId, shelfId, cause, atMs));
  }
  delete bed.shelves;
}

/**
 * A shelf is over at its end by the bed's own time, and once its condition is more urgent or may be shelved no longer. An alarm that holds
 * and that no shelf keeps silent sounds, however it came to be silent. Runs after each event.
 */
export function settleShelves(bed: BedState, ruleSet: RuleSet | null, atMs: number, { conditions, appends }: ShelvesOut): void {
  const nowMs = bed.clockMs === 0 ? atMs : bed.clockMs;
  for (const [conditionCode, shelf] of Object.entries(bed.shelves ?? {})) {
    const cause = whyOver(conditionCode, shelf, bed.clockMs, ruleSet);
    if (cause === null) continue;
    noteOver(bed, shelf.shelfId);
    if (bed.encounter !== null) {
      appends.push(unshelvedEvent(bed, bed.encounter.encounterId, shelf.shelfId, cause, shelf.raisedMs ?? nowMs));
    }
    remove(bed, conditionCode);
  }
  for (const open of Object.values(bed.alarms)) {
    if (open.active && open.signal.presence === 'off' && shelfOf(bed, open.conditionCode) === undefined) {
      conditions.unshelve(open, nowMs);
    }
  }
}

function whyOver(conditionCode: string, shelf: ShelfState, clockMs: number, ruleSet: RuleSet | null): ShelfEndCause | null {
  if (shelf.raisedMs !== undefined) return 'raised';
  if (clockMs >= shelf.toMs) return 'time-over';
  return whyNotShelved(conditionCode, shelf.priority, ruleSet) === null ? null : 'not-allowed';
}

/** Shelves that were set for a stay that is over: the store set them, and has to learn that they never began. */
export function endUnheardShelf(bed: BedState, event: LogEventOf<'conditionShelved'>, appends: LogEvent[]): void {
  if (bed.shelvesOver?.includes(event.shelfId) === true) return;
  noteOver(bed, event.shelfId);
  appends.push(unshelvedEvent(bed, event.encounterId, event.shelfId, 'left', event.atMs));
}

function isKnown({ shelves, shelvesOver }: BedState, shelfId: string): boolean {
  return shelvesOver?.includes(shelfId) === true || Object.values(shelves ?? {}).some((shelf) => shelf.shelfId === shelfId);
}

function remove(bed: BedState, conditionCode: string): void {
  const { [conditionCode]: _over, ...rest } = bed.shelves ?? {};
  if (Object.keys(rest).length === 0) delete bed.shelves;
  else bed.shelves = rest;
}

function noteOver(bed: BedState, shelfId: string): void {
  if (bed.shelvesOver?.includes(shelfId) === true) return;
  bed.shelvesOver = [...(bed.shelvesOver ?? []), shelfId].slice(-SHELVES_OVER_MAX);
}

/** The same from the same, so that the log takes it once. */
export function unshelvedEvent(
  { bedId, lastOrigin }: Pick<BedState, 'bedId' | 'lastOrigin'>,
  encounterId: string,
  shelfId: string,
  cause: ShelfEndCause,
  atMs: number,
): LogEvent {
  return {
    ...{ v: 1, id: `shelf/${shelfId}/${cause}`, key: `bed:${bedId}`, origin: lastOrigin, atMs, kind: 'conditionUnshelved' },
    ...{ bedId, encounterId, shelfId, cause, source: 'system' },
  } as LogEvent;
}
