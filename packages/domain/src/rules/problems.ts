import {
  AgeGroup,
  DEVICE_FAULTS,
  GATEWAY_FAULTS,
  type MetricName,
  metricRow,
  type Rule,
  type RuleExpression,
  type RuleSet,
  type Suppression,
} from '@vigil/contracts';
import { isBuiltIn, STANDBY } from './built-in.js';
import { limitProblems } from './limit-problems.js';
import { cycleIn, needsOf } from './order.js';
import { codeOf } from './plan.js';

export interface RuleSetProblem {
  /** Where in the rule set, as zod says it. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what to change. */
  readonly problem: string;
}

/** Parts of all expressions of one rule set together. */
const EXPRESSION_PARTS_MAX = 2_000;
const DEPTH_MAX = 8;
/**
 * A set goes to every partition in one event. Event Hubs takes 256 KiB of one (its smallest tier), and an event that the log does not
 * take would keep back every admission and acknowledgement behind it.
 */
const SET_BYTES_MAX = 240_000;

type Add = (path: readonly (string | number)[], problem: string) => void;

/**
 * Whether the rules of a set fit together: what the schema can not see. Empty for a set that may be activated. Every message says
 * what to change.
 *
 * The engine itself does not ask: what it did with a set that is on the log must not depend on what a later version thinks of it. It
 * leaves out what can not run (`RulePlan.leftOut`).
 */
export function ruleSetProblems(ruleSet: RuleSet): readonly RuleSetProblem[] {
  const problems: RuleSetProblem[] = [];
  const add: Add = (path, problem) => void problems.push({ path, problem });
  doubleNames(ruleSet, add);
  unknownNames(ruleSet, add);
  const cycle = cycleIn(ruleSet.rules);
  if (cycle !== null) {
    const at = ruleSet.rules.findIndex((rule) => rule.id === cycle[0]);
    add(['rules', at], `these rules need each other: ${cycle.join(' -> ')}; take one of them out of another's expression`);
  }
  ruleSet.rules.forEach((rule, i) => {
    scopeProblems(rule, ['rules', i], add);
    for (const { at, problem } of limitProblems(rule)) add(['rules', i, ...at], problem);
  });
  contradictions(ruleSet.rules, add);
  sizeProblems(ruleSet, add);
  (ruleSet.suppressions ?? []).forEach((s, i) => suppressionProblems(ruleSet, s, ['suppressions', i], add));
  return problems;
}

function doubleNames({ rules, suppressions = [] }: RuleSet, add: Add): void {
  const seen = new Map<string, number>();
  rules.forEach((rule, i) => {
    const first = seen.get(rule.id);
    if (first !== undefined) add(['rules', i, 'id'], `rule ${first + 1} has the id ${rule.id} too; each rule needs its own`);
    else seen.set(rule.id, i);
    const isOwnCode = codeOf(rule) === rule.id && !['limit', 'windowMean', 'noData'].includes(rule.kind);
    if (isBuiltIn(rule.id) || (isOwnCode && isReservedCode(rule.id))) {
      add(['rules', i, 'id'], `${rule.id} is the name of an alarm that the platform raises by itself; choose another id`);
    }
  });
  const names = new Set<string>();
  suppressions.forEach(({ id }, i) => {
    if (names.has(id)) add(['suppressions', i, 'id'], `there is another suppression ${id}; each needs its own id`);
    names.add(id);
  });
}

/** Codes of limits, means, silence and sensors, and those of bedside devices. */
function isReservedCode(id: string): boolean {
  return id === 'noData' || id.startsWith('device.') || isMetricCode(id);
}

function isMetricCode(code: string): boolean {
  const [metric = '', what = ''] = code.split('.');
  return isMetric(metric) && ['low', 'high', 'mean-low', 'mean-high', 'noData', 'leadsOff'].includes(what);
}

function isMetric(name: string): name is MetricName {
  return metricRow(name as MetricName) !== undefined;
}

