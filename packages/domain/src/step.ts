import {
  type DeviceMessage,
  type LogEvent,
  type LogEventOf,
  type LogKey,
  type MetricName,
  type ScoreSnapshot,
} from '@vigil/contracts';
import {
  advanceClock,
  bedSilent,
  grantGrace,
  isBeforeStay,
  isLate,
  isNewestOf,
  isOfNow,
  isSignOfLife,
  noteBootTime,
  setBackBy,
  sourceHeard,
  takeMessage,
} from './bed-time.js';
import { takeAwaited, waitsForStay } from './awaited.js';
import { type BedsideTime, detachBedside, dropSilentBedside, noteBoot, stepBedsideAlarms } from './bedside-alarms.js';
import { judgeTime, type SaidTime, SET_BACK_WALL_MS, takeBack, TIME_JUMP_WALL_MS } from './clock-doubt.js';
import { Conditions, NO_EVIDENCE, type TransitionEffect } from './conditions.js';
import { detachFaults, dropForgottenFaults, endFault, noteFault, stepFault, suspectClock } from './faults.js';
import { gatewayHeard, stepGateway } from './gateway.js';
import { InvariantError } from './invariant.js';
import { isJudged, stepLocalAlarm, stepLocalWatchEnded } from './local-alarms.js';
import { own } from './own.js';
import { applyReadings } from './readings.js';
import { changePlan } from './rules/change-plan.js';
import { RuleRun } from './rules/rule-run.js';
import { planFor, planNamed } from './rules/scope.js';
import { closePassedWindows } from './rules/window-mean.js';
import { chartScores, noteForScores, setScoreSettings, settleScores } from './scores/bed-scores.js';
import { NO_NEWS, type ScoreNews } from './scores/estimate.js';
import { checkSilence, heardAgain } from './silence.js';
import { goesAfter, isOfOneWhoLeft, keepEarly, stepAdmit, stepDischarge, stepTransferIn, stepTransferOut } from './transfer.js';
import {
  type ActiveRules,
  type BedState,
  emptyBed,
  emptyGateway,
  type GatewayState,
  type PartitionState,
  PREVIOUS_RULES_MAX,
} from './state.js';

/** What `step` counted and did not turn into an alarm. */
export interface StepCounts {
  duplicates: number;
  /** Behind the watermark: kept in history, never raised as if it were now. */
  late: number;
  /** The gateway's stamp does not agree with the assignments: held, not attributed. */
  unattributed: number;
  /** From devices without a bed. */
  unassigned: number;
  /** Alarms of bedside devices beyond what one bed holds. */
  tooMany: number;
}

export interface StepResult {
  /** Scores that have changed, in order. */
  readonly scores: readonly ScoreSnapshot[];
  /** Events for the log, to be committed with the transitions: their ids are deterministic, so a replay adds none (D6). */
  readonly appends: readonly LogEvent[];
  readonly state: PartitionState;
  readonly effects: readonly TransitionEffect[];
  readonly rejects: readonly LogEventOf<'reject'>[];
  /** True when a rule set was activated: every state is then checkpointed before the next event (docs/adr/0003). */
  readonly activated: boolean;
  readonly counts: StepCounts;
}

/**
 * The one entry of the engine: what the events of one partition, in log order, do to its alarms.
 *
 * Everything it reads is in (state, events); same in, same out, to the byte (D1, D2). No clock, no I/O. The state
 * handed in is used up: the caller goes on with the one in the result, and after an error loads its checkpoint.
 *
 * @throws InvariantError for a bug; never for input
 */
export function step(state: PartitionState, events: readonly LogEvent[]): StepResult {
  const effects: TransitionEffect[] = [];
  const rejects: LogEventOf<'reject'>[] = [];
  const scores: ScoreSnapshot[] = [];
  const appends: LogEvent[] = [];
  const counts: StepCounts = { duplicates: 0, late: 0, unattributed: 0, unassigned: 0, tooMany: 0 };
  const out: StepOut = { counts, scores, appends, news: NO_NEWS };
  let activated = false;
  for (const event of events) {
    if (event.kind === 'ruleSetActivated') {
      activated = activateRules(state, event, effects) || activated;
    } else if (event.kind === 'reject') {
      rejects.push(event);
    } else if ((event.kind === 'deviceMessage' || event.kind === 'deviceAlarm') && event.bedId === null) {
      counts.unassigned += 1;
    } else {
      stepKey(state, event, effects, out);
    }
  }
  return { state, effects, scores, appends, rejects, activated, counts };
}

