import { type MetricName, metricRow, type Rule, type RuleLevel } from '@vigil/contracts';
import { PRIORITY_RANK } from '../alarm.js';

export interface LimitProblem {
  /** Within the rule. */
  readonly at: readonly (string | number)[];
  readonly problem: string;
}

/** Onsets that one count remembers at a bed, which bounds the state of a bed. */
export const EVENT_COUNT_MAX = 100;

const SCORE_MAX: Readonly<Record<string, number>> = { news2: 20, mews: 14, qsofa: 3, sirs: 4, shockIndex: 30, bedsidePews: 26 };

/** Numbers of one rule that can not be meant: it would fire on every reading, or never. */
export function limitProblems(rule: Rule): readonly LimitProblem[] {
  const problems: LimitProblem[] = [];
  const add = (at: readonly (string | number)[], problem: string): void => void problems.push({ at, problem });
  if ('metric' in rule && rule.metric !== 'any' && metricRow(rule.metric).kind === 'coded' && rule.kind !== 'noData') {
    add(['metric'], `${rule.metric} has codes and no numbers; a ${rule.kind} rule needs a metric that is a number`);
    return problems;
  }
  switch (rule.kind) {
    case 'limit':
    case 'windowMean':
      valueProblems(rule.metric, rule.side, rule.limit, ['limit'], add);
      break;
    case 'window':
      windowProblems(rule, add);
      break;
    case 'rateOfChange':
      if (rule.unit === 'absolute') changeProblem(rule.metric, rule.change, add);
      else if (rule.direction === 'fall' && rule.change >= 100) {
        add(['change'], 'a value can not fall by 100 % or more; choose less, or unit absolute');
      }
      break;
    case 'baseline':
      if (rule.recentMs * 2 > rule.baselineMs) {
        add(['baselineMs'], 'the baseline has to be at least twice as long as the recent time that is held against it');
      }
      break;
    case 'eventCount':
      if (rule.atLeast > EVENT_COUNT_MAX) add(['atLeast'], `at most ${EVENT_COUNT_MAX} onsets are remembered; choose fewer`);
      break;
    case 'score':
      scoreProblems(rule, add);
      break;
    default:
      break;
  }
  if ('hysteresis' in rule && rule.hysteresis !== undefined) hysteresisProblem(rule.metric, rule.hysteresis, rule, add);
  if ('levels' in rule && rule.levels !== undefined) levelProblems(rule, rule.levels, add);
  return problems;
}

type Add = (at: readonly (string | number)[], problem: string) => void;

function rangeOf(metric: MetricName): readonly [number, number] {
  const row = metricRow(metric);
  return row.kind === 'numeric' ? row.plausible : [-Infinity, Infinity];
}

/** A limit that every plausible value is beyond fires on every reading; one that none is beyond never. */
function valueProblems(
  metric: MetricName,
  side: 'low' | 'high',
  limit: number,
  at: readonly (string | number)[],
  add: Add,
): void {
  const [least, most] = rangeOf(metric);
  const { unit } = metricRow(metric);
  const isAlways = side === 'low' ? limit > most : limit < least;
  const isNever = side === 'low' ? limit <= least : limit >= most;
  const between = `${metric} can be ${least} to ${most} ${unit}`;
  if (isAlways) add(at, `every reading would be an alarm: ${between}; choose a limit between them`);
  else if (isNever) add(at, `no reading could ever be an alarm: ${between}; choose a limit between them`);
}

function changeProblem(metric: MetricName, change: number, add: Add): void {
  const [least, most] = rangeOf(metric);
  if (change >= most - least)
    add(['change'], `${metric} can not change by more than ${most - least} ${metricRow(metric).unit}; choose less`);
}

