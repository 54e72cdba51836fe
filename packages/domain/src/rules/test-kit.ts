import { LogEvent, type MetricName, RuleSet } from '@vigil/contracts';
import { contentHash } from '../hash.js';
import type { BedState } from '../state.js';
import { admit, assign, message, type Ran, run, summary } from '../test-kit.js';

/** Seconds of the events in tests of rules count from here, as those of the other kit. */
export const EPOCH_MS = 1_000_000_000_200_000;
export const msAt = (atS: number): number => EPOCH_MS + atS * 1_000;

/** A rule as a test writes it: what every rule has may be left out. */
export type SaidRule = { kind: string; id: string } & Record<string, unknown>;

export function setOf(rules: readonly SaidRule[], more: Record<string, unknown> = {}): RuleSet {
  return RuleSet.parse({
    ...{ v: 2, name: 'test', latenessMs: 5_000 },
    rules: rules.map((rule) => ({ priority: 'medium', source: 'test', ...rule })),
    ...more,
  });
}

export function activate(ruleSet: RuleSet, atS = 0): LogEvent {
  return LogEvent.parse({
    ...{ v: 1, id: `rules/${atS}/${contentHash(ruleSet).slice(0, 8)}`, key: 'bed:icu-1', origin: 'live', atMs: msAt(atS) },
    ...{ kind: 'ruleSetActivated', hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'test' },
  });
}

/** The rules, a device and a patient; then the events. */
export function runSet(ruleSet: RuleSet, events: readonly LogEvent[]): Ran & { readonly bed: BedState; readonly said: string[] } {
  const ran = run([activate(ruleSet), assign('mon-1'), admit(0), ...events], { check: true });
  return { ...ran, bed: ran.state.keys.get('bed:icu-1') as BedState, said: summary(ran.transitions) };
}

/** One reading of the metric a second; null is a second without one. */
export function each(metric: MetricName, fromS: number, values: readonly (number | null)[]): LogEvent[] {
  return values.flatMap((value, i) => (value === null ? [] : [message(fromS + i, { [metric]: value })]));
}

export const times = (n: number, value: number): number[] => Array.from({ length: n }, () => value);

export function limit(
  id: string,
  metric: MetricName,
  side: 'low' | 'high',
  at: number,
  more: Record<string, unknown> = {},
): SaidRule {
  return { kind: 'limit', id, metric, side, limit: at, hysteresis: 0, onDelayMs: 0, offDelayMs: 0, ...more };
}
