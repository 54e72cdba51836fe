import { type AgeGroup, type LimitRule, type MetricName, metricRow, type RuleSet } from '@vigil/contracts';

/** What picks the rules of a stay. */
export interface WhoIsWatched {
  /** Left out: an adult. */
  readonly ageGroup?: AgeGroup | undefined;
  /** Left out: in no unit that a rule names. */
  readonly careUnitId?: string | undefined;
}

export interface Band {
  readonly low: number | null;
  readonly high: number | null;
}

/** Limits of a unit for one metric: the one of each side that is met first, and those of high priority. */
export interface UnitBand extends Band {
  readonly urgentLow: number | null;
  readonly urgentHigh: number | null;
}

/** Limits that somebody has set for one stay, in force in [fromMs, toMs) of event time. */
export interface OwnBand extends Band {
  readonly metric: MetricName;
  readonly toMs: number;
}

/** True for a rule that is meant for this patient at `atMs` (event time). */
function isMeantFor(rule: LimitRule, { ageGroup = 'adult', careUnitId }: WhoIsWatched, atMs: number): boolean {
  if (rule.raises === false || (rule.fromMs ?? 0) > atMs || (rule.toMs !== undefined && atMs >= rule.toMs)) return false;
  if (rule.ageGroups !== undefined && !rule.ageGroups.includes(ageGroup)) return false;
  return rule.careUnitIds === undefined || rule.careUnitIds.some((each) => each === careUnitId);
}

/** The limits of a rule set for such a patient, by metric; metrics without a limit are not there. */
export function unitBands(ruleSet: RuleSet | null, who: WhoIsWatched, atMs: number): ReadonlyMap<MetricName, UnitBand> {
  const bands = new Map<MetricName, UnitBand>();
  for (const rule of ruleSet?.rules ?? []) {
    if (rule.kind !== 'limit' || !isMeantFor(rule, who, atMs)) continue;
    const known = bands.get(rule.metric) ?? { low: null, high: null, urgentLow: null, urgentHigh: null };
    bands.set(rule.metric, withRule(known, rule));
  }
  return bands;
}

function withRule(known: UnitBand, { side, limit, priority, levels = [] }: LimitRule): UnitBand {
  const urgent = [
    ...(priority === 'high' ? [limit] : []),
    ...levels.flatMap((l) => (l.priority === 'high' ? (l.limit ?? limit) : [])),
  ];
  if (side === 'low') {
    return { ...known, low: Math.max(known.low ?? -Infinity, limit), urgentLow: nearest('low', known.urgentLow, urgent) };
  }
  return { ...known, high: Math.min(known.high ?? Infinity, limit), urgentHigh: nearest('high', known.urgentHigh, urgent) };
}

function nearest(side: 'low' | 'high', known: number | null, more: readonly number[]): number | null {
  const all = known === null ? more : [known, ...more];
  if (all.length === 0) return null;
  return side === 'low' ? Math.max(...all) : Math.min(...all);
}

/**
 * What holds at `atMs`: the stay's own while they last, side by side with the unit's. A side without a limit of the unit has none:
 * the rules may have changed since somebody set it, and what no rule looks at must not be shown as a limit.
 */
export function bandNow(unit: Band, own: OwnBand | undefined, atMs: number): Band & { readonly isOwn: boolean } {
  const isOver = own === undefined || atMs >= own.toMs;
  const low = isOver || unit.low === null ? null : own.low;
  const high = isOver || unit.high === null ? null : own.high;
  return { low: low ?? unit.low, high: high ?? unit.high, isOwn: low !== null || high !== null };
}

/** True when the wanted limits would let pass what the unit's would not. */
export function isWider(wanted: Band, unit: Band): boolean {
  const low = wanted.low !== null && unit.low !== null && wanted.low < unit.low;
  const high = wanted.high !== null && unit.high !== null && wanted.high > unit.high;
  return low || high;
}

/** Share of the plausible range that a side of high priority keeps for itself. Ours; no source gives a figure. */
const URGENT_SHARE = 0.05;

export interface BandProblem {
  readonly side: 'low' | 'high' | 'both';
  /** What is wrong and what to do, without the value that was sent. */
  readonly message: string;
}

/**
 * Why these limits can't be set, or nothing. A limit that no plausible value lies beyond switches its alarm off; one of high
 * priority keeps a twentieth of the plausible range, because what is left of less is no alarm either.
 */
export function bandProblems(metric: MetricName, wanted: Band, unit: UnitBand | undefined): readonly BandProblem[] {
  const row = metricRow(metric);
  if (row.kind !== 'numeric' || unit === undefined || (unit.low === null && unit.high === null)) {
    return [{ side: 'both', message: 'this metric has no limits here that could be set: look at the active rule set' }];
  }
  const [least, most] = row.plausible;
  const keep = (most - least) * URGENT_SHARE;
  const problems: BandProblem[] = [];
  const add = (side: BandProblem['side'], message: string): void => void problems.push({ side, message });
  for (const side of ['low', 'high'] as const) {
    const value = wanted[side];
    if (value === null) continue;
    const isUrgent = side === 'low' ? unit.urgentLow !== null : unit.urgentHigh !== null;
    const [from, to] = side === 'low' ? [least + (isUrgent ? keep : 0), most] : [least, most - (isUrgent ? keep : 0)];
    if (unit[side] === null) add(side, 'the active rule set has no limit on this side: leave it null');
    else if (side === 'low' ? value <= least : value >= most)
      add(side, 'this would switch the alarm off: choose a limit that a value can cross');
    else if (value < from || value > to) add(side, `between ${round(from)} and ${round(to)} ${row.unit}`);
  }
  if (wanted.low === null && wanted.high === null) add('both', 'set low, high or both; DELETE goes back to those of the unit');
  const low = wanted.low ?? unit.low;
  const high = wanted.high ?? unit.high;
  if (low !== null && high !== null && low >= high) add('both', 'low has to be below high');
  return problems;
}

const round = (value: number): number => Math.round(value * 10) / 10;