function windowProblems(rule: Extract<Rule, { kind: 'window' }>, add: Add): void {
  const { window, aggregate, metric, side, limit } = rule;
  if (aggregate === 'quantile' && rule.quantile === undefined)
    add(['quantile'], 'the aggregate quantile needs a quantile, e.g. 0.9');
  if (aggregate !== 'quantile' && rule.quantile !== undefined) {
    add(['quantile'], `a quantile belongs to the aggregate quantile, not to ${aggregate}; take it out or change the aggregate`);
  }
  if (window.type === 'hopping' && (window.hopMs > window.sizeMs || window.sizeMs % window.hopMs !== 0)) {
    add(['window', 'hopMs'], `the size of the window (${window.sizeMs} ms) has to be a multiple of hopMs (${window.hopMs} ms)`);
  }
  if (window.type === 'session' && window.gapMs > window.sizeMs) {
    add(['window', 'gapMs'], 'the pause that ends a session has to be shorter than the longest session (sizeMs)');
  }
  const isOfValues = ['min', 'max', 'mean', 'median', 'quantile', 'first', 'last'].includes(aggregate);
  if (isOfValues) valueProblems(metric, side, limit, ['limit'], add);
  const isNonNegative = ['count', 'range', 'variance', 'standardDeviation', 'sum'].includes(aggregate);
  if (isNonNegative && limit < 0) {
    add(
      ['limit'],
      `${aggregate} is never below zero: ${side === 'high' ? 'every window would be an alarm' : 'no window could be one'}; choose a positive limit`,
    );
  }
  if (isNonNegative && side === 'low' && limit === 0)
    add(['limit'], `${aggregate} is never below zero, so this never holds; choose a positive limit`);
}

function scoreProblems(rule: Extract<Rule, { kind: 'score' }>, add: Add): void {
  const most = SCORE_MAX[rule.score] ?? Infinity;
  if (rule.atLeast === 0) add(['atLeast'], 'every patient has at least 0; choose a higher total');
  if (rule.atLeast > most) add(['atLeast'], `${rule.score} is at most ${most}; choose a total that it can reach`);
  if (rule.singleParameter === true && rule.score !== 'news2') {
    add(['singleParameter'], 'a single parameter of its own escalates in NEWS2 only; take it out');
  }
}

function hysteresisProblem(
  metric: MetricName,
  hysteresis: number,
  rule: { limit: number; side: 'low' | 'high' },
  add: Add,
): void {
  const [least, most] = rangeOf(metric);
  if ('aggregate' in rule || rule.limit < least || rule.limit > most) return;
  const back = rule.side === 'high' ? rule.limit - hysteresis : rule.limit + hysteresis;
  if (rule.side === 'high' ? back < least : back > most) {
    add(
      ['hysteresis'],
      `no value could ever end this alarm: it would have to be ${rule.side === 'high' ? 'at most' : 'at least'} ${back}; choose a smaller hysteresis`,
    );
  }
}

/** Levels go one way: each more urgent than the one before it, and met later. */
function levelProblems(rule: Rule, levels: readonly RuleLevel[], add: Add): void {
  const base = baseOf(rule);
  const onDelayMs = 'onDelayMs' in rule ? (rule.onDelayMs ?? 0) : 0;
  let priority = PRIORITY_RANK[rule.priority];
  let limit = base.limit;
  let afterMs = onDelayMs;
  levels.forEach((level, i) => {
    const at = ['levels', i];
    if (level.limit === undefined && level.afterMs === undefined)
      add(at, 'a level needs a limit or afterMs; without either it never comes');
    if (PRIORITY_RANK[level.priority] <= priority) {
      add([...at, 'priority'], 'a level has to be more urgent than the rule itself and than the levels before it');
    }
    if (level.limit !== undefined && limit !== null) {
      if (base.side === 'high' ? level.limit <= limit : level.limit >= limit) {
        add([...at, 'limit'], `goes the wrong way: has to be ${base.side === 'high' ? 'above' : 'below'} ${limit}`);
      } else if (base.metric !== null) valueProblems(base.metric, base.side, level.limit, [...at, 'limit'], add);
    }
    if (level.afterMs !== undefined && level.afterMs <= afterMs) {
      add([...at, 'afterMs'], `has to be later than ${afterMs} ms, when the alarm (or the level before) has come already`);
    }
    priority = Math.max(priority, PRIORITY_RANK[level.priority]);
    limit = level.limit ?? limit;
    afterMs = level.afterMs ?? afterMs;
  });
}

function baseOf(rule: Rule): { side: 'low' | 'high'; limit: number | null; metric: MetricName | null } {
  switch (rule.kind) {
    case 'limit':
      return { side: rule.side, limit: rule.limit, metric: rule.metric };
    case 'window':
      return { side: rule.side, limit: rule.limit, metric: null };
    case 'rateOfChange':
      return { side: 'high', limit: rule.change, metric: null };
    case 'baseline':
      return { side: 'high', limit: rule.z, metric: null };
    case 'score':
      return { side: 'high', limit: rule.atLeast, metric: null };
    default:
      return { side: 'high', limit: null, metric: null };
  }
}
