import { AgeGroup, type CareUnitId, type RuleSet } from '@vigil/contracts';
import type { BedState } from '../state.js';
import { isMeantFor, makePlan, type RulePlan } from './plan.js';

/** The plans of one rule set: one for each kind of stay and each time between effective dates. Made when they are needed. */
interface Plans {
  readonly isScoped: boolean;
  /** Care units that a rule names; all others are alike. */
  readonly careUnits: ReadonlySet<string>;
  /** Instants at which some rule begins or ends, ascending. */
  readonly datesMs: readonly number[];
  readonly made: Map<string, RulePlan>;
  readonly whole: RulePlan | null;
}

const plans = new WeakMap<RuleSet, Plans>();
/** The set that was asked for last: with each message it is the same one. */
let newest: { readonly set: RuleSet; readonly plans: Plans } | null = null;

function plansOf(set: RuleSet): Plans {
  if (newest?.set === set) return newest.plans;
  const found = plans.get(set) ?? makePlans(set);
  newest = { set, plans: found };
  return found;
}

function makePlans(set: RuleSet): Plans {
  const dates = new Set(set.rules.flatMap(({ fromMs, toMs }) => [fromMs ?? 0, toMs ?? 0].filter((ms) => ms > 0)));
  const careUnits = new Set<string>(set.rules.flatMap((rule) => rule.careUnitIds ?? []));
  const isScoped = dates.size > 0 || careUnits.size > 0 || set.rules.some((rule) => rule.ageGroups !== undefined);
  const datesMs = [...dates].sort((a, b) => a - b);
  const made = { isScoped, careUnits, datesMs, made: new Map(), whole: isScoped ? null : makePlan(set, '', set.rules) };
  plans.set(set, made);
  return made;
}

/**
 * The rules that hold for the stay of a bed at `atMs`. Call it with the bed's own time (`bed.clockMs`): that one does not go back with
 * a device whose clock is slower, and where it is set right after a wrong jump, rules that had ended too early are back.
 */
export function planFor(set: RuleSet, bed: BedState, atMs: number): RulePlan {
  const known = plansOf(set);
  if (known.whole !== null) return known.whole;
  const ageGroup = bed.encounter?.ageGroup ?? 'adult';
  const unit = bed.encounter?.careUnitId;
  const careUnitId = unit !== undefined && known.careUnits.has(unit) ? unit : undefined;
  let span = 0;
  while (span < known.datesMs.length && known.datesMs[span]! <= atMs) span += 1;
  return planAt(set, known, span, ageGroup, careUnitId);
}

/** The plan that a state names; null where the set has no such plan. */
export function planNamed(set: RuleSet, key: string | undefined): RulePlan | null {
  const known = plansOf(set);
  if (known.whole !== null) return known.whole;
  const [span = '', age = '', careUnitId = ''] = (key ?? '').split('/');
  const ageGroup = AgeGroup.options.find((each) => each === age);
  if (ageGroup === undefined || !/^\d{1,6}$/.test(span) || Number(span) > known.datesMs.length) return null;
  if (careUnitId !== '' && !known.careUnits.has(careUnitId)) return null;
  return planAt(set, known, Number(span), ageGroup, careUnitId === '' ? undefined : (careUnitId as CareUnitId));
}

function planAt(set: RuleSet, known: Plans, span: number, ageGroup: AgeGroup, careUnitId: CareUnitId | undefined): RulePlan {
  const key = `${span}/${ageGroup}/${careUnitId ?? ''}`;
  const found = known.made.get(key);
  if (found !== undefined) return found;
  // Any instant of the span will do: no rule begins or ends within it.
  const atMs = span === 0 ? -1 : known.datesMs[span - 1]!;
  const rules = set.rules.filter(
    (rule) => isMeantFor(rule, ageGroup, careUnitId) && (rule.fromMs ?? 0) <= Math.max(atMs, 0) && (rule.toMs ?? Infinity) > atMs,
  );
  const plan = makePlan(set, key, rules);
  known.made.set(key, plan);
  return plan;
}
