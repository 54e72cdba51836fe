import type { LogEventOf } from '@vigil/contracts';
import { Conditions, type TransitionEffect } from './conditions.js';
import { changePlan } from './rules/change-plan.js';
import { RuleRun } from './rules/rule-run.js';
import { planFor, planNamed } from './rules/scope.js';
import { type PartitionState, PREVIOUS_RULES_MAX } from './state.js';

/** Alarms whose rule is gone end; what the other rules have learnt is kept, and those that look at no readings are asked at once. */
export function activateRules(
  state: PartitionState,
  event: LogEventOf<'ruleSetActivated'>,
  effects: TransitionEffect[],
): boolean {
  const current = state.engine.rules;
  const name = event.activation === undefined ? null : `${event.activation}/${event.hash}`;
  if (name !== null && current?.taken?.includes(name) === true) return false;
  const all = [...(current?.taken ?? []), ...(name === null ? [] : [name])];
  const taken = all.length === 0 ? {} : { taken: all.slice(-PREVIOUS_RULES_MAX) };
  if (current?.hash === event.hash && current.rate === event.rate) {
    state.engine.rules = { ...current, ...taken };
    return false;
  }
  const before = [
    ...(current?.previous ?? []).filter((hash) => hash !== current?.hash),
    ...(current === null ? [] : [current.hash]),
  ];
  const previous = before.length === 0 ? {} : { previous: before.slice(-PREVIOUS_RULES_MAX) };
  state.engine.rules = { hash: event.hash, ruleSet: event.ruleSet, rate: event.rate, ...previous, ...taken };
  for (const holder of state.keys.values()) {
    // A gateway's own alarms are none of a rule set's.
    if (holder.kind !== 'bed') continue;
    const conditions = new Conditions(holder, event.hash, effects, event, event.ruleSet);
    const before = current === null ? null : planNamed(current.ruleSet, holder.scope);
    delete holder.scope;
    const after = planFor(event.ruleSet, holder, holder.clockMs);
    changePlan(holder, before, after, conditions, event.atMs);
    // At once: a bed without a device, where people chart, may have no other event for hours.
    const run = new RuleRun(holder, state.engine.rules, conditions, holder.clockMs === 0 ? event.atMs : holder.clockMs);
    run.askAnew();
    run.settle();
  }
  return true;
}
