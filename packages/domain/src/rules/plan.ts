import {
  type AgeGroup,
  type AlarmKind,
  type LimitRule,
  METRIC_NAMES,
  type MetricName,
  type NoDataRule,
  type Rule,
  type RuleExpression,
  type RuleSet,
  type Suppression,
  type WindowMeanRule,
} from '@vigil/contracts';
import type { Stay } from '../state.js';
import type { Delays, LevelScale } from './delays.js';
import type { RuleInputs } from './evaluator.js';
import { type AnyRuleKind, kindOf } from './kinds.js';
import { inOrderOfNeed } from './order.js';

/** One rule, ready to run. */
export interface Planned<R extends Rule = Rule> {
  readonly rule: R;
  readonly code: string;
  readonly alarmKind: AlarmKind;
  readonly metric: MetricName | null;
  /** Which way it looks, where it looks one way. */
  readonly side: 'low' | 'high' | null;
  readonly raises: boolean;
  readonly delays: Delays;
  readonly scale: LevelScale | null;
  /** Suppressions that hide it. */
  readonly hiddenBy: readonly string[];
  /** Rules that count its onsets, or look at its truth: to be asked again when it changes. */
  readonly watchers: Planned[];
  /** Absent for the three kinds that stand in files of their own. */
  readonly kind?: AnyRuleKind;
  readonly inputs: RuleInputs;
  /** Of a limit: another of its side is met first, so a patient's own limit makes it wider and never stricter. */
  readonly isInner: boolean;
}

export interface Sides {
  readonly low: readonly Planned<LimitRule>[];
  readonly high: readonly Planned<LimitRule>[];
}

/** The rules that one reading meets. */
export interface MetRules extends Sides {
  readonly windowMeans: readonly Planned<WindowMeanRule>[];
  readonly measured: readonly Planned[];
}

/** What readings meet, and what is asked afterwards, in an order in which everything is decided before it is needed. */
export interface Stage {
  /** By metric: what a reading of it meets. Metrics that no rule looks at are not there. */
  readonly met: ReadonlyMap<MetricName, MetRules>;
  readonly asked: readonly Planned[];
}

/** The rules of a set that are for one kind of stay at one time. Derived; never part of a state. */
export interface RulePlan {
  /** Names it within its set; empty where all rules are for everybody. */
  readonly key: string;
  readonly set: RuleSet;
  readonly byId: ReadonlyMap<string, Planned>;
  readonly byCode: ReadonlyMap<string, readonly Planned[]>;
  readonly noData: ReadonlyMap<MetricName | 'any', Planned<NoDataRule>>;
  /** Those of single metrics that raise an alarm, in the order of the table of metrics; looked through with each message. */
  readonly silences: readonly Planned<NoDataRule>[];
  /** Of all stages; looked through with each message. */
  readonly windowMeans: readonly Planned<WindowMeanRule>[];
  readonly suppressions: readonly Suppression[];
  /** The rules by which others are suppressed are decided first; then who is hidden; then the rest. */
  readonly stages: readonly Stage[];
  readonly byCondition: ReadonlyMap<string, readonly Planned[]>;
  readonly byTopic: ReadonlyMap<string, readonly Planned[]>;
  /** False for a plan of limits, means and silence alone: then nothing has to be asked after an event. */
  readonly isAsking: boolean;
  /** True where an alarm may also become less urgent: not so in rule sets of version 1. */
  readonly stepsDown: boolean;
  /** Rules that can not run: they need themselves, or name what is not there. `ruleSetProblems` says so before activation. */
  readonly leftOut: readonly string[];
}

const NOTHING: readonly never[] = [];

