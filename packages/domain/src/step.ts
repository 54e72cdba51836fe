import type { LogEvent, LogEventOf, LogKey, ScoreSnapshot } from '@vigil/contracts';
import { activateRules } from './activate-rules.js';
import { takeAwaited, waitsForStay } from './awaited.js';
import { grantGrace } from './bed-time.js';
import { detachBedside } from './bedside-alarms.js';
import { stepCanary } from './canary.js';
import { stepOnCallTrouble } from './care-unit-alarms.js';
import { forgetPauses, settlePauses } from './bedside-pauses.js';
import { Conditions, type TransitionEffect } from './conditions.js';
import { stepPatientMerged, stepStayCorrected } from './corrected.js';
import { hasGone, noteAssigned } from './device-spans.js';
import { settleFlaps } from './flap.js';
import { detachFaults, stepFault } from './faults.js';
import { gatewayHeard, stepGateway } from './gateway.js';
import { InvariantError } from './invariant.js';
import { stepLocalAlarm, stepLocalWatchEnded } from './local-alarms.js';
import { accepted, dropAnswered, dropSeen, notAccepted } from './not-accepted.js';
import { stepBedPlaced } from './placed.js';
import { RuleRun } from './rules/rule-run.js';
import { chartScores, setScoredAge, setScoreSettings } from './scores/bed-scores.js';
import { NO_NEWS } from './scores/estimate.js';
import { settleReminders } from './remind.js';
import { settleShelves, type ShelvesOut, stepConditionShelved, stepConditionUnshelved } from './shelves.js';
import { endUnheard, settleStandby, stepStandbyEnded, stepStandbySet } from './standby.js';
import { leftOf } from './stay.js';
import {
  type ActiveRules,
  type BedState,
  type CareUnitState,
  emptyBed,
  emptyCareUnit,
  emptyGateway,
  type GatewayState,
  type KeyState,
  type PartitionState,
} from './state.js';
import { stepDeviceAlarm, stepMessage } from './step-message.js';
import type { StepCounts, StepOut } from './step-out.js';
import { stepTick, touchAll } from './step-time.js';
import {
  goAfter,
  goesAfter,
  goneMeanwhile,
  keepEarly,
  stepAdmit,
  stepDischarge,
  stepTransferIn,
  stepTransferOut,
} from './transfer.js';