/** Where the events of one step leave what is neither state nor alarm. */
interface StepOut {
  readonly counts: StepCounts;
  readonly scores: ScoreSnapshot[];
  readonly appends: LogEvent[];
  /** Scores that an event has changed, for the rules that look at them. */
  news: ScoreNews;
}

function stepKey(state: PartitionState, event: LogEvent, effects: TransitionEffect[], out: StepOut): void {
  const { hash, rate } = state.engine.rules ?? { hash: 'none', rate: 1 };
  switch (event.kind) {
    case 'gatewayLost':
    case 'gatewayRestored': {
      const gateway = gatewayOf(state, event.key, event.gatewayId);
      stepGateway(gateway, event, new Conditions(gateway, hash, effects, event));
      return;
    }
    case 'gatewayStatus': {
      const gateway = gatewayOf(state, event.key, event.gatewayId);
      gatewayHeard(gateway, event.atMs, rate, new Conditions(gateway, hash, effects, event));
      return;
    }
    case 'gatewayFault':
    case 'deviceFault': {
      if (!event.key.startsWith('gateway:')) break;
      const gateway = gatewayOf(state, event.key, event.gatewayId);
      stepFault(gateway, event, rate, new Conditions(gateway, hash, effects, event));
      return;
    }
    case 'staffAssigned':
    case 'reject':
    case 'ruleSetActivated':
      return;
    case 'command':
      if (event.key.startsWith('gateway:')) {
        const gateway = gatewayOf(state, event.key, event.key.slice('gateway:'.length) as GatewayState['gatewayId']);
        if (event.command === 'acknowledge') {
          new Conditions(gateway, hash, effects, event).acknowledge(event);
        }
        return;
      }
      break;
    default:
      break;
  }
  if (!event.key.startsWith('bed:')) return;
  const bed = bedOf(state, event.key);
  const conditions = new Conditions(bed, hash, effects, event);
  out.news = NO_NEWS;
  stepBed(bed, event, state.engine.rules, conditions, out);
  if (state.engine.rules !== null && !SETTLED.has(event.kind)) settleRules(bed, event, state.engine.rules, conditions, out.news);
  dropAnswered(bed, conditions, event.atMs);
}

/** Events that pass time for the rules themselves, and those that no rule looks at. */
const SETTLED: ReadonlySet<LogEvent['kind']> = new Set(['deviceMessage', 'tick', 'deviceAlarm', 'command', 'deviceAssigned']);

/** What an event has changed beside readings and time, rules look at at once: a score that was charted, a stay that is told. */
function settleRules(bed: BedState, event: LogEvent, rules: ActiveRules, conditions: Conditions, news: ScoreNews): void {
  // The clock of the platform may be ahead of the bed's, in which its alarms are told.
  const run = new RuleRun(bed, rules, conditions, bed.clockMs === 0 ? event.atMs : bed.clockMs);
  touchAll(run, news);
  run.settle();
}

function touchAll(run: RuleRun, news: ScoreNews): void {
  for (const score of news) run.touch(`score:${score}`);
}