/** Puts the rules of one scope together. Total: what can not run is left out, and named. */
export function makePlan(set: RuleSet, key: string, wanted: readonly Rule[]): RulePlan {
  const { runnable, leftOut } = inOrderOfNeed(wanted, new Set(set.rules.map((rule) => rule.id)));
  const suppressions = (set.suppressions ?? NOTHING).filter(
    (s) => !('rule' in s.while) || runnable.some((rule) => 'rule' in s.while && rule.id === s.while.rule),
  );
  const planned = runnable.map((rule) => plan1(set, rule, runnable, suppressions));
  const byId = new Map(planned.map((each) => [each.rule.id, each]));
  const noData = new Map<MetricName | 'any', Planned<NoDataRule>>();
  const byCode = new Map<string, Planned[]>();
  const byCondition = new Map<string, Planned[]>();
  const byTopic = new Map<string, Planned[]>();
  for (const each of planned) {
    if (isKind(each, 'noData')) noData.set(each.rule.metric, each);
    append(byCode, each.code, each);
    for (const code of each.inputs.conditions ?? NOTHING) if (!isMeasuredRule(byId.get(code))) append(byCondition, code, each);
    for (const topic of each.inputs.topics ?? NOTHING) append(byTopic, topic, each);
    for (const id of each.inputs.rules ?? NOTHING) byId.get(id)?.watchers.push(each);
  }
  // The alarm of a silence stands for its rule: who counts or looks at the rule has to hear of the alarm.
  for (const each of planned) {
    if (isKind(each, 'noData')) for (const watcher of each.watchers) append(byCondition, each.code, watcher);
  }
  const first = neededBy(suppressions, byId, byCode);
  const groups = first.size === 0 ? [planned] : [planned.filter((p) => first.has(p)), planned.filter((p) => !first.has(p))];
  return {
    ...{ key, set, byId, byCode, noData, suppressions, byCondition, byTopic, leftOut },
    silences: METRIC_NAMES.map((name) => noData.get(name)).filter((each) => each?.raises === true) as Planned<NoDataRule>[],
    windowMeans: groups.flat().filter((each) => isKind(each, 'windowMean')),
    stages: groups.map(makeStage),
    isAsking: suppressions.length > 0 || planned.some((p) => p.kind !== undefined),
    stepsDown: set.v >= 2,
  };
}

/** A rule of silence has an alarm and no state of its own. */
function isMeasuredRule(planned: Planned | undefined): boolean {
  return planned !== undefined && planned.rule.kind !== 'noData';
}

