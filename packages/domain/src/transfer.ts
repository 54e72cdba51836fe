import type { BedId, EncounterId, LogEvent, LogEventOf, LogKey } from '@vigil/contracts';
import { stayOf, takeAwaited } from './awaited.js';
import { grantGrace } from './bed-time.js';
import { carriedAlarms, carriedOf, carriedOver, carriedShelves, carriedStandby, goesAlong, takeCarried } from './carried.js';
import type { Conditions } from './conditions.js';
import { contentHash } from './hash.js';
import { own } from './own.js';
import { careUnitHere } from './placed.js';
import { LIMITS_CHANGED, STANDBY, STAY_CORRECTED } from './rules/built-in.js';
import { arriveShelves, unshelvedEvent } from './shelves.js';
import { arriveStandby, endedEvent, endUnheard, type StandbyOut } from './standby.js';
import type { ActiveRules, BedState, LeftStay, OpenAlarm, Stay } from './state.js';
import { forgetLeft, hasLeftSince, leave, leftOf, noteLeft, TAKEN_MAX } from './stay.js';

/**
 * Moving between beds (D6). The old bed hands over what it knows of the stay in an event for the new bed, under an id made from the
 * one of the transfer: a replay makes the same event, and the log takes it once.
 *
 * Old and new bed stand on different partitions, so their events come in any order: news of a stay reach a bed that does not
 * have it yet, or has it no longer. Each bed therefore remembers the last stays that left it. What is said to it of
 * such a stay goes after the patient; what arrives for one that has left again is passed on.
 */
export interface Moves {
  readonly rules: ActiveRules | null;
  readonly conditions: Conditions;
  readonly appends: LogEvent[];
}

export function stepTransferOut(bed: BedState, event: LogEventOf<'transferOut'>, { rules, conditions, appends }: Moves): void {
  const { encounterId, toBedId, atMs } = event;
  if (toBedId === bed.bedId || bed.left?.some((left) => left.eventId === event.id) === true) return;
  const { encounter } = bed;
  const note = { encounterId, atMs, toBedId, eventId: event.id };
  if (encounter?.encounterId !== encounterId && hasLeftSince(bed, encounterId, atMs)) return;
  const awaited = takeAwaited(bed, encounterId);
  if (encounter !== null && encounter.encounterId !== encounterId) {
    // Somebody else lies here. The new bed watches from now on, and what still arrives here goes after the patient.
    noteLeft(bed, note);
    if (event.patientId !== undefined) appends.push(arrivalOf(event, bed.bedId, event.patientId, event.ageGroup));
    sendAfter(awaited, toBedId, appends);
    return;
  }
  if (encounter !== null && atMs < encounter.sinceMs) return;
  const patientId = encounter?.patientId ?? event.patientId;
  if (patientId === undefined) {
    noteLeft(bed, note);
    sendAfter(awaited, toBedId, appends);
    return;
  }
  // Of a patient whose arrival is still on its way, an empty bed knows what it has seen since.
  const carried = carriedOf(bed, encounterId, rules?.hash ?? 'none', atMs);
  const alarms = Object.values(bed.alarms).filter(goesAlong);
  for (const alarm of alarms) delete bed.alarms[alarm.conditionCode];
  const early = bed.early ?? [];
  // They have gone along.
  delete bed.standby;
  delete bed.shelves;
  leave(bed, atMs, { conditions, appends });
  noteLeft(bed, note, alarms);
  appends.push({ ...arrivalOf(event, bed.bedId, patientId, encounter?.ageGroup ?? event.ageGroup), carried });
  sendAfter([...early, ...awaited], toBedId, appends);
}

/** A leaving of this stay since whoever is here came. Not that it made room for who is here, or was put right. */
export function goneMeanwhile(bed: BedState, encounterId: EncounterId): LeftStay | null {
  const left = leftOf(bed, encounterId);
  if (left === undefined || bed.encounter === null || left.atMs <= bed.encounter.sinceMs) return null;
  return bed.taken?.includes(left.eventId) === true ? null : left;
}