function stepBed(bed: BedState, event: LogEvent, rules: ActiveRules | null, conditions: Conditions, out: StepOut): void {
  const { counts } = out;
  if (goesAfter(bed, event, out.appends) || waitsForStay(bed, event)) return;
  switch (event.kind) {
    case 'deviceMessage':
      stepMessage(bed, event, rules, conditions, out);
      return;
    case 'tick':
      stepTick(bed, event, rules, conditions, out);
      return;
    case 'deviceAlarm':
      stepDeviceAlarm(bed, event, rules, conditions, counts);
      return;
    case 'deviceFault':
      stepFault(bed, event, rules?.rate ?? 1, conditions);
      return;
    case 'admit':
      stepAdmit(bed, event, conditions);
      stepAwaited(bed, rules, conditions, out);
      return;
    case 'transferIn':
      stepTransferIn(bed, event, { rules, conditions, appends: out.appends });
      stepAwaited(bed, rules, conditions, out);
      return;
    case 'transferOut':
      stepTransferOut(bed, event, { rules, conditions, appends: out.appends });
      return;
    case 'stayProfileSet':
      bed.encounter = { ...bed.encounter!, ageGroup: event.ageGroup };
      return;
    case 'discharge':
      stepDischarge(bed, event, conditions);
      return;
    case 'deviceAssigned':
      bed.devices[event.deviceId] = { fromMs: event.fromMs, toMs: event.toMs, intervalsMs: event.intervalsMs };
      if (event.toMs === null) return;
      detachBedside(bed, event.deviceId, event.atMs, conditions);
      detachFaults(bed, event.deviceId, event.atMs, conditions);
      return;
    case 'limitsSet':
      bed.overrides[event.metric] = { low: event.low, high: event.high, toMs: event.toMs };
      return;
    case 'charted':
      out.news = chartScores(bed, event, out.scores);
      return;
    case 'scoreSettingsSet':
      out.news = setScoreSettings(bed, event, out.scores);
      return;
    case 'coverageLost':
      if (!bed.coverageLost.includes(event.causeId)) bed.coverageLost = [...bed.coverageLost, event.causeId].slice(-8);
      for (const code of Object.keys(bed.alarms).filter((c) => c === 'noData' || c.endsWith('.noData'))) {
        conditions.closeOne(code, event.atMs);
      }
      return;
    case 'coverageRestored':
      bed.coverageLost = bed.coverageLost.filter((cause) => cause !== event.causeId);
      grantGrace(bed);
      return;
    case 'command':
      if (event.command === 'acknowledge') {
        keepEarly(bed, event);
        conditions.acknowledge(event);
      } else bed.notAccepted = bed.notAccepted.filter((id) => id !== event.alarmId);
      return;
    case 'escalationExhausted':
      notAccepted(bed, event, conditions);
      return;
    case 'localAlarm':
      if (!stepLocalAlarm(bed, event, rules, conditions)) counts.unattributed += 1;
      return;
    case 'localWatchEnded':
      stepLocalWatchEnded(bed, event, rules, conditions);
      return;
    default:
      return;
  }
}

/** What people have set for the stay before it was here. */
function stepAwaited(bed: BedState, rules: ActiveRules | null, conditions: Conditions, out: StepOut): void {
  const news = new Set(out.news);
  for (const event of takeAwaited(bed, bed.encounter?.encounterId)) {
    stepBed(bed, event, rules, conditions, out);
    for (const score of out.news) news.add(score);
  }
  out.news = [...news];
}

/** False for an event of a time that is not this bed's; puts the bed's time right where that was wrong. */
function settleTime(bed: BedState, said: SaidTime, rules: ActiveRules | null, conditions: Conditions): boolean {
  const verdict = judgeTime(bed, said, rules?.rate ?? 1);
  if (verdict.is === 'back') {
    takeBack(bed, said.gatewayMs, latenessOf(rules), rules);
    conditions.releaseAdopted(said.gatewayMs);
  }
  if (verdict.liar !== null) suspectClock(bed, verdict.liar, conditions);
  return verdict.is !== 'elsewhere';
}

function isBelieved(
  bed: BedState,
  message: DeviceMessage | LogEventOf<'deviceAlarm'>,
  isNewest: boolean,
  rules: ActiveRules | null,
  conditions: Conditions,
): boolean {
  const { deviceId, gatewayId, atMs, gatewayAtMs } = message;
  const rate = rules?.rate ?? 1;
  if (atMs - gatewayAtMs > TIME_JUMP_WALL_MS * rate) {
    // Its gateway puts such a clock right; nobody has put this one right.
    suspectClock(bed, deviceId, conditions);
    return false;
  }
  const isSetBack = isNewest && setBackBy(bed, message) > SET_BACK_WALL_MS * rate;
  const isBelieved = settleTime(bed, { gatewayMs: gatewayAtMs, gatewayId, message, isNewest, isSetBack }, rules, conditions);
  if (isBelieved && isNewest) noteBootTime(bed, message);
  return isBelieved;
}