function plan1(set: RuleSet, rule: Rule, all: readonly Rule[], suppressions: readonly Suppression[]): Planned {
  const kind = kindOf(rule);
  const code = codeOf(rule);
  return {
    ...{ rule, code, raises: rule.raises !== false, watchers: [], isInner: false },
    alarmKind: isTechnical(rule, all) ? 'technical' : 'physiological',
    metric: 'metric' in rule && rule.metric !== 'any' ? rule.metric : null,
    side: 'side' in rule && rule.side !== 'both' ? rule.side : null,
    delays: { onDelayMs: 0, offDelayMs: 0, ...delaysOf(rule) },
    scale: scaleOf(rule),
    hiddenBy: suppressions.filter((s) => s.hides.includes(rule.id)).map((s) => s.id),
    inputs: kind?.inputs(rule) ?? {},
    ...(rule.kind === 'limit' ? { isInner: set.v >= 2 && isInner(rule, all) } : {}),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** The condition code of a rule's alarm: limits of one side and means share theirs, every other rule has its own. */
export function codeOf(rule: Rule): string {
  switch (rule.kind) {
    case 'limit':
      return `${rule.metric}.${rule.side}`;
    case 'windowMean':
      return `${rule.metric}.mean-${rule.side}`;
    case 'noData':
      return rule.metric === 'any' ? 'noData' : `${rule.metric}.noData`;
    default:
      return rule.id;
  }
}

function delaysOf(rule: Rule): Partial<Delays> {
  const { onDelayMs = 0, offDelayMs = 0 } = rule as Partial<Delays>;
  return { onDelayMs, offDelayMs };
}

function scaleOf(rule: Rule): LevelScale | null {
  if (!('levels' in rule) || rule.levels === undefined) return null;
  const hysteresis = 'hysteresis' in rule ? (rule.hysteresis ?? 0) : 0;
  const side = rule.kind === 'limit' || rule.kind === 'window' ? rule.side : 'high';
  return { levels: rule.levels, side, isInclusive: rule.kind === 'score', hysteresis };
}

/** Only where priorities may step down: in rule sets of version 1 a patient's own limit replaces every limit of its side. */
function isInner(rule: LimitRule, all: readonly Rule[]): boolean {
  return all.some(
    (other) =>
      other.kind === 'limit' &&
      other.raises !== false &&
      other.metric === rule.metric &&
      other.side === rule.side &&
      (rule.side === 'high' ? other.limit < rule.limit : other.limit > rule.limit),
  );
}

const TECHNICAL_CODE = /(^|\.)(noData|leadsOff)$/;

/** A rule over technical rules alone is about devices, not about the patient. */
function isTechnical(rule: Rule, all: readonly Rule[]): boolean {
  if (rule.kind === 'noData') return true;
  const named = rule.kind === 'eventCount' ? [rule.of] : rule.kind === 'composite' ? leavesOf(rule.when) : NOTHING;
  return (
    named.length > 0 &&
    named.every((name) => {
      const other = all.find((r) => r.id === name);
      return other === undefined ? TECHNICAL_CODE.test(name) : isTechnical(other, all);
    })
  );
}

function leavesOf(expression: RuleExpression): readonly string[] {
  if ('rule' in expression) return [expression.rule];
  if ('not' in expression) return leavesOf(expression.not);
  return ('all' in expression ? expression.all : expression.any).flatMap(leavesOf);
}

/** The rules by which others are suppressed, and what those need. */
function neededBy(
  suppressions: readonly Suppression[],
  byId: ReadonlyMap<string, Planned>,
  byCode: ReadonlyMap<string, readonly Planned[]>,
): ReadonlySet<Planned> {
  const first = new Set<Planned>();
  const add = (id: string): void => {
    const planned = byId.get(id);
    if (planned === undefined || first.has(planned)) return;
    first.add(planned);
    for (const other of planned.inputs.rules ?? NOTHING) add(other);
    // Limits of one side, or means, share an alarm and are decided together: apart, each part would end what the other has raised,
    // and what is hidden by a half-decided alarm is not hidden as urgently as it will be with the same message.
    for (const sibling of byCode.get(planned.code) ?? NOTHING) add(sibling.rule.id);
  };
  for (const s of suppressions) if ('rule' in s.while) add(s.while.rule);
  return first;
}

function makeStage(planned: readonly Planned[]): Stage {
  const met = new Map<MetricName, Met>();
  const metOf = (metric: MetricName): Met => {
    const known = met.get(metric);
    if (known !== undefined) return known;
    const made: Met = { low: [], high: [], windowMeans: [], measured: [] };
    met.set(metric, made);
    return made;
  };
  for (const each of planned) {
    if (isKind(each, 'limit')) metOf(each.rule.metric)[each.rule.side].push(each);
    else if (isKind(each, 'windowMean')) metOf(each.rule.metric).windowMeans.push(each);
    else if (each.kind?.onReading !== undefined) {
      for (const metric of new Set(each.inputs.metrics)) metOf(metric).measured.push(each);
    }
  }
  return { met, asked: planned.filter((p) => p.kind?.ask !== undefined) };
}

interface Met extends MetRules {
  readonly low: Planned<LimitRule>[];
  readonly high: Planned<LimitRule>[];
  readonly windowMeans: Planned<WindowMeanRule>[];
  readonly measured: Planned[];
}

export function isKind<K extends Rule['kind']>(planned: Planned, kind: K): planned is Planned<Extract<Rule, { kind: K }>> {
  return planned.rule.kind === kind;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

/** True for a rule that is meant for such a patient; a stay whose age group nobody told is an adult's. */
export function isMeantFor(rule: Rule, ageGroup: AgeGroup, careUnitId: Stay['careUnitId']): boolean {
  if (rule.ageGroups !== undefined && !rule.ageGroups.includes(ageGroup)) return false;
  return rule.careUnitIds === undefined || (careUnitId !== undefined && rule.careUnitIds.includes(careUnitId));
}
