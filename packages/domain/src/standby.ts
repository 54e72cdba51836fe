import {
  type DeviceMessage,
  type EncounterId,
  type LogEvent,
  type LogEventOf,
  metricRow,
  STANDBY_MS_MAX,
  type StandbyEndCause,
} from '@vigil/contracts';
import { grantGrace, isSignOfLife } from './bed-time.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { isMeasured } from './readings.js';
import { STANDBY } from './rules/built-in.js';
import { endUnheardShelf } from './shelves.js';
import type { AssignedSpan, BedState, StandbyState } from './state.js';

/** So long before its end (event time) a standby calls for somebody to look. */
export const STANDBY_REMINDER_MS = 300_000;
/** Valid values of one metric for so long (event time) mean that the patient is connected again. */
export const DATA_BACK_MS = 10_000;
/** Standbys that are over and that a bed remembers. */
export const STANDBYS_OVER_MAX = 8;

export interface StandbyOut {
  readonly conditions: Conditions;
  readonly appends: LogEvent[];
}

/**
 * Somebody says that nothing is expected from this stay's monitor (A11). Hides silence and sensors that are off, never what is
 * measured. Of two at once the one that was set later holds, whichever comes first; one that is over does not come back.
 */
export function stepStandbySet(bed: BedState, event: LogEventOf<'standbySet'>, out: StandbyOut): void {
  const { standbyId, atMs, place } = event;
  if (bed.standby?.standbyId === standbyId || bed.standbysOver?.includes(standbyId) === true) return;
  const set: StandbyState = { standbyId, fromMs: atMs, toMs: Math.min(event.toMs, atMs + STANDBY_MS_MAX), place };
  if (!makesRoom(bed, set, event.encounterId, atMs, out)) return;
  bed.standby = set;
  for (const code of Object.keys(bed.alarms)) if (HIDDEN.test(code)) out.conditions.closeOne(code, atMs);
  bed.pendingTechnical = {};
  raise(bed, set, bed.clockMs >= set.toMs - STANDBY_REMINDER_MS, atMs, out.conditions);
}

/** Of two the one that was set later goes on. False where that is the one that is here; the other then is over. */
function makesRoom(bed: BedState, set: StandbyState, encounterId: EncounterId, atMs: number, out: StandbyOut): boolean {
  if (bed.standby === undefined) return true;
  if (isSetLater(bed.standby, set)) {
    noteOver(bed, set.standbyId);
    out.appends.push(endedEvent(bed, encounterId, set, 'person', atMs));
    return false;
  }
  endStandby(bed, 'person', atMs, out);
  return true;
}

/** A standby that comes along with its stay, and those that are over: what was told here already counts as well. */
export function arriveStandby(
  bed: BedState,
  standby: StandbyState | undefined,
  over: readonly string[],
  { encounterId, atMs }: { readonly encounterId: EncounterId; readonly atMs: number },
  out: StandbyOut,
): void {
  for (const standbyId of over) noteOver(bed, standbyId);
  if (standby === undefined || bed.standby?.standbyId === standby.standbyId) return;
  if (bed.standbysOver?.includes(standby.standbyId) === true || !makesRoom(bed, standby, encounterId, atMs, out)) return;
  bed.standby = standby;
}

function isSetLater(one: StandbyState, other: StandbyState): boolean {
  return one.fromMs > other.fromMs || (one.fromMs === other.fromMs && one.standbyId > other.standbyId);
}

/** What is said of silence and of sensors; alarms of bedside devices have other names. */
const HIDDEN = /(^|\.)noData$|\.leadsOff$/;
/** A person has ended it, or the log tells again what this engine has decided. */
export function stepStandbyEnded(bed: BedState, { standbyId, atMs }: LogEventOf<'standbyEnded'>, conditions: Conditions): void {
  if (bed.standby?.standbyId === standbyId) over(bed, atMs, conditions);
  else noteOver(bed, standbyId);
}

/** Ends the standby that is here, and tells the log once per cause, for the store to learn it. */
export function endStandby(bed: BedState, cause: StandbyEndCause, atMs: number, { conditions, appends }: StandbyOut): void {
  const { standby, encounter } = bed;
  if (standby === undefined) return;
  if (encounter !== null) appends.push(endedEvent(bed, encounter.encounterId, standby, cause, atMs));
  over(bed, atMs, conditions);
}