export type { StepCounts } from './step-out.js';

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
  const counts: StepCounts = { duplicates: 0, late: 0, unattributed: 0, elsewhere: 0, unassigned: 0, tooMany: 0 };
  const out: StepOut = { counts, scores, appends, news: NO_NEWS, isAskedAnew: false };
  let activated = false;
  for (const event of events) {
    if (event.kind === 'ruleSetActivated') {
      activated = activateRules(state, event, effects) || activated;
      for (const [key, known] of state.keys) state.keys.set(key, inShape(known));
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
    case 'canary': {
      const gateway = gatewayOf(state, event.key, event.gatewayId);
      stepCanary(gateway, event, new Conditions(gateway, hash, effects, event));
      return;
    }
    case 'onCallTrouble': {
      const unit = unitOf(state, event.key, event.careUnitId);
      stepOnCallTrouble(unit, event, new Conditions(unit, hash, effects, event));
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
      if (event.key.startsWith('unit:')) {
        const unit = unitOf(state, event.key, event.key.slice('unit:'.length) as CareUnitState['careUnitId']);
        if (event.command === 'acknowledge') new Conditions(unit, hash, effects, event).acknowledge(event);
        return;
      }
      break;
    default:
      break;
  }
  if (!event.key.startsWith('bed:')) return;
  const bed = bedOf(state, event.key);
  const ruleSet = state.engine.rules?.ruleSet ?? null;
  const conditions = new Conditions(bed, hash, effects, event, ruleSet);
  const { suppressed, doubt, contested, standby, shelves, pauses } = bed;
  out.news = NO_NEWS;
  out.isAskedAnew = false;
  stepBed(bed, event, state.engine.rules, conditions, out);
  const isSettled = SETTLED.has(event.kind);
  if (state.engine.rules !== null && !isSettled) settleRules(bed, event, state.engine.rules, conditions, out);
  if (bed.standby !== undefined) settleStandby(bed, { conditions, appends: out.appends });
  if (event.kind === 'command' || event.kind === 'transferIn') dropSeen(bed, conditions, event.atMs);
  settleCare(bed, state.engine.rules, event.atMs, { conditions, appends: out.appends });
  dropAnswered(bed, conditions, event.atMs);
  const hasLost =
    (suppressed !== undefined && bed.suppressed === undefined) ||
    (doubt !== undefined && bed.doubt === undefined) ||
    (contested !== undefined && bed.contested === undefined) ||
    (standby !== undefined && bed.standby === undefined) ||
    (shelves !== undefined && bed.shelves === undefined) ||
    (pauses !== undefined && bed.pauses === undefined);
  if (!isSettled || hasLost || event.kind === 'bedPlaced') state.keys.set(event.key, inShape(bed));
}

function hasNoAlarm({ alarms }: BedState): boolean {
  for (const code in alarms) return code === undefined;
  return true;
}

/** How alarms that are there go on while time passes: those that flap, those that are shelved, those that somebody saw long ago. */
function settleCare(bed: BedState, rules: ActiveRules | null, atMs: number, out: ShelvesOut): void {
  // Most beds have nothing of the kind most of the time, and every reading comes by here.
  if (bed.shelves === undefined && bed.pauses === undefined && hasNoAlarm(bed)) return;
  const { ruleSet = null, rate = 1 } = rules ?? {};
  const { alarmCare } = ruleSet ?? {};
  settleFlaps(bed, alarmCare?.flap, out.conditions);
  settleShelves(bed, ruleSet, atMs, out);
  settlePauses(bed, rate, out.conditions);
  settleReminders(bed, alarmCare?.reAlarmS, out.conditions);
}

/**
 * The same, member by member. V8 keeps an object that has lost a member as a dictionary for good, and every reading of that bed would
 * take a third longer. Call it for what may delete members: seldom, so it need not be known whether it has.
 */
function inShape<State extends KeyState>(state: State): State {
  return { ...state };
}

/** Events that pass time for the rules themselves, and those that no rule looks at. */
const SETTLED: ReadonlySet<LogEvent['kind']> = new Set([
  ...(['deviceMessage', 'tick', 'deviceAlarm', 'command', 'deviceAssigned', 'patientMerged', 'bedPlaced'] as const),
]);

/** What an event has changed beside readings and time, rules look at at once: a score that was charted, a stay that is told. */
function settleRules(bed: BedState, event: LogEvent, rules: ActiveRules, conditions: Conditions, out: StepOut): void {
  // The clock of the platform may be ahead of the bed's, in which its alarms are told.
  const run = new RuleRun(bed, rules, conditions, bed.clockMs === 0 ? event.atMs : bed.clockMs);
  touchAll(run, out.news);
  if (out.isAskedAnew) run.askAnew();
  run.settle();
}

function stepBed(bed: BedState, event: LogEvent, rules: ActiveRules | null, conditions: Conditions, out: StepOut): void {
  const { counts } = out;
  if (goesAfter(bed, event, out.appends)) return;
  if (waitsForStay(bed, event)) {
    const isSet = event.kind === 'standbySet' || event.kind === 'conditionShelved';
    if (isSet && leftOf(bed, event.encounterId) !== undefined) endUnheard(bed, [event], out.appends);
    return;
  }
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
      stepAdmit(bed, event, { conditions, appends: out.appends });
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
      out.news = setScoredAge(bed, event, out.scores);
      return;
    case 'discharge':
      stepDischarge(bed, event, { conditions, appends: out.appends });
      return;
    case 'deviceAssigned':
      assign(bed, event, conditions);
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
      } else accepted(bed, event);
      return;
    case 'escalationExhausted':
      notAccepted(bed, event, conditions);
      return;
    case 'standbySet':
      stepStandbySet(bed, event, { conditions, appends: out.appends });
      return;
    case 'standbyEnded':
      stepStandbyEnded(bed, event, conditions);
      return;
    case 'conditionShelved':
      stepConditionShelved(bed, event, rules?.ruleSet ?? null, { conditions, appends: out.appends });
      return;
    case 'conditionUnshelved':
      stepConditionUnshelved(bed, event);
      return;
    case 'stayCorrected':
      correctStay(bed, event, rules, conditions, out);
      stepAwaited(bed, rules, conditions, out);
      return;
    case 'patientMerged':
      stepPatientMerged(bed, event);
      return;
    case 'bedPlaced':
      stepBedPlaced(bed, event, rules, conditions);
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

/** Who lies here after all may have been sent on before this bed knew who it is: then the stay goes after. */
function correctStay(
  bed: BedState,
  event: LogEventOf<'stayCorrected'>,
  rules: ActiveRules | null,
  conditions: Conditions,
  out: StepOut,
): void {
  const { appends } = out;
  const gone = goneMeanwhile(bed, event.encounterId);
  if (!stepStayCorrected(bed, event, rules, { conditions, appends })) return;
  out.isAskedAnew = true;
  if (gone !== null) goAfter(bed, gone, { rules, conditions, appends });
}

/** A device that has gone takes along what it raised, and its faults. */
function assign(bed: BedState, event: LogEventOf<'deviceAssigned'>, conditions: Conditions): void {
  const { deviceId, atMs } = event;
  noteAssigned(bed, event);
  // What was told without a name is about now, as it always was.
  const isGone = event.assignmentId === undefined ? event.toMs !== null : hasGone(bed, deviceId, Math.max(bed.clockMs, atMs));
  if (!isGone) return;
  detachBedside(bed, deviceId, atMs, conditions);
  forgetPauses(bed, deviceId);
  detachFaults(bed, deviceId, atMs, conditions);
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

function unitOf(state: PartitionState, key: LogKey, careUnitId: CareUnitState['careUnitId']): CareUnitState {
  const known = state.keys.get(key);
  if (known !== undefined) {
    if (known.kind !== 'unit') throw new InvariantError('the key of a care unit holds a care unit');
    return known;
  }
  const unit = emptyCareUnit(careUnitId);
  state.keys.set(key, unit);
  return unit;
}
