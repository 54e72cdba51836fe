import type { AlarmTransition, DeviceMessage, LimitRule, LogEventOf } from '@vigil/contracts';
import { PRIORITY_RANK } from './alarm.js';
import { CLOCK_BEHIND_WALL_MS } from './bed-time.js';
import { BEDSIDE_RULE } from './bedside-alarms.js';
import { forgetOnsetsAfter, TIME_JUMP_WALL_MS } from './clock-doubt.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { coversBed, takeHandover } from './handover.js';
import { alarmIdOf } from './hash.js';
import { effectiveLimit } from './limits.js';
import { own } from './own.js';
import { UNKNOWN_RULES } from './rules/built-in.js';
import { isKind, type Planned } from './rules/plan.js';
import { planFor } from './rules/scope.js';
import type { ActiveRules, BedState, LimitState, OpenAlarm } from './state.js';

/**
 * Alarms that a gateway raised while the log was out of its reach (D17). An alarm that is not known yet is taken over with
 * its own onset and id, one that is known moves on; whatever comes twice, late or in another order changes nothing. Pages of
 * what is taken over wait until `localWatchEnded` says that it still holds, so that nobody is paged for what is over.
 *
 * @returns false for an event that does not belong here, which changes nothing
 */
export function stepLocalAlarm(
  bed: BedState,
  event: LogEventOf<'localAlarm'>,
  rules: ActiveRules | null,
  conditions: Conditions,
): boolean {
  const { transition, handover } = event;
  if (!isOfBed(bed, transition)) return false;
  takeOver(bed, transition, rules, conditions);
  if (transition.encounterId !== (bed.encounter?.encounterId ?? null)) return true;
  noteJudged(bed, event, rules?.rate ?? 1);
  if (transition.ruleSetHash === rules?.hash && handover !== null && coversBed(bed, handover)) takeHandover(bed, handover);
  return true;
}

/** The gateway reaches the log again: what stands is told now, what does not is over, and the engine goes on from the gateway's. */
export function stepLocalWatchEnded(
  bed: BedState,
  event: LogEventOf<'localWatchEnded'>,
  rules: ActiveRules | null,
  conditions: Conditions,
): void {
  noteRules(event, rules, conditions);
  if (bed.judged?.gatewayId === event.gatewayId) {
    bed.judged = { ...bed.judged, gatewayMs: Math.min(bed.judged.gatewayMs, event.toMs) };
  }
  const standing = event.standing.filter((t) => t.active && isOfBed(bed, t));
  for (const transition of standing) takeOver(bed, transition, rules, conditions);
  const { handover } = event;
  const isSame = rules !== null && event.ruleSetHash === rules.hash;
  const goesOn = isSame && handover !== null && coversBed(bed, handover);
  if (goesOn) takeHandover(bed, handover);
  for (const open of Object.values(bed.alarms)) {
    if (!open.active) continue;
    const holds = standing.some((t) => t.conditionCode === open.conditionCode && open.onsetMs <= t.onsetMs);
    // What a bedside device said late is not the gateway's to judge; all that it said in the outage came before this.
    const isJudged = open.ruleId !== BEDSIDE_RULE && (open.adopted === 'held' || (goesOn && isOfReadings(open, rules)));
    if (!holds && isJudged && open.onsetMs <= event.toMs) conditions.end(open.conditionCode, event.toMs, true);
    else if (open.adopted === 'held') conditions.confirm(open, event.atMs);
  }
  forgetWrongTimes(bed, event, rules?.rate ?? 1, conditions);
}

/** The clock of the gateway was ahead when it raised them, and has been put right since: readings of now decide about them. */
function forgetWrongTimes(bed: BedState, { toMs }: LogEventOf<'localWatchEnded'>, rate: number, conditions: Conditions): void {
  const latestMs = toMs + TIME_JUMP_WALL_MS * rate;
  if (!Object.values(bed.lastOnsets ?? {}).some((onsetMs) => onsetMs > latestMs)) return;
  conditions.releaseAdopted(toMs);
  forgetOnsetsAfter(bed, toMs);
}

/** The clock of a device may be ahead of the gateway's, whose own time says which messages the gateway had. */
function noteJudged(bed: BedState, { gatewayId, transition, handover }: LogEventOf<'localAlarm'>, rate: number): void {
  const before = bed.judged?.gatewayId === gatewayId ? bed.judged : { untilMs: 0, gatewayMs: 0 };
  const gatewayMs = handover?.clockMs ?? transition.atMs + CLOCK_BEHIND_WALL_MS * rate;
  const untilMs = Math.max(before.untilMs, transition.atMs);
  bed.judged = { gatewayId, untilMs, gatewayMs: Math.max(before.gatewayMs, gatewayMs) };
}

/** True for a message of which its gateway has told what came of it. */
export function isJudged({ judged }: BedState, { gatewayId, atMs, gatewayAtMs }: DeviceMessage): boolean {
  return judged?.gatewayId === gatewayId && atMs <= judged.untilMs && gatewayAtMs <= judged.gatewayMs;
}

const CODE = /^[a-z][A-Za-z0-9.-]*$/;

/** An id that is not made of what it should be would stand beside the real one. */
function isOfBed(bed: BedState, { bedId, alarmId, conditionCode, onsetMs, cause }: AlarmTransition): boolean {
  if (bedId !== bed.bedId || !CODE.test(conditionCode) || cause === 'acknowledged' || cause === 'confirmed') return false;
  return alarmId === alarmIdOf(bedId, conditionCode, onsetMs);
}

