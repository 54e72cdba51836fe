import type { RuleSet } from '@vigil/contracts';
import { ReplayRefused } from './refused.js';

/** Where the time of every incident begins: long enough after 1970 that what was long before it is still after 1970. */
export const INCIDENT_EPOCH_MS = Date.UTC(2001, 0, 1);
/** Numbers beyond this (1973) are times; no duration, count or value is as large. */
export const TIME_FROM = 100_000_000_000;
/** What is nearer than this to the beginning of an incident is a time of then. */
export const NEAR_MS = 400 * 86_400_000;
const BASE_MS = 60_000;
const SPAN_MS_MAX = 400 * 86_400_000;

/**
 * How far back everything is moved: the first event comes to stand at or shortly after `INCIDENT_EPOCH_MS`, and every window keeps
 * its place, because the shift is a whole number of each. Nothing of the day or the hour is left beyond that remainder.
 *
 * @throws ReplayRefused when the sizes of windows have no common multiple within 400 days
 */
export function shiftFor(startMs: number, ruleSets: readonly RuleSet[]): number {
  let unit = BASE_MS;
  for (const size of ruleSets.flatMap(windowSizes)) {
    unit = (unit / gcd(unit, size)) * size;
    if (unit > SPAN_MS_MAX) {
      throw new ReplayRefused('the windows of these rules have no common multiple within 400 days, so time cannot be shifted');
    }
  }
  return Math.floor((startMs - INCIDENT_EPOCH_MS) / unit) * unit;
}

/** A time of before 1973 stands for "always" or "never" and stays; no other comes before that. */
export function shifted(ms: number, byMs: number): number {
  return ms < TIME_FROM ? ms : Math.max(0, ms - byMs);
}

/** Every span that a rule measures in; those that are not aligned do no harm. */
function windowSizes(ruleSet: RuleSet): readonly number[] {
  return ruleSet.rules.flatMap((rule) => {
    switch (rule.kind) {
      case 'windowMean':
        return [rule.sizeMs];
      case 'window':
        return [rule.window.sizeMs, ...(rule.window.type === 'hopping' ? [rule.window.hopMs] : [])];
      case 'rateOfChange':
        return [rule.overMs];
      case 'baseline':
        return [rule.recentMs, rule.baselineMs];
      case 'eventCount':
        return [rule.withinMs];
      default:
        return [];
    }
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
