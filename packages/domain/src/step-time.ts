import type { DeviceMessage, LogEventOf, MetricName } from '@vigil/contracts';
import { advanceClock, bedSilent, noteBootTime, setBackBy } from './bed-time.js';
import { dropSilentBedside } from './bedside-alarms.js';
import { judgeTime, type SaidTime, SET_BACK_WALL_MS, takeBack, TIME_JUMP_WALL_MS } from './clock-doubt.js';
import type { Conditions } from './conditions.js';
import { dropContested } from './device-spans.js';
import { dropForgottenFaults, suspectClock } from './faults.js';
import { RuleRun } from './rules/rule-run.js';
import { closePassedWindows } from './rules/window-mean.js';
import { settleScores } from './scores/bed-scores.js';
import type { ScoreNews } from './scores/estimate.js';
import { checkSilence } from './silence.js';
import type { ActiveRules, BedState, SourceState } from './state.js';
import type { StepOut } from './step-out.js';

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

/** False for a message whose time is not this bed's, or may be that of a backlog of before a jump: it moves nothing and judges nothing. */
export function isBelieved(
  bed: BedState,
  source: SourceState,
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
  const isSetBack = isNewest && setBackBy(source, gatewayAtMs) > SET_BACK_WALL_MS * rate;
  const isBelieved = settleTime(bed, { gatewayMs: gatewayAtMs, gatewayId, message, isNewest, isSetBack }, rules, conditions);
  if (isBelieved && isNewest) noteBootTime(source, gatewayAtMs);
  return isBelieved;
}

/** Time has passed, and the bed's devices have sent nothing. */
export function stepTick(
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
export function dropOverrides(bed: BedState): void {
  for (const metric in bed.overrides) {
    const override = bed.overrides[metric as MetricName];
    if (override !== undefined && bed.watermarkMs >= override.toMs) delete bed.overrides[metric as MetricName];
  }
}

/** Event time that data may be late by. */
export function latenessOf(rules: ActiveRules | null): number {
  return rules === null ? 0 : rules.ruleSet.latenessMs * rules.rate;
}

/** Rules that look at a score are asked where it has changed. */
export function touchAll(run: RuleRun, news: ScoreNews): void {
  for (const score of news) run.touch(`score:${score}`);
}

/** What nobody can end any more. */
export function dropForgotten(bed: BedState, rate: number, conditions: Conditions): void {
  dropForgottenFaults(bed, rate, conditions);
  dropContested(bed, rate, conditions);
  dropSilentBedside(bed, rate, conditions);
}
