import type { RuleSet, RuleSetDiff, RuleSetDifference } from '@vigil/contracts';
import { canonical } from '@vigil/domain';

type Part = RuleSetDifference['part'];
type Named = Readonly<Record<string, unknown>> & { readonly id: string };

/** What a person who approves `to` has to look at: every field that is not as in `from`, rule by rule. */
export function ruleSetDiff(
  from: { readonly hash: string; readonly ruleSet: RuleSet },
  to: { readonly hash: string; readonly ruleSet: RuleSet },
): RuleSetDiff {
  const set = fieldsOf(settings(from.ruleSet), settings(to.ruleSet));
  const differences: RuleSetDifference[] = [
    ...(set.length === 0 ? [] : [{ what: 'changed' as const, part: 'set' as const, id: '', fields: set }]),
    ...partsOf('rule', from.ruleSet.rules, to.ruleSet.rules),
    ...partsOf('suppression', from.ruleSet.suppressions ?? [], to.ruleSet.suppressions ?? []),
  ];
  return { from: from.hash, to: to.hash, differences, orderOnly: differences.length === 0 && from.hash !== to.hash };
}

const settings = ({ v, name, latenessMs, alarmCare }: RuleSet): Readonly<Record<string, unknown>> => ({
  ...{ v, name, latenessMs },
  ...(alarmCare === undefined ? {} : { alarmCare }),
});

function partsOf(part: Part, before: readonly Named[], after: readonly Named[]): RuleSetDifference[] {
  const old = new Map(before.map((each) => [each.id, each]));
  const here = new Map(after.map((each) => [each.id, each]));
  const differences: RuleSetDifference[] = [];
  for (const id of new Set([...old.keys(), ...here.keys()])) {
    const fields = fieldsOf(old.get(id) ?? {}, here.get(id) ?? {});
    if (fields.length === 0) continue;
    differences.push({ what: !old.has(id) ? 'added' : here.has(id) ? 'changed' : 'removed', part, id, fields });
  }
  return differences;
}

function fieldsOf(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((field) => {
    const was = textOf(before[field]);
    const is = textOf(after[field]);
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

const textOf = (value: unknown): string | null => (value === undefined ? null : canonical(value));
