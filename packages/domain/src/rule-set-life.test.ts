import type { RuleSetAction, RuleSetState } from '@vigil/contracts';
import fc from 'fast-check';
import { type RuleSetLife, ruleSetStep } from './rule-set-life.js';

const draft: RuleSetLife = { state: 'draft', proposedBy: null, approvedBy: null, effectiveMs: null };
const STATES: readonly RuleSetState[] = ['draft', 'proposed', 'approved', 'rejected', 'scheduled', 'active', 'superseded'];
const ACTIONS: readonly RuleSetAction[] = [
  'create',
  'propose',
  'approve',
  'reject',
  'schedule',
  'withdraw',
  'activate',
  'supersede',
];
const THROUGH: Readonly<Record<RuleSetState, readonly RuleSetAction[]>> = {
  draft: ['propose'],
  proposed: ['approve', 'reject', 'withdraw'],
  approved: ['schedule', 'withdraw'],
  rejected: ['propose'],
  scheduled: ['schedule', 'withdraw', 'activate'],
  active: ['supersede'],
  superseded: ['propose'],
};
const run = (life: RuleSetLife, ...steps: readonly [RuleSetAction, string][]): RuleSetLife =>
  steps.reduce((now, [action, by]) => ruleSetStep(now, { action, by, effectiveMs: 5 }).life!, life);

test('a rule set goes from its author by a second person into force, and makes room for the next', () => {
  const approved = run(draft, ['propose', 'amy'], ['approve', 'ben']);
  expect(approved).toEqual({ state: 'approved', proposedBy: 'amy', approvedBy: 'ben', effectiveMs: null });
  const active = run(approved, ['schedule', 'amy'], ['activate', 'system']);
  expect(active).toEqual({ state: 'active', proposedBy: 'amy', approvedBy: 'ben', effectiveMs: 5 });
  expect(run(active, ['supersede', 'system']).state).toBe('superseded');
});

test('nobody approves what they proposed', () => {
  const proposed = run(draft, ['propose', 'amy']);
  expect(ruleSetStep(proposed, { action: 'approve', by: 'amy' }).refused).toBe('second-person-required');
});

test('going back takes two people again, and not those of the first time', () => {
  const superseded = run(
    draft,
    ['propose', 'amy'],
    ['approve', 'ben'],
    ['schedule', 'amy'],
    ['activate', 's'],
    ['supersede', 's'],
  );
  expect(ruleSetStep(superseded, { action: 'schedule', by: 'amy' }).refused).toBe('conflict');
  const again = run(superseded, ['propose', 'ben']);
  expect(again).toMatchObject({ approvedBy: null, effectiveMs: null });
  expect(ruleSetStep(again, { action: 'approve', by: 'ben' }).refused).toBe('second-person-required');
});

test('what is withdrawn needs its approval anew, unless only its date was', () => {
  expect(run(draft, ['propose', 'amy'], ['approve', 'ben'], ['withdraw', 'amy'])).toMatchObject({
    state: 'draft',
    approvedBy: null,
  });
  const unscheduled = run(draft, ['propose', 'amy'], ['approve', 'ben'], ['schedule', 'amy'], ['withdraw', 'ben']);
  expect(unscheduled).toEqual({ state: 'approved', proposedBy: 'amy', approvedBy: 'ben', effectiveMs: null });
});

test.each(STATES)('from %s only what the table has is let through', (state) => {
  const through = ACTIONS.filter((action) => ruleSetStep({ ...draft, state }, { action, by: 'x' }).refused === null);
  expect(through).toEqual(THROUGH[state]);
});

test('whatever people do, what is in force was proposed and approved by two of them', () => {
  const anyStep = fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom('amy', 'ben', 'cat'));
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      let life = draft;
      for (const [action, by] of steps) {
        const step = ruleSetStep(life, { action, by, effectiveMs: 1 });
        if (step.life === null) continue;
        life = step.life;
        if (!['approved', 'scheduled', 'active'].includes(life.state)) continue;
        expect(life.proposedBy).not.toBeNull();
        expect(life.approvedBy).not.toBeNull();
        expect(life.approvedBy).not.toBe(life.proposedBy);
      }
    }),
  );
});