/** The stay that is here has left already: it goes where it was sent, with all that this bed knows of it, or is over. */
export function goAfter(bed: BedState, gone: LeftStay, moves: Moves): void {
  const { encounterId, toBedId, eventId } = gone;
  const atMs = Math.max(gone.atMs, bed.encounter?.sinceMs ?? 0) as LogEvent['atMs'];
  if (toBedId === null) {
    leave(bed, atMs, moves);
    noteLeft(bed, { encounterId, atMs, toBedId, eventId });
    return;
  }
  const envelope = {
    v: 1,
    id: `${eventId.slice(0, ID_MAX - 8)}/late`,
    key: keyOf(bed.bedId),
    origin: bed.lastOrigin,
    atMs,
  } as const;
  stepTransferOut(bed, { ...envelope, kind: 'transferOut', bedId: bed.bedId, encounterId, toBedId }, moves);
}

/** Events that this bed kept for what was on its way here, and that now goes elsewhere. */
function sendAfter(kept: readonly LogEvent[], toBedId: BedId, appends: LogEvent[]): void {
  for (const event of kept) {
    const id = nextHopId(event.id);
    if (id !== null) appends.push(addressedTo(toBedId, event, id));
  }
}

const addressedTo = (bedId: BedId, event: LogEvent, id: string): LogEvent =>
  ({ ...event, id, key: keyOf(bedId), ...('bedId' in event ? { bedId } : {}) }) as LogEvent;

function arrivalOf(
  { id, origin, atMs, encounterId, toBedId, toCareUnitId }: LogEventOf<'transferOut'>,
  fromBedId: BedId,
  patientId: Stay['patientId'],
  ageGroup: Stay['ageGroup'],
): LogEventOf<'transferIn'> {
  return {
    ...{ v: 1, id: arrivalId(id), key: keyOf(toBedId), origin, atMs, kind: 'transferIn' },
    ...{ bedId: toBedId, encounterId, patientId, fromBedId },
    ...(ageGroup === undefined ? {} : { ageGroup }),
    ...(toCareUnitId === undefined ? {} : { careUnitId: toCareUnitId }),
  };
}

export function stepTransferIn(bed: BedState, event: LogEventOf<'transferIn'>, moves: Moves): void {
  const { encounterId, atMs } = event;
  if (bed.taken?.includes(event.id) === true) return;
  bed.taken = [...(bed.taken ?? []), event.id].slice(-TAKEN_MAX);
  if (bed.encounter?.encounterId === encounterId) {
    // It was said to be here before its state came after it.
    if (event.carried !== undefined) arrive(bed, event, moves);
    return;
  }
  if (hasLeftSince(bed, encounterId, atMs)) {
    passOn(bed, event, moves);
    return;
  }
  if (bed.encounter !== null && bed.encounter.sinceMs > atMs) {
    // Somebody who came later lies here: this patient is not here any more, and nobody has said where.
    closeAllOf(bed, event, moves, atMs);
    endUnheard(bed, takeAwaited(bed, encounterId), moves.appends);
    noteLeft(bed, { encounterId, atMs, toBedId: null, eventId: event.id });
    return;
  }
  beginStay(bed, event, moves);
  arrive(bed, event, moves);
}

/** A stay begins here. Whoever was here before has left. */
export function beginStay(bed: BedState, event: LogEventOf<'admit' | 'transferIn'>, out: StandbyOut): void {
  const { encounterId, patientId, ageGroup, atMs } = event;
  const careUnitId = careUnitHere(bed, event.careUnitId, atMs);
  if (bed.encounter !== null) {
    noteLeft(bed, { encounterId: bed.encounter.encounterId, atMs, toBedId: null, eventId: event.id });
  }
  leave(bed, atMs, out);
  forgetLeft(bed, encounterId);
  bed.encounter = {
    ...{ encounterId, patientId, sinceMs: atMs },
    ...(ageGroup === undefined ? {} : { ageGroup }),
    ...(careUnitId === undefined ? {} : { careUnitId }),
  };
  bed.lastOrigin = event.origin;
  grantGrace(bed);
}

