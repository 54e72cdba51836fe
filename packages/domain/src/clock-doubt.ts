import { CLOCK_BEHIND_WALL_MS } from './bed-time.js';
import { takePausesBack } from './bedside-pauses.js';
import { forgetBeginsAfter } from './flap.js';
import { own } from './own.js';
import { emptyMemoryOf } from './rules/memory.js';
import { type ActiveRules, type BedState, type LastOnsets, type LimitState, type MetricState, TOLD_ONSETS_MAX } from './state.js';

/**
 * A bed's time that an event is this far ahead of (wall time, scaled) is not given up at once. Longer than any pause in which a
 * bed is watched; shorter than the mistake of a time zone.
 */
export const TIME_JUMP_WALL_MS = 1_800_000;
/** A gateway that is this far (wall time, scaled) behind what it said before has put its clock right. */
export const SET_BACK_WALL_MS = 60_000;
/** So many ticks in a row that agree with each other decide: ticks are never kept back, so they say what the gateway thinks now. */
export const TICKS_DECIDE = 3;
/** Messages that show where the clock of a gateway stands decide when they have gone on for so long (wall time, scaled). */
export const MESSAGES_DECIDE_WALL_MS = 10_000;
/** Messages that are behind and may be a backlog, which comes fast, need so much (wall time, scaled) without one event of the bed's own time. */
export const BEHIND_DECIDES_WALL_MS = 600_000;
/**
 * Messages of the bed's own time that may be a backlog count again when they have gone on for so long without another one that is
 * ahead; where a single event was, after `MESSAGES_DECIDE_WALL_MS`.
 */
export const OWN_DECIDES_WALL_MS = 60_000;

/** What an event says of the time. */
export interface SaidTime {
  readonly gatewayMs: number;
  readonly gatewayId: string;
  /** Null for a tick. */
  readonly message: Said | null;
  /** False for a message that is older than another one of its device: a backlog, which says nothing of now. */
  readonly isNewest: boolean;
  /** True for a message that its device sent after another one which its gateway took at a later time: no backlog looks like this. */
  readonly isSetBack: boolean;
}

interface Said {
  readonly deviceId: string;
  readonly bootId: string;
  readonly seq: number;
}

/** Time that somebody says the bed has, while another one stands. */
export interface ClockDoubt {
  fromMs: number;
  newestMs: number;
  ticks: number;
  /** Device, or gateway of a tick, that began it. */
  who: string;
  gatewayId: string;
  /** The newest that each device said of it. Bounded by the devices of the bed. */
  said: Record<string, Omit<Said, 'deviceId'>>;
  /** Since when a gateway shows that it has put its clock right. */
  setBackMs?: number;
  /** Since when messages of the bed's own time come that may be a backlog, and nothing that is ahead. */
  againstMs?: number;
}

/**
 * `here`: it fits the bed's time, or moves it on. `elsewhere`: it is far ahead, and not believed yet, or a backlog of before such a
 * jump: it may move nothing. `back`: the bed's time was wrong, and `takeBack` has to put it right. `liar` names who had another
 * time, where that is known now.
 */
export interface TimeVerdict {
  readonly is: 'here' | 'elsewhere' | 'back';
  readonly liar: string | null;
}
const HERE: TimeVerdict = { is: 'here', liar: null };
const ELSEWHERE: TimeVerdict = { is: 'elsewhere', liar: null };

/**
 * Holds what an event says of the time against the bed's own (D1: no clock is read here). One message of a gateway whose clock said
 * 2099 would otherwise make everything that comes after it too late, and the bed silent for ever.
 *
 * A time that nobody contradicts wins after some seconds, ahead or back; while others go on at the old time, it never does. After an
 * outage the newest data come first and what waited comes beside them, much faster: that contradicts nothing.
 */
export function judgeTime(bed: BedState, said: SaidTime, rate: number): TimeVerdict {
  if (said.message === null) bed.isTicked = true;
  if (bed.clockMs === 0) return HERE;
  const aheadMs = said.gatewayMs - bed.clockMs;
  if (aheadMs > TIME_JUMP_WALL_MS * rate) return judgeAhead(bed, said, rate);
  if (aheadMs >= 0 && bed.doubt === undefined) return HERE;
  const isTickBehind = said.message === null && aheadMs < -SET_BACK_WALL_MS * rate;
  if (isTickBehind || said.isSetBack) return judgeBehind(bed, said, rate);
  if (aheadMs >= -TIME_JUMP_WALL_MS * rate) return judgeOwn(bed, said, rate);
  return said.isNewest && !isAhead(bed) ? judgeBehind(bed, said, rate) : HERE;
}

