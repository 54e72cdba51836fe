import { emptyMemoryOf } from './rules/memory.js';
import type { ActiveRules, BedState, LastOnsets } from './state.js';

/**
 * A bed's time that is this far (wall time, scaled) from what an event says is not believed at once, in neither direction. Longer
 * than any pause in which a bed is watched; shorter than the mistake of a time zone.
 */
export const TIME_JUMP_WALL_MS = 1_800_000;
/** So many ticks in a row that agree with each other decide: ticks are never kept back, so they say what the gateway thinks now. */
export const TICKS_DECIDE = 3;
/** Messages that are ahead decide when they have gone on for so long (wall time, scaled). */
export const AHEAD_DECIDES_WALL_MS = 10_000;
/**
 * Messages that are behind: a backlog looks the same and comes fast, so they decide only when they have gone on for so
 * long (wall time, scaled) without one event of the bed's own time.
 */
export const BEHIND_DECIDES_WALL_MS = 600_000;

/** What an event says of the time. */
export interface SaidTime {
  readonly gatewayMs: number;
  readonly isTick: boolean;
  /** False for a message that is older than another one of its device: a backlog, which says nothing of now. */
  readonly isNewest: boolean;
  /** Device, or gateway of a tick. */
  readonly who: string;
}

/** Time that somebody says the bed has, while another one stands. */
export interface ClockDoubt {
  fromMs: number;
  newestMs: number;
  ticks: number;
  who: string;
}

/**
 * `here`: it fits the bed's time, or moves it on. `elsewhere`: it is far ahead, and not believed yet: it may move nothing.
 * `back`: the bed's time was wrong, and `takeBack` has to put it right. `liar` names who had another time, where that is known now.
 */
export interface TimeVerdict {
  readonly is: 'here' | 'elsewhere' | 'back';
  readonly liar: string | null;
}
const HERE: TimeVerdict = { is: 'here', liar: null };

/**
 * Holds what an event says of the time against the bed's own (D1: no clock is read here). One message of a gateway whose clock said
 * 2099 would otherwise make everything that comes after it too late, and the bed silent for ever.
 *
 * A time that nobody contradicts wins after some seconds, ahead or back; while others go on at the old time, it never does.
 */
export function judgeTime(bed: BedState, said: SaidTime, rate: number): TimeVerdict {
  if (said.isTick) bed.isTicked = true;
  if (bed.clockMs === 0) return HERE;
  const jumpMs = TIME_JUMP_WALL_MS * rate;
  const aheadMs = said.gatewayMs - bed.clockMs;
  if (aheadMs <= jumpMs && aheadMs >= -jumpMs) {
    if (bed.doubt === undefined) return HERE;
    const liar = bed.doubt.who;
    const isProven = bed.doubt.fromMs > bed.clockMs;
    delete bed.doubt;
    return isProven ? { is: 'here', liar } : HERE;
  }
  if (aheadMs < 0 && !said.isNewest) return HERE;
  // A recording without ticks may well have a reading an hour.
  if (aheadMs > 0 && bed.isTicked !== true) return HERE;
  const doubt = goOn(bed.doubt, said, jumpMs);
  const needsMs = (aheadMs > 0 ? AHEAD_DECIDES_WALL_MS : BEHIND_DECIDES_WALL_MS) * rate;
  if (doubt.ticks < TICKS_DECIDE && doubt.newestMs - doubt.fromMs < needsMs) {
    bed.doubt = doubt;
    return { is: aheadMs > 0 ? 'elsewhere' : 'here', liar: null };
  }
  delete bed.doubt;
  return aheadMs > 0 ? HERE : { is: 'back', liar: said.who };
}

function goOn(doubt: ClockDoubt | undefined, { gatewayMs, isTick, who }: SaidTime, jumpMs: number): ClockDoubt {
  const ticks = isTick ? 1 : 0;
  if (doubt === undefined || Math.abs(gatewayMs - doubt.newestMs) > jumpMs) {
    return { fromMs: gatewayMs, newestMs: gatewayMs, ticks, who };
  }
  return { ...doubt, newestMs: Math.max(doubt.newestMs, gatewayMs), ticks: doubt.ticks + ticks };
}

/**
 * Puts the bed's time back to `nowMs`. What was learnt at times that have not come yet is forgotten, so that rules and silence
 * count from here; open alarms, limits and who lies here stay.
 */
export function takeBack(bed: BedState, nowMs: number, latenessMs: number, rules: ActiveRules | null): void {
  const atMost = (ms: number): number => Math.min(ms, nowMs);
  bed.clockMs = nowMs;
  bed.graceFromMs = nowMs;
  bed.watermarkMs = nowMs - latenessMs;
  for (const source of Object.values(bed.sources)) {
    source.newestMs = atMost(source.newestMs);
    source.lastSeenMs = atMost(source.lastSeenMs);
    source.idle = true;
  }
  bed.metrics = {};
  for (const state of Object.values(bed.limits)) state.sinceMs = atMost(state.sinceMs);
  for (const [id, { active }] of Object.entries(bed.windows)) bed.windows[id] = { open: [], active };
  for (const [id, state] of Object.entries(bed.rules ?? {})) {
    const rule = rules?.ruleSet.rules.find((each) => each.id === id);
    bed.rules![id] = {
      ...state,
      sinceMs: atMost(state.sinceMs),
      isKnown: false,
      memory: rule === undefined ? null : emptyMemoryOf(rule),
    };
  }
  delete bed.suppressed;
  delete bed.judged;
  bed.pendingTechnical = {};
  for (const all of [bed.faults, bed.reportedFaults]) {
    for (const said of Object.values(all ?? {})) for (const who of Object.keys(said)) said[who] = atMost(said[who]!);
  }
  if (bed.scores !== undefined) forgetScoresAfter(bed.scores, nowMs);
  forgetOnsetsAfter(bed, nowMs);
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
function forgetOnsetsAfter(bed: BedState, nowMs: number): void {
  const kept: LastOnsets = {};
  for (const [code, lastMs] of Object.entries(bed.lastOnsets ?? {})) {
    const told = bed.toldOnsets?.[code]?.filter((onsetMs) => onsetMs <= nowMs) ?? [];
    const newest = lastMs <= nowMs ? lastMs : told[told.length - 1];
    if (newest !== undefined && newest >= 0) kept[code] = newest;
  }
  if (bed.lastOnsets !== undefined) bed.lastOnsets = kept;
}