function stepMessage(
  bed: BedState,
  message: DeviceMessage,
  rules: ActiveRules | null,
  conditions: Conditions,
  out: StepOut,
): void {
  const { counts } = out;
  const rate = rules?.rate ?? 1;
  const isNewest = isNewestOf(bed, message);
  if (!isTaken(bed, message, conditions, counts)) return;
  endFault(bed, 'deviceMismatch', message, rate, conditions);
  if (isOfOneWhoLeft(bed, message)) {
    counts.unattributed += 1;
    return;
  }
  if (!isBelieved(bed, message, isNewest, rules, conditions)) {
    counts.late += 1;
    return;
  }
  bed.lastOrigin = message.origin;
  const source = bed.sources[message.deviceId]!;
  if (isJudged(bed, message)) {
    // Its gateway has told what came of it; here it only says that the device was there.
    counts.late += 1;
    advanceClock(bed, message.gatewayAtMs, rate);
    sourceHeard(bed, source, message, { latenessMs: latenessOf(rules), rate });
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
  sourceHeard(bed, source, message, { latenessMs: latenessOf(rules), rate });
  if (isSignOfLife(bed, message, rate)) heardAgain(bed, conditions);
  if (message.clockSuspect === true) noteFault(bed, 'clockSuspect', message, conditions);
  else endFault(bed, 'clockSuspect', message, rate, conditions);
  dropForgotten(bed, rate, conditions);
  noteForScores(bed, message);
  const news = settleScores(bed, message.atMs, out.scores);
  if (rules === null) return;
  dropOverrides(bed);
  const run = new RuleRun(bed, rules, conditions, message.atMs);
  touchAll(run, news);
  closePassedWindows(run);
  applyReadings(run, message);
  checkSilence(run);
  run.settle();
}

/** An alarm of the device is news of the device and not of its sensors: it moves no watermark and ends no silence. */
function stepDeviceAlarm(
  bed: BedState,
  said: LogEventOf<'deviceAlarm'>,
  rules: ActiveRules | null,
  conditions: Conditions,
  counts: StepCounts,
): void {
  const rate = rules?.rate ?? 1;
  const isNewest = isNewestOf(bed, said);
  if (!isTaken(bed, said, conditions, counts)) return;
  // An alarm is told whatever time its gateway has; a time that is not this bed's moves nothing.
  const nowMs = bed.clockMs as DeviceMessage['atMs'];
  const event = isBelieved(bed, said, isNewest, rules, conditions) ? said : { ...said, atMs: nowMs, gatewayAtMs: nowMs };
  endFault(bed, 'deviceMismatch', event, rate, conditions);
  advanceClock(bed, event.gatewayAtMs, rate);
  const when = timeOfAlarm(bed, event, rate);
  if (when !== 'beforeStay') noteBoot(bed, event, conditions);
  if (when !== 'now') counts.late += 1;
  else {
    bed.lastOrigin = event.origin;
    if (event.clockSuspect === true) noteFault(bed, 'clockSuspect', event, conditions);
    else endFault(bed, 'clockSuspect', event, rate, conditions);
  }
  counts.tooMany += stepBedsideAlarms(bed, event, when, conditions);
  if (rules === null) return;
  const run = new RuleRun(bed, rules, conditions, event.atMs);
  checkSilence(run);
  run.settle();
}

function timeOfAlarm(bed: BedState, event: LogEventOf<'deviceAlarm'>, rate: number): BedsideTime {
  if (isBeforeStay(bed, event, rate)) return 'beforeStay';
  return isOfNow(bed, event, rate) || !isLate(bed, bed.sources[event.deviceId]!, event, rate) ? 'now' : 'late';
}

/** False for what another bed's device sent, and for what was taken before. */
function isTaken(
  bed: BedState,
  message: DeviceMessage | LogEventOf<'deviceAlarm'>,
  conditions: Conditions,
  counts: StepCounts,
): boolean {
  const assigned = own(bed.devices, message.deviceId);
  const isHere =
    assigned !== undefined && message.atMs >= assigned.fromMs && (assigned.toMs === null || message.atMs < assigned.toMs);
  if (!isHere) {
    counts.unattributed += 1;
    noteFault(bed, 'deviceMismatch', message, conditions);
    return false;
  }
  if (takeMessage(bed, message.deviceId, message.bootId, message.seq)) return true;
  counts.duplicates += 1;
  return false;
}

/** What nobody can end any more. */
function dropForgotten(bed: BedState, rate: number, conditions: Conditions): void {
  dropForgottenFaults(bed, rate, conditions);
  dropSilentBedside(bed, rate, conditions);
}

function stepTick(
  bed: BedState,
  tick: LogEventOf<'tick'>,
  rules: ActiveRules | null,
  conditions: Conditions,
  out: StepOut,
): void {
  const said = { gatewayMs: tick.atMs, gatewayId: tick.gatewayId, message: null, isNewest: true, isSetBack: false };
  if (!settleTime(bed, said, rules, conditions)) return;
  if (tick.atMs <= bed.clockMs || tick.atMs < bed.watermarkMs) return;
  advanceClock(bed, tick.atMs, rules?.rate ?? 1);
  bedSilent(bed, tick.atMs, latenessOf(rules));
  dropForgotten(bed, rules?.rate ?? 1, conditions);
  const news = settleScores(bed, tick.atMs, out.scores);
  if (rules === null) return;
  dropOverrides(bed);
  const run = new RuleRun(bed, rules, conditions, tick.atMs);
  touchAll(run, news);
  closePassedWindows(run);
  checkSilence(run);
  run.settle();
}

/** A patient's own limits are over by themselves; nothing that is read later can be judged by them. */
function dropOverrides(bed: BedState): void {
  for (const metric in bed.overrides) {
    const override = bed.overrides[metric as MetricName];
    if (override !== undefined && bed.watermarkMs >= override.toMs) delete bed.overrides[metric as MetricName];
  }
}

function notAccepted(bed: BedState, event: LogEventOf<'escalationExhausted'>, conditions: Conditions): void {
  const open = Object.values(bed.alarms).find((a) => a.alarmId === event.alarmId);
  if (open === undefined || open.conditionCode === 'notAccepted' || bed.notAccepted.includes(event.alarmId)) return;
  bed.notAccepted.push(event.alarmId);
  // Somebody may have accepted the one that is there, for another alarm: this one pages anew.
  conditions.closeOne('notAccepted', event.atMs);
  conditions.raise(
    {
      conditionCode: 'notAccepted',
      kind: 'technical',
      priority: 'high',
      metric: null,
      evidence: NO_EVIDENCE,
      ruleId: 'notAccepted',
      origin: event.origin,
    },
    event.atMs,
  );
}

/** An alarm that nobody accepted and that is over needs nobody any more. */
function dropAnswered(bed: BedState, conditions: Conditions, atMs: number): void {
  if (bed.alarms['notAccepted']?.active !== true) return;
  const holding = new Set(
    Object.values(bed.alarms)
      .filter((a) => a.active)
      .map((a) => a.alarmId),
  );
  bed.notAccepted = bed.notAccepted.filter((id) => holding.has(id));
  if (bed.notAccepted.length === 0) conditions.end('notAccepted', atMs);
}

/** Alarms whose rule is gone end; what the other rules have learnt is kept. */
function activateRules(state: PartitionState, event: LogEventOf<'ruleSetActivated'>, effects: TransitionEffect[]): boolean {
  const current = state.engine.rules;
  const name = event.activation === undefined ? null : `${event.activation}/${event.hash}`;
  if (name !== null && current?.taken?.includes(name) === true) return false;
  const all = [...(current?.taken ?? []), ...(name === null ? [] : [name])];
  const taken = all.length === 0 ? {} : { taken: all.slice(-PREVIOUS_RULES_MAX) };
  if (current?.hash === event.hash && current.rate === event.rate) {
    state.engine.rules = { ...current, ...taken };
    return false;
  }
  const before = [
    ...(current?.previous ?? []).filter((hash) => hash !== current?.hash),
    ...(current === null ? [] : [current.hash]),
  ];
  const previous = before.length === 0 ? {} : { previous: before.slice(-PREVIOUS_RULES_MAX) };
  state.engine.rules = { hash: event.hash, ruleSet: event.ruleSet, rate: event.rate, ...previous, ...taken };
  for (const holder of state.keys.values()) {
    // A gateway's own alarms are none of a rule set's.
    if (holder.kind !== 'bed') continue;
    const conditions = new Conditions(holder, event.hash, effects, event);
    const before = current === null ? null : planNamed(current.ruleSet, holder.scope);
    delete holder.scope;
    const after = planFor(event.ruleSet, holder, holder.clockMs);
    changePlan(holder, before, after, conditions, event.atMs);
  }
  return true;
}

function latenessOf(rules: ActiveRules | null): number {
  return rules === null ? 0 : rules.ruleSet.latenessMs * rules.rate;
}

function bedOf(state: PartitionState, key: LogKey): BedState {
  const known = state.keys.get(key);
  if (known !== undefined) {
    if (known.kind !== 'bed') throw new InvariantError('a bed key holds a bed');
    return known;
  }
  const bed = emptyBed(key.slice('bed:'.length) as BedState['bedId']);
  state.keys.set(key, bed);
  return bed;
}

function gatewayOf(state: PartitionState, key: LogKey, gatewayId: GatewayState['gatewayId']): GatewayState {
  const known = state.keys.get(key);
  if (known !== undefined) {
    if (known.kind !== 'gateway') throw new InvariantError('a gateway key holds a gateway');
    return known;
  }
  const gateway = emptyGateway(gatewayId);
  state.keys.set(key, gateway);
  return gateway;
}