const isAhead = ({ doubt, clockMs }: BedState): boolean => doubt !== undefined && doubt.fromMs > clockMs;

function judgeAhead(bed: BedState, said: SaidTime, rate: number): TimeVerdict {
  // A recording without ticks may well have a reading an hour.
  if (bed.isTicked !== true) return HERE;
  const isOlder = isAhead(bed) && bed.doubt!.newestMs - said.gatewayMs > TIME_JUMP_WALL_MS * rate;
  if (isOlder && !contradicts(bed.doubt!, said) && mayHaveWaited(bed.doubt!, said, rate)) return ELSEWHERE;
  const doubt = goOn(bed.doubt, said, rate);
  delete doubt.againstMs;
  if (doubt.ticks < TICKS_DECIDE && doubt.newestMs - doubt.fromMs < MESSAGES_DECIDE_WALL_MS * rate) {
    bed.doubt = doubt;
    return ELSEWHERE;
  }
  delete bed.doubt;
  return HERE;
}

function judgeBehind(bed: BedState, said: SaidTime, rate: number): TimeVerdict {
  const doubt = goOn(bed.doubt, said, rate);
  if (said.isSetBack) doubt.setBackMs ??= said.gatewayMs;
  const { ticks, fromMs, newestMs, setBackMs = Infinity } = doubt;
  const isDecided =
    ticks >= TICKS_DECIDE ||
    newestMs - setBackMs >= MESSAGES_DECIDE_WALL_MS * rate ||
    newestMs - fromMs >= BEHIND_DECIDES_WALL_MS * rate;
  if (!isDecided) {
    bed.doubt = doubt;
    return HERE;
  }
  delete bed.doubt;
  return { is: 'back', liar: said.message?.deviceId ?? said.gatewayId };
}

function judgeOwn(bed: BedState, said: SaidTime, rate: number): TimeVerdict {
  const { doubt } = bed;
  if (doubt === undefined) return HERE;
  const isProven = isAhead(bed);
  if (contradicts(doubt, said) && (isProven || bed.clockMs - said.gatewayMs <= SET_BACK_WALL_MS * rate)) {
    delete bed.doubt;
    return isProven ? { is: 'here', liar: doubt.who } : HERE;
  }
  if (!isProven) return HERE;
  return mayHaveWaited(doubt, said, rate) ? ELSEWHERE : HERE;
}

/** True for a message that seems to be of before the jump. */
function mayHaveWaited(doubt: ClockDoubt, said: SaidTime, rate: number): boolean {
  if (isBefore(doubt, said)) return true;
  doubt.againstMs ??= said.gatewayMs;
  const isAlone = doubt.newestMs === doubt.fromMs && doubt.ticks <= 1;
  const needsMs = isAlone ? MESSAGES_DECIDE_WALL_MS : OWN_DECIDES_WALL_MS;
  return said.gatewayMs - doubt.againstMs < needsMs * rate;
}

/** A gateway has one clock, so what it took later, and what another one says now, speak against it; what waited does not. */
function contradicts(doubt: ClockDoubt, { message, isNewest, gatewayId }: SaidTime): boolean {
  if (message === null) return true;
  if (!isNewest) return false;
  const said = own(doubt.said, message.deviceId);
  return gatewayId !== doubt.gatewayId || (said?.bootId === message.bootId && message.seq > said.seq);
}

/** Sent before what its device has said of the other time. */
function isBefore(doubt: ClockDoubt, { message }: SaidTime): boolean {
  const said = message === null ? undefined : own(doubt.said, message.deviceId);
  return said !== undefined && message?.bootId === said.bootId && message.seq < said.seq;
}

function goOn(known: ClockDoubt | undefined, { gatewayMs, gatewayId, message }: SaidTime, rate: number): ClockDoubt {
  // One of before it was kept who said it begins anew.
  const isOther = known?.said === undefined || Math.abs(gatewayMs - known.newestMs) > TIME_JUMP_WALL_MS * rate;
  const who = message?.deviceId ?? gatewayId;
  const doubt = isOther ? { fromMs: gatewayMs, newestMs: gatewayMs, ticks: 0, who, gatewayId, said: {} } : known;
  doubt.newestMs = Math.max(doubt.newestMs, gatewayMs);
  if (message === null) doubt.ticks += 1;
  else {
    const { deviceId, bootId, seq } = message;
    const said = own(doubt.said, deviceId);
    if (said?.bootId !== bootId || said.seq < seq) doubt.said[deviceId] = { bootId, seq };
  }
  return doubt;
}

/**
 * Puts the bed's time back to `nowMs`. What was learnt at times that have not come yet is forgotten, so that rules and silence
 * count from here; open alarms, limits and who lies here stay.
 */
