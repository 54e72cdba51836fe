import type { DeviceMessage, LogEventOf } from '@vigil/contracts';
import { advanceClock, isBeforeStay, isLate, isOfNow, isSignOfLife, sourceHeard, sourceOf, takeMessage } from './bed-time.js';
import { type BedsideTime, noteBoot, stepBedsideAlarms } from './bedside-alarms.js';
import { forgetPauses, notePauses } from './bedside-pauses.js';
import type { Conditions } from './conditions.js';
import { broughtOf, isOfOtherTime, noteContested, spanAt } from './device-spans.js';
import { endFault, noteFault } from './faults.js';
import { isJudged } from './local-alarms.js';
import { applyReadings } from './readings.js';
import { RuleRun } from './rules/rule-run.js';
import { closePassedWindows } from './rules/window-mean.js';
import { noteForScores, settleScores } from './scores/bed-scores.js';
import { checkSilence, heardAgain } from './silence.js';
import { noteDataBack } from './standby.js';
import type { ActiveRules, AssignedSpan, BedState, SourceState } from './state.js';
import type { StepCounts, StepOut } from './step-out.js';
import { dropForgotten, dropOverrides, isBelieved, latenessOf, touchAll } from './step-time.js';
import { isOfOneWhoLeft } from './transfer.js';

/** A device's message: readings that are of this bed and of now go through the rules. */
export function stepMessage(
  bed: BedState,
  said: DeviceMessage,
  rules: ActiveRules | null,
  conditions: Conditions,
  out: StepOut,
): void {
  const { counts } = out;
  const rate = rules?.rate ?? 1;
  const span = spanHere(bed, said, rate, conditions, counts);
  if (span === null) return;
  const message = broughtOf(bed, span, said);
  const source = sourceOf(bed, message.deviceId);
  const taken = takeMessage(source, message.bootId, message.seq);
  if (taken === 'duplicate' || taken === 'handedOver') {
    counts.duplicates += 1;
    if (taken === 'handedOver') noteHandedOver(bed, message);
    return;
  }
  endFault(bed, 'deviceMismatch', message, rate, conditions);
  if (isOfOneWhoLeft(bed, message)) {
    counts.unattributed += 1;
    return;
  }
  if (!isBelieved(bed, source, message, taken === 'newest', rules, conditions)) {
    counts.late += 1;
    return;
  }
  bed.lastOrigin = message.origin;
  if (isJudged(bed, message)) {
    // Its gateway has told what came of it; here it only says that the device was there.
    counts.late += 1;
    advanceClock(bed, message.gatewayAtMs, rate);
    sourceHeard(bed, source, message, latenessOf(rules), rate);
    noteForScores(bed, message);
    return;
  }
  if (isLate(bed, source, message, rate)) {
    counts.late += 1;
    // Time has passed all the same, and data that count for nothing are silence.
    advanceClock(bed, message.gatewayAtMs, rate);
    if (rules === null) return;
    const run = new RuleRun(bed, rules, conditions, message.atMs);
    checkSilence(run);
    run.settle();
    return;
  }
  advanceClock(bed, message.gatewayAtMs, rate);
  noteBoot(bed, message, conditions);
  if (bed.pauses !== undefined) forgetPauses(bed, message.deviceId, message.bootId);
  sourceHeard(bed, source, message, latenessOf(rules), rate);
  if (isSignOfLife(bed, message, rate)) heardAgain(bed, conditions);
  if (message.clockSuspect === true) noteFault(bed, 'clockSuspect', message, conditions);
  else endFault(bed, 'clockSuspect', message, rate, conditions);
  // Where all that was said is brought, and nothing is named, nobody else can think it his own.
  if (message !== said || span.channels !== null || bed.contested !== undefined) noteContested(bed, said, rate, conditions);
  dropForgotten(bed, rate, conditions);
  if (bed.standby !== undefined) noteDataBack(bed, message, span, rate, { conditions, appends: out.appends });
  noteForScores(bed, message);
  const news = settleScores(bed, message.atMs, out.scores);
  if (rules === null) return;
  dropOverrides(bed);
  const run = new RuleRun(bed, rules, conditions, message.atMs);
  touchAll(run, news);
  closePassedWindows(run);
  applyReadings(run, message, span);
  checkSilence(run);
  run.settle();
}

/**
 * Scores are no part of a handover, which overtakes the readings that it is made of: when those come, only scores have not seen
 * them. What no clock has come to yet is believed no more than another reading of that time.
 */
function noteHandedOver(bed: BedState, message: DeviceMessage): void {
  if (message.atMs <= bed.clockMs && !isOfOneWhoLeft(bed, message)) noteForScores(bed, message);
}

/** An alarm of the device is news of the device and not of its sensors: it moves no watermark and ends no silence. */
export function stepDeviceAlarm(
  bed: BedState,
  said: LogEventOf<'deviceAlarm'>,
  rules: ActiveRules | null,
  conditions: Conditions,
  counts: StepCounts,
): void {
  const rate = rules?.rate ?? 1;
  if (spanHere(bed, said, rate, conditions, counts) === null) return;
  const source = sourceOf(bed, said.deviceId);
  const taken = takeMessage(source, said.bootId, said.seq);
  if (taken === 'duplicate' || taken === 'handedOver') {
    counts.duplicates += 1;
    return;
  }
  // An alarm is told whatever time its gateway has; a time that is not this bed's moves nothing.
  const nowMs = bed.clockMs as DeviceMessage['atMs'];
  const isOfBed = isBelieved(bed, source, said, taken === 'newest', rules, conditions);
  const event = isOfBed ? said : { ...said, atMs: nowMs, gatewayAtMs: nowMs };
  endFault(bed, 'deviceMismatch', event, rate, conditions);
  advanceClock(bed, event.gatewayAtMs, rate);
  const when = timeOfAlarm(bed, source, event, rate);
  if (when !== 'beforeStay') noteBoot(bed, event, conditions);
  if (when !== 'now') counts.late += 1;
  else {
    bed.lastOrigin = event.origin;
    if (event.clockSuspect === true) noteFault(bed, 'clockSuspect', event, conditions);
    else endFault(bed, 'clockSuspect', event, rate, conditions);
  }
  counts.tooMany += stepBedsideAlarms(bed, event, when, conditions);
  notePauses(bed, event);
  if (rules === null) return;
  const run = new RuleRun(bed, rules, conditions, event.atMs);
  checkSilence(run);
  run.settle();
}

function timeOfAlarm(bed: BedState, source: SourceState, event: LogEventOf<'deviceAlarm'>, rate: number): BedsideTime {
  if (isBeforeStay(bed, event, rate)) return 'beforeStay';
  return isOfNow(bed, event, rate) || !isLate(bed, source, event, rate) ? 'now' : 'late';
}

/** The time in which the device is here with this message; null for one that is not this bed's. */
function spanHere(
  bed: BedState,
  message: DeviceMessage | LogEventOf<'deviceAlarm'>,
  rate: number,
  conditions: Conditions,
  counts: StepCounts,
): AssignedSpan | null {
  const span = spanAt(bed, message.deviceId, message.atMs);
  if (span !== null) return span;
  if (isOfOtherTime(bed, message, rate)) {
    counts.elsewhere += 1;
    return null;
  }
  counts.unattributed += 1;
  noteFault(bed, 'deviceMismatch', message, conditions);
  return null;
}