function takeOver(bed: BedState, local: AlarmTransition, rules: ActiveRules | null, conditions: Conditions): void {
  const { conditionCode, onsetMs } = local;
  const open = conditions.openOf(conditionCode);
  const isHere = local.encounterId === (bed.encounter?.encounterId ?? null);
  if (!isHere) {
    // Of somebody who has left: it belongs into the record, and to nobody who lies here.
    if (!conditions.isTold(conditionCode, onsetMs)) conditions.adopt({ ...local, active: false });
    return;
  }
  if (open?.active === true && open.onsetMs <= onsetMs) {
    moveOn(bed, open, local, rules, conditions);
    return;
  }
  if (conditions.isTold(conditionCode, onsetMs)) return;
  conditions.adopt(local);
  if (conditions.openOf(conditionCode)?.alarmId === local.alarmId) judge(bed, local, rules, true);
}

/** The same condition, told already: it has become more urgent, or it is over. */
function moveOn(bed: BedState, open: OpenAlarm, local: AlarmTransition, rules: ActiveRules | null, conditions: Conditions): void {
  if (!local.active) {
    // A latched alarm that made room for the next one has ended before.
    if (local.cause === 'closed') conditions.closeOne(local.conditionCode, local.atMs);
    // Whether its end had to wait for quiet, the gateway has decided.
    else conditions.end(local.conditionCode, local.atMs, true);
    judge(bed, local, rules, false);
    return;
  }
  if (PRIORITY_RANK[local.priority] > PRIORITY_RANK[open.signal.priority]) {
    open.adopted = 'held';
    conditions.raise(local, local.atMs);
  }
  judge(bed, local, rules, true);
}

/**
 * The rules that stand behind an alarm follow it, or the next reading would end it and raise it anew. Data that came since
 * decide for themselves when it is over.
 */
function judge(bed: BedState, local: AlarmTransition, rules: ActiveRules | null, isActive: boolean): void {
  if (rules === null) return;
  const plan = planFor(rules.ruleSet, bed, bed.clockMs);
  const planned = plan.byId.get(local.ruleId);
  if (planned === undefined || planned.metric !== local.metric) return;
  const isNewest = local.metric === null || (bed.metrics[local.metric]?.lastAtMs ?? 0) <= local.atMs;
  if (!isActive && !isNewest) return;
  const { rule, kind } = planned;
  if (rule.kind === 'windowMean') bed.windows[rule.id] = { open: own(bed.windows, rule.id)?.open ?? [], active: isActive };
  if (kind !== undefined) {
    const memory = own(bed.rules, rule.id)?.memory ?? kind.empty(rule);
    (bed.rules ??= {})[rule.id] = { ...followed(planned, local, isActive), isKnown: true, memory };
  }
  if (rule.kind !== 'limit') return;
  for (const other of plan.byCode.get(planned.code) ?? []) {
    if (!isKind(other, 'limit')) continue;
    if (isActive && other !== planned && !isBeyondToo(bed, other, local)) continue;
    bed.limits[other.rule.id] = followed(other, local, isActive);
  }
}

/** The delays of a rule as they are where its alarm has just moved so; its levels up to the priority that was told. */
function followed(
  { rule, scale }: Planned,
  { atMs, onsetMs, priority, evidence }: AlarmTransition,
  isActive: boolean,
): LimitState {
  const state: LimitState = { phase: isActive ? 'active' : 'inside', sinceMs: atMs };
  if (scale === null || !isActive) return state;
  const levels = scale.levels.map((level): LimitState => {
    const isMet = PRIORITY_RANK[level.priority] <= PRIORITY_RANK[priority] && isPast(evidence.value, level.limit, scale.side);
    return { phase: isMet && level.priority !== rule.priority ? 'active' : 'inside', sinceMs: atMs };
  });
  return { ...state, heldMs: onsetMs, levels };
}

/** A less urgent rule of the same side whose limit the value has passed as well. */
function isBeyondToo(
  bed: BedState,
  { rule, isInner }: Planned<LimitRule>,
  { evidence, priority, atMs }: AlarmTransition,
): boolean {
  if (PRIORITY_RANK[rule.priority] > PRIORITY_RANK[priority]) return false;
  return isPast(evidence.value, effectiveLimit(rule, bed.overrides[rule.metric], atMs, isInner), rule.side);
}

function isPast(value: number | null, limit: number | undefined, side: 'low' | 'high'): boolean {
  if (value === null || limit === undefined) return false;
  return side === 'high' ? value > limit : value < limit;
}

/** Raised and ended by readings alone, so that who has seen all readings knows whether it holds. */
function isOfReadings(open: OpenAlarm, { ruleSet }: ActiveRules): boolean {
  return open.ruleId === 'leadsOff' || ruleSet.rules.some((rule) => rule.id === open.ruleId);
}

/** Alarms by rules that were never in force here may be wrong, or may be missing. */
function noteRules(event: LogEventOf<'localWatchEnded'>, rules: ActiveRules | null, conditions: Conditions): void {
  const { ruleSetHash } = event;
  if (ruleSetHash === null) return;
  if (rules !== null && (ruleSetHash === rules.hash || rules.previous?.includes(ruleSetHash) === true)) {
    conditions.end(UNKNOWN_RULES, event.atMs);
    return;
  }
  conditions.raise(
    {
      conditionCode: UNKNOWN_RULES,
      kind: 'technical',
      priority: 'medium',
      metric: null,
      evidence: NO_EVIDENCE,
      ruleId: UNKNOWN_RULES,
      origin: event.origin,
    },
    event.atMs,
  );
}
