import type { CareUnitId, LogEventOf } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { effectiveLimit } from './limits.js';
import { LIMITS_CHANGED } from './rules/built-in.js';
import type { Planned, RulePlan } from './rules/plan.js';
import { RuleRun } from './rules/rule-run.js';
import { planFor } from './rules/scope.js';
import type { ActiveRules, BedState } from './state.js';

/** Rules that the evidence names at most. */
const NAMED_MAX = 32;

/**
 * The bed is in this care unit from here on (A9). Where other rules then hold for who lies here, that is said at the bed until somebody
 * has seen it; where nothing changes, nothing at all does.
 */
export function stepBedPlaced(
  bed: BedState,
  event: LogEventOf<'bedPlaced'>,
  rules: ActiveRules | null,
  conditions: Conditions,
): void {
  const { careUnitId, atMs } = event;
  const { encounter, placed } = bed;
  if (placed !== undefined && placed.atMs > atMs) return;
  const known = encounter?.careUnitId ?? placed?.careUnitId;
  if (known === careUnitId && (placed === undefined || placed.careUnitId === careUnitId)) return;
  bed.placed = { careUnitId, atMs };
  if (encounter === null || encounter.careUnitId === careUnitId) return;
  // An admission of later has told the unit already.
  if (encounter.careUnitId !== undefined && encounter.sinceMs > atMs) return;
  const nowMs = bed.clockMs === 0 ? atMs : bed.clockMs;
  const before = rules === null ? null : planFor(rules.ruleSet, bed, nowMs);
  bed.encounter = { ...encounter, careUnitId };
  if (rules === null || before === null) return;
  const run = new RuleRun(bed, rules, conditions, nowMs);
  run.settle();
  const changed = otherRules(bed, before, run.plan, nowMs);
  if (changed.length > 0) tellChanged(bed, changed, event, conditions);
}

/**
 * The care unit whose rules hold for a stay: what was told last by event time, with the stay or of the bed by itself.
 *
 * @param told the care unit that came with the stay, as the store knew it at `atMs`
 */
export function careUnitHere({ placed }: BedState, told: CareUnitId | undefined, atMs: number): CareUnitId | undefined {
  if (placed === undefined || (told !== undefined && placed.atMs <= atMs)) return told;
  return placed.careUnitId;
}

/** Ids of rules that hold by one plan alone, or have another limit, or are hidden by something else. */
function otherRules(bed: BedState, before: RulePlan, after: RulePlan, atMs: number): string[] {
  const ids = new Set(after.set.rules.map(({ id }) => id));
  return [...ids].filter((id) => !isSame(bed, before.byId.get(id), after.byId.get(id), atMs));
}

function isSame(bed: BedState, one: Planned | undefined, other: Planned | undefined, atMs: number): boolean {
  if (one === undefined || other === undefined) return one === other;
  return String(one.hiddenBy) === String(other.hiddenBy) && limitNow(bed, one, atMs) === limitNow(bed, other, atMs);
}

/** A patient's own limit replaces the one that is met first, which may be another one beside other rules. */
function limitNow({ overrides }: BedState, { rule, isInner, raises }: Planned, atMs: number): number | null {
  return rule.kind === 'limit' && raises ? effectiveLimit(rule, overrides[rule.metric], atMs, isInner) : null;
}

/** One that nobody has seen yet makes room for one that names its rules as well. */
function tellChanged(
  bed: BedState,
  changed: readonly string[],
  { atMs, origin }: LogEventOf<'bedPlaced'>,
  conditions: Conditions,
): void {
  const unseen = bed.alarms[LIMITS_CHANGED]?.evidence.because ?? [];
  conditions.closeOne(LIMITS_CHANGED, atMs);
  const because = [...new Set([...unseen, ...changed])].slice(0, NAMED_MAX);
  conditions.raise(
    {
      ...{ conditionCode: LIMITS_CHANGED, kind: 'technical', priority: 'medium', metric: null },
      ...{ evidence: { ...NO_EVIDENCE, because }, ruleId: LIMITS_CHANGED, origin },
    },
    atMs,
  );
}