/** Silence counts anew from here. */
function over(bed: BedState, atMs: number, conditions: Conditions): void {
  noteOver(bed, bed.standby!.standbyId);
  delete bed.standby;
  conditions.end(STANDBY, atMs);
  grantGrace(bed);
}

function noteOver(bed: BedState, standbyId: string): void {
  if (bed.standbysOver?.includes(standbyId) === true) return;
  bed.standbysOver = [...(bed.standbysOver ?? []), standbyId].slice(-STANDBYS_OVER_MAX);
}

/** A standby is over at its end by the bed's own time, whatever else is told; before that it calls. Runs after each event. */
export function settleStandby(bed: BedState, out: StandbyOut): void {
  const { standby, clockMs } = bed;
  if (standby === undefined) return;
  if (clockMs >= standby.toMs) {
    endStandby(bed, 'time-over', clockMs, out);
    return;
  }
  const isNearEnd = clockMs >= standby.toMs - STANDBY_REMINDER_MS;
  if (out.conditions.stands(STANDBY, isNearEnd ? 'medium' : 'low', false)) return;
  raise(bed, standby, isNearEnd, Math.max(clockMs, standby.fromMs), out.conditions);
}

/**
 * Values of now: valid ones of one metric for `DATA_BACK_MS` without a pause, all of them measured after the standby was set, end it.
 */
export function noteDataBack(bed: BedState, message: DeviceMessage, span: AssignedSpan, rate: number, out: StandbyOut): void {
  const { standby } = bed;
  const { atMs } = message;
  if (standby === undefined || atMs <= standby.fromMs || !isSignOfLife(bed, message, rate)) return;
  const back = (standby.back ??= {});
  for (const reading of message.readings) {
    const { metric } = reading;
    const known = back[metric];
    if (known !== undefined && atMs <= known.lastMs) continue;
    if (reading.quality !== 'valid' || !isMeasured(reading)) {
      delete back[metric];
      continue;
    }
    const intervalMs = span.intervalsMs[metric] ?? metricRow(metric).nominalIntervalMs;
    const isOn = known !== undefined && atMs - known.lastMs <= Math.max(3 * intervalMs, 10_000 * rate);
    const sinceMs = isOn ? known.sinceMs : atMs;
    back[metric] = { sinceMs, lastMs: atMs };
    if (atMs - sinceMs < DATA_BACK_MS) continue;
    endStandby(bed, 'data-back', atMs, out);
    return;
  }
}

/** Standbys and shelves that were set for a stay that is over: the store set them, and has to learn that they never began. */
export function endUnheard(bed: BedState, events: readonly LogEvent[], appends: LogEvent[]): void {
  for (const event of events) {
    if (event.kind === 'conditionShelved') endUnheardShelf(bed, event, appends);
    if (event.kind !== 'standbySet' || bed.standbysOver?.includes(event.standbyId) === true) continue;
    noteOver(bed, event.standbyId);
    appends.push(endedEvent(bed, event.encounterId, event, 'left', event.atMs));
  }
}

/** What a bed says of a standby that has ended: the same from the same, so that the log takes it once. */
export function endedEvent(
  { bedId, lastOrigin }: Pick<BedState, 'bedId' | 'lastOrigin'>,
  encounterId: EncounterId,
  { standbyId }: Pick<StandbyState, 'standbyId'>,
  cause: StandbyEndCause,
  atMs: number,
): LogEvent {
  return {
    ...{ v: 1, id: `standby/${standbyId}/${cause}`, key: `bed:${bedId}`, origin: lastOrigin, atMs, kind: 'standbyEnded' },
    ...{ bedId, encounterId, standbyId, cause, by: null },
    source: cause === 'data-back' ? 'device' : 'system',
  } as LogEvent;
}

/** Until when it holds stands in the evidence. */
function raise(
  bed: BedState,
  { fromMs, toMs, place }: StandbyState,
  isNearEnd: boolean,
  atMs: number,
  conditions: Conditions,
): void {
  const window = { fromMs, toMs, aggregate: STANDBY } as NonNullable<(typeof NO_EVIDENCE)['window']>;
  conditions.raise(
    {
      ...{ conditionCode: STANDBY, kind: 'technical', priority: isNearEnd ? 'medium' : 'low', metric: null },
      ...{ evidence: { ...NO_EVIDENCE, window, because: [place] }, ruleId: STANDBY, origin: bed.lastOrigin },
    },
    atMs,
  );
}