/** A stay that is opened anew is here again, whatever time that has; each such admission counts once. */
export function stepAdmit(bed: BedState, event: LogEventOf<'admit'>, out: StandbyOut): void {
  const isAnew = event.reopened === true;
  if (bed.encounter?.encounterId === event.encounterId) return;
  if (isAnew ? bed.taken?.includes(event.id) === true : hasLeftSince(bed, event.encounterId, event.atMs)) return;
  if (isAnew) bed.taken = [...(bed.taken ?? []), event.id].slice(-TAKEN_MAX);
  beginStay(bed, event, out);
}

export function stepDischarge(bed: BedState, event: LogEventOf<'discharge'>, out: StandbyOut): void {
  const { encounterId, atMs } = event;
  endUnheard(bed, takeAwaited(bed, encounterId), out.appends);
  if (bed.encounter?.encounterId === encounterId) leave(bed, atMs, out);
  else if (hasLeftSince(bed, encounterId, atMs)) return;
  // Also of one who has not arrived yet: when the state comes after all, it is over.
  noteLeft(bed, { encounterId, atMs, toBedId: null, eventId: event.id });
}

/** The alarms go on under their ids, each with a transition of its own. Who has to be told in another care unit is not decided here. */
function arrive(bed: BedState, event: LogEventOf<'transferIn'>, { rules, conditions, appends }: Moves): void {
  const { carried, atMs } = event;
  if (carried === undefined) return;
  takeCarried(bed, carried, rules);
  arriveStandby(bed, carriedStandby(carried), carriedOver(carried), event, { conditions, appends });
  const shelves = carriedShelves(carried);
  arriveShelves(bed, shelves.hold, shelves.over, event, { conditions, appends });
  for (const alarm of carriedAlarms(carried)) {
    // The same condition has an alarm of its own here already: that one stands for both.
    if (own(bed.alarms, alarm.conditionCode) !== undefined || isOfNoStandby(bed, alarm)) conditions.closeCarried(alarm, atMs);
    else {
      conditions.carry(alarm, atMs, NOT_OF_RULES.has(alarm.conditionCode) || hasRuleState(bed, alarm));
      for (const command of bed.early?.filter((each) => each.alarmId === alarm.alarmId) ?? []) conditions.acknowledge(command);
    }
  }
}

/** Conditions that go along and that no rule ends. */
const NOT_OF_RULES: ReadonlySet<string> = new Set(['notAccepted', STANDBY, STAY_CORRECTED, LIMITS_CHANGED]);

/** A person has ended it here before it came. */
function isOfNoStandby({ standby }: BedState, { conditionCode }: OpenAlarm): boolean {
  return conditionCode === STANDBY && standby === undefined;
}

/** True where the rule that can end the alarm has come along. Else the alarm stands until somebody has seen it. */
function hasRuleState(bed: BedState, { ruleId }: OpenAlarm): boolean {
  return [bed.limits, bed.windows, bed.rules].some(
    (states) => own(states as Record<string, unknown> | undefined, ruleId) !== undefined,
  );
}

/** The patient has left this bed again before the state arrived: it goes after the patient, or is over. */
function passOn(bed: BedState, event: LogEventOf<'transferIn'>, moves: Moves): void {
  const left = leftOf(bed, event.encounterId)!;
  const alarms = carriedAlarms(event.carried);
  if (left.toBedId === null) {
    closeAllOf(bed, event, moves, left.atMs);
    return;
  }
  left.alarmIds = [...left.alarmIds, ...alarms.map((alarm) => alarm.alarmId)];
  const { toBedId, atMs } = left;
  const id = nextHopId(event.id);
  if (id === null) return;
  const { careUnitId: _unit, ...rest } = event;
  moves.appends.push({ ...rest, id, key: keyOf(toBedId), bedId: toBedId, atMs: atMs as LogEvent['atMs'] });
}

function closeAllOf(bed: BedState, event: LogEventOf<'transferIn'>, { conditions, appends }: Moves, atMs: number): void {
  const { carried, encounterId } = event;
  for (const alarm of carriedAlarms(carried)) conditions.closeCarried(alarm, atMs);
  const standby = carriedStandby(carried);
  if (standby !== undefined) appends.push(endedEvent(bed, encounterId, standby, 'left', atMs));
  for (const { shelfId } of Object.values(carriedShelves(carried).hold)) {
    appends.push(unshelvedEvent(bed, encounterId, shelfId, 'left', atMs));
  }
}