/** Not in it: `standby`, which hides silence and may never hide what is measured. */
const OTHER_CODES = new Set<string>([
  ...['noData', 'leadsOff', 'deviceMismatch', 'gatewayLost', 'notAccepted', 'deviceAlarmsTooMany', 'channelConflict'],
  ...DEVICE_FAULTS,
  ...GATEWAY_FAULTS,
]);

/** A code that an alarm can have: a device's own, one of a metric, or one of the platform. */
function isConditionCode(code: string): boolean {
  return /^device\.[a-z0-9-]+$/.test(code) || isMetricCode(code) || OTHER_CODES.has(code);
}

function unknownNames({ rules }: RuleSet, add: Add): void {
  const names = new Set(rules.map((rule) => rule.id));
  rules.forEach((rule, i) => {
    for (const name of needsOf(rule)) {
      if (names.has(name) || (rule.kind === 'eventCount' && isConditionCode(name))) continue;
      const path = ['rules', i, rule.kind === 'eventCount' ? 'of' : 'when'];
      const known =
        rule.kind === 'eventCount' ? 'the id of a rule of this set or a condition code' : 'the id of a rule of this set';
      add(path, `${name} is not ${known}${hint(name, names)}`);
    }
    if (rule.kind === 'composite') needlessScope(rule, rules, ['rules', i, 'when'], add);
  });
}

/** An expression over rules that never run for the same patients is never true. */
function needlessScope(
  rule: Extract<Rule, { kind: 'composite' }>,
  rules: readonly Rule[],
  path: (string | number)[],
  add: Add,
): void {
  const named = needsOf(rule).map((id) => rules.find((r) => r.id === id));
  const isForSome = AgeGroup.options.some(
    (group) =>
      (rule.ageGroups ?? AgeGroup.options).includes(group) &&
      named.some((other) => other !== undefined && (other.ageGroups ?? AgeGroup.options).includes(group)),
  );
  if (named.every((other) => other !== undefined) && !isForSome) {
    add(path, 'none of these rules is for the age groups of this one; give them an age group in common');
  }
}

/** A name that differs in case or by a letter is what was meant most of the time. */
function hint(name: string, names: ReadonlySet<string>): string {
  const like = [...names].find((other) => other.toLowerCase() === name.toLowerCase() || isOneLetterOff(other, name));
  return like === undefined ? '' : `; did you mean ${like}?`;
}

function isOneLetterOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return [a.slice(at + 1) === b.slice(at + 1), a.slice(at + 1) === b.slice(at), a.slice(at) === b.slice(at + 1)].includes(true);
}

function scopeProblems(rule: Rule, path: (string | number)[], add: Add): void {
  if (rule.fromMs !== undefined && rule.toMs !== undefined && rule.fromMs >= rule.toMs) {
    add([...path, 'toMs'], `${rule.id} ends before it begins; set toMs after fromMs, or leave one of them out`);
  }
}

/** A low limit at or above a high one for the same patients: whatever the value, one of them is passed. */
function contradictions(rules: readonly Rule[], add: Add): void {
  rules.forEach((low, i) => {
    if (low.kind !== 'limit' || low.side !== 'low' || low.raises === false) return;
    for (const high of rules) {
      if (high.kind !== 'limit' || high.side !== 'high' || high.metric !== low.metric || high.raises === false) continue;
      if (!isForSame(low, high) || low.limit < high.limit) continue;
      add(
        ['rules', i, 'limit'],
        `${low.id} (${low.limit}) is not below ${high.id} (${high.limit}): every value would be an alarm; move them apart`,
      );
    }
  });
  const silence = rules.filter((rule) => rule.kind === 'noData');
  for (const [n, rule] of silence.entries()) {
    const other = silence.slice(0, n).find((before) => before.metric === rule.metric && isForSame(before, rule));
    if (other === undefined) continue;
    add(
      ['rules', rules.indexOf(rule)],
      `${other.id} watches the silence of ${rule.metric} for the same patients; keep one of them`,
    );
  }
}

