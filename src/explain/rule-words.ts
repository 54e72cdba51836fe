import { type MetricName, metricRow, type Rule, type RuleExpression, type RuleLevel } from '@vigil/contracts';

/**
 * A rule in sentences: what it looks at, from when on it holds, when it is over, for whom, and where its numbers come from. The
 * same rule gives the same sentences.
 */
export function ruleWords(rule: Rule): readonly string[] {
  const lines = [`${rule.name === undefined ? '' : `${rule.name}: `}${sentence(rule)}.`, `Priority: ${rule.priority}.`];
  if ('levels' in rule && rule.levels !== undefined) lines.push(...rule.levels.map((level) => levelWords(rule, level)));
  if (rule.ageGroups !== undefined) lines.push(`For: ${rule.ageGroups.join(', ')}.`);
  if (rule.careUnitIds !== undefined) lines.push(`In: ${rule.careUnitIds.join(', ')}.`);
  if (rule.raises === false) lines.push('It raises nothing itself; other rules look at it.');
  lines.push(`Source: ${rule.source}.`);
  return lines;
}

function sentence(rule: Rule): string {
  switch (rule.kind) {
    case 'limit': {
      const back = rule.side === 'high' ? rule.limit - rule.hysteresis : rule.limit + rule.hysteresis;
      const over = `over when it is ${rule.side === 'high' ? 'at or below' : 'at or above'} ${inUnit(back, rule.metric)}`;
      return `${label(rule.metric)} ${beyond(rule.side)} ${inUnit(rule.limit, rule.metric)}${held(rule.onDelayMs)}; ${over}${held(rule.offDelayMs)}`;
    }
    case 'windowMean':
      return `mean of ${low(rule.metric)} over ${span(rule.sizeMs)} ${beyond(rule.side)} ${inUnit(rule.limit, rule.metric)}, decided once ${rule.coveragePct} % of the expected readings are there`;
    case 'window':
      return `${rule.aggregate}${rule.quantile === undefined ? '' : ` ${rule.quantile}`} of ${low(rule.metric)} over a ${rule.window.type} window of ${span(rule.window.sizeMs)} ${beyond(rule.side)} ${rule.limit}${held(rule.onDelayMs)}, decided once ${rule.coveragePct} % of the expected readings are there`;
    case 'rateOfChange':
      return `${low(rule.metric)} ${rule.direction === 'rise' ? 'rises' : 'falls'} by more than ${rule.unit === 'percent' ? `${rule.change} %` : inUnit(rule.change, rule.metric)} within ${span(rule.overMs)}${held(rule.onDelayMs)}`;
    case 'noData':
      return `${rule.metric === 'any' ? 'nothing from any device of the bed' : `no ${low(rule.metric)}`} for ${rule.intervals} of its intervals, at least ${span(rule.transportMs)}`;
    case 'baseline':
      return `${low(rule.metric)} of the last ${span(rule.recentMs)} further than ${rule.z} robust deviations ${rule.side === 'both' ? 'from' : rule.side === 'high' ? 'above' : 'below'} what was usual for this patient in the ${span(rule.baselineMs)} before${held(rule.onDelayMs)}`;
    case 'eventCount':
      return `${rule.of} ${rule.atLeast} times or more within ${span(rule.withinMs)}${held(rule.onDelayMs)}`;
    case 'composite':
      return `${expression(rule.when)}${held(rule.onDelayMs)}`;
    case 'score':
      return `${rule.score} (${rule.basis}${rule.basis === 'estimate' ? ', its minimum' : ''}) at or above ${rule.atLeast}${rule.singleParameter === true ? ', or one parameter alone at its most' : ''}${held(rule.onDelayMs)}`;
  }
}

function levelWords(rule: Rule, { priority, limit, afterMs }: RuleLevel): string {
  const conditions = [
    ...(limit === undefined
      ? []
      : [`${levelSide(rule)} ${limit}${'metric' in rule && rule.kind === 'limit' ? ` ${metricRow(rule.metric).unit}` : ''}`]),
    ...(afterMs === undefined ? [] : [`when it has held for ${span(afterMs)}`]),
  ];
  return `Priority ${priority} ${conditions.join(' or ')}.`;
}

function levelSide(rule: Rule): string {
  if (rule.kind === 'score') return 'at or above';
  return rule.kind === 'limit' || rule.kind === 'window' ? beyond(rule.side) : 'beyond';
}

function expression(when: RuleExpression): string {
  if ('rule' in when) return when.rule;
  if ('not' in when) return `not ${expression(when.not)}`;
  if ('all' in when) return `(${when.all.map(expression).join(' and ')})`;
  return `(${when.any.map(expression).join(' or ')})`;
}

const beyond = (side: 'low' | 'high'): string => (side === 'high' ? 'above' : 'below');
const label = (metric: MetricName): string => metricRow(metric).label;
const low = (metric: MetricName): string => `${label(metric)[0]!.toLowerCase()}${label(metric).slice(1)}`;
const inUnit = (value: number, metric: MetricName): string => `${Math.round(value * 1000) / 1000} ${metricRow(metric).unit}`;
const held = (ms: number | undefined): string => (ms === undefined || ms === 0 ? '' : ` for ${span(ms)}`);

function span(ms: number): string {
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000} min`;
  return `${ms / 1_000} s`;
}
