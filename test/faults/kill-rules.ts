import { type Rule, RuleSet, type Site } from '@vigil/contracts';
import { count, kindName } from '../oracle/kinds.js';

const common = { priority: 'low', source: 'test of kills' } as const;
const wave = { ...common, metric: 'heartRate' } as const;

/** Rules of each kind that fire again and again while a heart rate jumps up and down for half a minute to a minute and a half. */
const RULES: readonly object[] = [
  {
    ...{
      ...wave,
      kind: 'window',
      id: 'kill.sliding',
      window: { type: 'sliding', sizeMs: 20_000 },
      aggregate: 'mean',
      side: 'high',
    },
    ...{ limit: 110, hysteresis: 5, coveragePct: 30 },
  },
  {
    ...{
      ...wave,
      kind: 'window',
      id: 'kill.hopping',
      window: { type: 'hopping', sizeMs: 30_000, hopMs: 10_000 },
      aggregate: 'median',
    },
    ...{ side: 'high', limit: 110, coveragePct: 30 },
  },
  {
    ...{
      ...wave,
      kind: 'window',
      id: 'kill.session',
      window: { type: 'session', sizeMs: 60_000, gapMs: 5_000 },
      aggregate: 'max',
    },
    ...{ side: 'high', limit: 130, coveragePct: 1 },
  },
  { ...wave, kind: 'rateOfChange', id: 'kill.rising', direction: 'rise', change: 40, unit: 'absolute', overMs: 20_000 },
  {
    ...{ ...wave, kind: 'baseline', id: 'kill.unusual', side: 'high', z: 3, recentMs: 12_000, baselineMs: 60_000 },
    ...{ coveragePct: 20, deviationMin: 4 },
  },
  { ...common, kind: 'eventCount', id: 'kill.again', of: 'heartRate.high', withinMs: 600_000, atLeast: 2 },
  {
    ...common,
    kind: 'composite',
    id: 'kill.both',
    when: { all: [{ rule: 'heartRate.high' }, { rule: 'kill.rising' }] },
    offDelayMs: 2_000,
  },
  { ...common, kind: 'score', id: 'kill.estimate', score: 'news2', basis: 'estimate', atLeast: 7, offDelayMs: 60_000 },
  { ...common, kind: 'score', id: 'kill.charted', score: 'news2', basis: 'charted', atLeast: 5 },
];

export function withKillRules(site: Site): Site {
  const ruleSet = RuleSet.parse({ ...site.ruleSet, v: 2, rules: [...site.ruleSet.rules, ...RULES] });
  return { ...site, ruleSet };
}

/** Kinds of rules that raise alarms in such a ward, in any run of some length. */
export const KILL_KINDS: readonly string[] = [
  ...['limit', 'window sliding', 'window hopping', 'window session', 'rateOfChange'],
  ...['eventCount', 'composite', 'score estimate', 'score charted'],
];

/** Transitions of a replay by the kind of their rule. */
export function byKind(replayed: string, rules: readonly Rule[]): Readonly<Record<string, number>> {
  const kinds = new Map(rules.map((rule) => [rule.id, kindName(rule)]));
  const sums: Record<string, number> = {};
  for (const line of replayed.split('\n').filter((each) => each !== '')) {
    const { ruleId, cause } = JSON.parse(line) as { ruleId: string; cause: string };
    count(sums, kinds.get(ruleId) ?? ruleId);
    if (cause === 'carried') count(sums, 'carried to another bed');
  }
  return sums;
}