function isForSame(a: Rule, b: Rule): boolean {
  const groups = (a.ageGroups ?? AgeGroup.options).some((group) => (b.ageGroups ?? AgeGroup.options).includes(group));
  const units =
    a.careUnitIds === undefined || b.careUnitIds === undefined || a.careUnitIds.some((unit) => b.careUnitIds!.includes(unit));
  return groups && units && (a.fromMs ?? 0) < (b.toMs ?? Infinity) && (b.fromMs ?? 0) < (a.toMs ?? Infinity);
}

function sizeProblems(ruleSet: RuleSet, add: Add): void {
  const bytes = new TextEncoder().encode(JSON.stringify(ruleSet)).length;
  if (bytes > SET_BYTES_MAX) {
    add(['rules'], `the rules take ${bytes} bytes, more than ${SET_BYTES_MAX}: take some out, or name fewer care units in each`);
  }
  const { rules } = ruleSet;
  let parts = 0;
  rules.forEach((rule, i) => {
    if (rule.kind !== 'composite') return;
    parts += partsOf(rule.when);
    if (depthOf(rule.when) > DEPTH_MAX) {
      add(['rules', i, 'when'], `${rule.id} nests deeper than ${DEPTH_MAX}; put a part of it into a rule of its own`);
    }
  });
  if (parts > EXPRESSION_PARTS_MAX) {
    add(['rules'], `the expressions of this set have ${parts} parts, more than ${EXPRESSION_PARTS_MAX}; take some out`);
  }
}

function partsOf(expression: RuleExpression): number {
  if ('rule' in expression) return 1;
  if ('not' in expression) return 1 + partsOf(expression.not);
  return ('all' in expression ? expression.all : expression.any).reduce((sum, part) => sum + partsOf(part), 1);
}

function depthOf(expression: RuleExpression): number {
  if ('rule' in expression) return 1;
  if ('not' in expression) return 1 + depthOf(expression.not);
  return 1 + Math.max(...('all' in expression ? expression.all : expression.any).map(depthOf));
}

function suppressionProblems({ rules }: RuleSet, suppression: Suppression, path: (string | number)[], add: Add): void {
  const names = new Set(rules.map((rule) => rule.id));
  const { while: cause, hides } = suppression;
  if ('rule' in cause && !names.has(cause.rule)) {
    add([...path, 'while', 'rule'], `${cause.rule} is not the id of a rule of this set${hint(cause.rule, names)}`);
  }
  if ('condition' in cause && cause.condition === STANDBY) {
    add(
      [...path, 'while', 'condition'],
      'a standby hides silence by itself, and never what is measured; take this suppression out',
    );
  } else if (
    'condition' in cause &&
    !isConditionCode(cause.condition) &&
    !rules.some((rule) => codeOf(rule) === cause.condition)
  ) {
    add(
      [...path, 'while', 'condition'],
      `${cause.condition} is not the condition code of any alarm; e.g. heartRate.leadsOff, noData`,
    );
  }
  const needs = 'rule' in cause ? needsOfAll(cause.rule, rules) : new Set<string>();
  hides.forEach((id, i) => {
    const at = [...path, 'hides', i];
    const rule = rules.find((r) => r.id === id);
    if (rule === undefined) add(at, `${id} is not the id of a rule of this set${hint(id, names)}`);
    else if (rule.kind === 'noData') add(at, `${id} tells of missing data, which nothing may hide; take it out of hides`);
    else if (needs.has(id)) add(at, `${id} would hide what it is hidden by; take it out of hides`);
    else if ('condition' in cause && codeOf(rule) === cause.condition) {
      add(at, `${id} raises ${cause.condition} itself, and would hide and release itself in turn; take it out of hides`);
    }
  });
}

/** A rule and all that it looks at, however far. */
function needsOfAll(id: string, rules: readonly Rule[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const rule = rules.find((r) => r.id === name);
    if (rule !== undefined) for (const other of needsOf(rule)) visit(other);
  };
  visit(id);
  return found;
}