export function takeBack(bed: BedState, nowMs: number, latenessMs: number, rules: ActiveRules | null): void {
  const atMost = (ms: number): number => Math.min(ms, nowMs);
  const behindMs = nowMs - CLOCK_BEHIND_WALL_MS * (rules?.rate ?? 1);
  bed.clockMs = nowMs;
  bed.graceFromMs = nowMs;
  bed.watermarkMs = nowMs - latenessMs;
  for (const source of Object.values(bed.sources)) {
    // The clock of a device may be behind that of its gateway.
    source.newestMs = Math.min(source.newestMs, behindMs);
    source.lastSeenMs = atMost(source.lastSeenMs);
    source.idle = true;
    for (const boot of source.boots) if (boot.lastMs !== undefined) boot.lastMs = atMost(boot.lastMs);
  }
  for (const metric of Object.values(bed.metrics)) forgetMetric(metric, behindMs, nowMs);
  for (const state of Object.values(bed.limits)) beginAnew(state, nowMs);
  for (const [id, { active }] of Object.entries(bed.windows)) bed.windows[id] = { open: [], active };
  for (const [id, state] of Object.entries(bed.rules ?? {})) {
    const rule = rules?.ruleSet.rules.find((each) => each.id === id);
    beginAnew(state, nowMs);
    Object.assign(state, { isKnown: false, memory: rule === undefined ? null : emptyMemoryOf(rule) });
  }
  delete bed.suppressed;
  delete bed.judged;
  bed.pendingTechnical = {};
  for (const device of Object.values(bed.bedside ?? {})) device.bootMs = atMost(device.bootMs);
  if (bed.bedsideOnsetFloorMs !== undefined) bed.bedsideOnsetFloorMs = atMost(bed.bedsideOnsetFloorMs);
  for (const all of [bed.faults, bed.reportedFaults]) {
    for (const said of Object.values(all ?? {})) for (const who of Object.keys(said)) said[who] = atMost(said[who]!);
  }
  if (bed.scores !== undefined) forgetScoresAfter(bed.scores, nowMs);
  forgetOnsetsAfter(bed, nowMs);
  forgetBeginsAfter(bed, nowMs);
  takePausesBack(bed, nowMs);
}

/** Its next reading counts, and one that does not come any more is missed. */
function forgetMetric(metric: MetricState, behindMs: number, nowMs: number): void {
  metric.lastAtMs = Math.min(metric.lastAtMs, behindMs);
  metric.lastSignMs = Math.min(metric.lastSignMs, nowMs);
  delete metric.valueSeenMs;
}

function beginAnew(state: LimitState, nowMs: number): void {
  state.sinceMs = Math.min(state.sinceMs, nowMs);
  if (state.heldMs !== undefined) state.heldMs = Math.min(state.heldMs, nowMs);
  for (const level of state.levels ?? []) beginAnew(level, nowMs);
}

/**
 * What devices measured at times that have not come yet counts no more. What people charted has the time of the platform, not the
 * bed's: their sets stay, and what no device will say anew. Snapshots go on ascending, or the store would take the next for old.
 */
function forgetScoresAfter(scores: NonNullable<BedState['scores']>, nowMs: number): void {
  scores.dueMs = 0;
  scores.ratioDueMs = 0;
  for (const [name, input] of Object.entries(scores.inputs)) {
    const isSaidByHand = input.source === 'charted' && typeof input.value === 'string';
    if (input.atMs > nowMs && !isSaidByHand) delete scores.inputs[name as keyof typeof scores.inputs];
  }
  for (const { told } of Object.values(scores.estimates)) if (told !== null) Object.assign(told, { untilMs: 0, againMs: 0 });
}

/** Onsets ascend from here again; those that were told in the wrong time stay told, so that no id is given twice. */
export function forgetOnsetsAfter(bed: Pick<BedState, 'lastOnsets' | 'toldOnsets'>, nowMs: number): void {
  const kept: LastOnsets = {};
  for (const [code, lastMs] of Object.entries(bed.lastOnsets ?? {})) {
    const told = bed.toldOnsets?.[code]?.filter((onsetMs) => onsetMs <= nowMs) ?? [];
    const newest = lastMs <= nowMs ? lastMs : told[told.length - 1];
    if (newest !== undefined && newest >= 0) kept[code] = newest;
  }
  if (bed.lastOnsets !== undefined) bed.lastOnsets = kept;
  for (const [code, told] of Object.entries(bed.toldOnsets ?? {})) {
    // Where only times that have not come are known, everything of before would count as told.
    if (told[0]! > nowMs) bed.toldOnsets![code] = [nowMs, ...told.slice(-TOLD_ONSETS_MAX / 2)];
  }
}