/**
 * What is said here of a stay, or of an alarm of one, that went to another bed goes after it. Answers true for such an event,
 * which has then nothing to do here.
 */
export function goesAfter(bed: BedState, event: LogEvent, appends: LogEvent[]): boolean {
  const toBedId = whereTo(bed, event);
  const id = toBedId === null ? null : nextHopId(event.id);
  if (toBedId === null || id === null) return false;
  appends.push(addressedTo(toBedId, afterMove(bed, event), id));
  return true;
}

/** At the next bed the stay begins when it left this one: what was measured there before is of somebody else. */
function afterMove(bed: BedState, event: LogEvent): LogEvent {
  if (event.kind !== 'stayCorrected') return event;
  const leftMs = leftOf(bed, event.wrongEncounterId)?.atMs ?? 0;
  return { ...event, sinceMs: Math.max(event.sinceMs, leftMs) as typeof event.sinceMs };
}

function whereTo(bed: BedState, event: LogEvent): BedId | null {
  if (bed.left === undefined) return null;
  switch (event.kind) {
    case 'discharge':
    case 'limitsSet':
    case 'charted':
    case 'scoreSettingsSet':
    case 'stayProfileSet':
    case 'standbySet':
    case 'standbyEnded':
    case 'conditionShelved':
    case 'conditionUnshelved':
    case 'stayCorrected':
    case 'patientMerged': {
      const encounterId = stayOf(event);
      // That a stay is not here after all is said of this bed alone: it may be on its way back, and lie where it went before.
      const isOfThisBed = event.kind === 'discharge' && event.voided === true;
      if (isOfThisBed || bed.encounter?.encounterId === encounterId) return null;
      return leftOf(bed, encounterId)?.toBedId ?? null;
    }
    case 'command':
    case 'escalationExhausted': {
      if (Object.values(bed.alarms).some((alarm) => alarm.alarmId === event.alarmId)) return null;
      return bed.left.findLast((left) => left.isBack !== true && left.alarmIds.includes(event.alarmId))?.toBedId ?? null;
    }
    default:
      return null;
  }
}

/** Acknowledgements that a bed keeps for alarms that may still be on their way to it. */
const EARLY_MAX = 8;

/** An acknowledgement reaches the patient's bed before the alarm does where the alarm takes a longer way: it waits for it. */
export function keepEarly(bed: BedState, command: LogEventOf<'command'>): void {
  if (Object.values(bed.alarms).some((alarm) => alarm.alarmId === command.alarmId)) return;
  bed.early = [...(bed.early ?? []), command].slice(-EARLY_MAX);
}

/** Of before the last patient left a bed that is empty since: nobody's who lies here, and nobody's who will. */
export function isOfOneWhoLeft(bed: BedState, { atMs }: { readonly atMs: number }): boolean {
  return bed.encounter === null && bed.left !== undefined && atMs < (bed.left[bed.left.length - 1]?.atMs ?? 0);
}

const ID_MAX = 160;
/** Beds that one event is passed on to at most; it then stays where it is. Moves can't make a ring, and this is for the case that they do. */
const HOPS_MAX = 8;

/** The same from the same, so that a replay adds nothing. */
function arrivalId(id: string): string {
  const readable = `${id}/in`;
  return readable.length <= ID_MAX - 3 ? readable : `moved/${contentHash(readable)}`;
}

/** The id of the event, and how often it was passed on; null where that was often enough. */
function nextHopId(id: string): string | null {
  const [, base = id, hops = '0'] = /^(.*)~(\d)$/.exec(id) ?? [];
  const next = Number(hops) + 1;
  return next > HOPS_MAX ? null : `${base.length > ID_MAX - 2 ? `moved/${contentHash(base)}` : base}~${next}`;
}

const keyOf = (bedId: BedId): LogKey => `bed:${bedId}` as LogKey;
