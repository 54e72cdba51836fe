import fc from 'fast-check';
import { PolicyAction } from '@vigil/contracts';
import { type PolicyLife, policyStep } from './life.js';

const draft: PolicyLife = { state: 'draft', proposedBy: null, approvedBy: null };

test('one who proposes does not approve; another one does, and then it may come into force', () => {
  const proposed = policyStep(draft, 'propose', 'amy').life!;
  expect(policyStep(proposed, 'approve', 'amy').refused).toBe('second-person-required');
  const approved = policyStep(proposed, 'approve', 'ben').life!;
  expect(policyStep(approved, 'activate', 'amy').life).toEqual({ state: 'active', proposedBy: 'amy', approvedBy: 'ben' });
});

test('law: whatever is done in whatever order, two different people stand behind each policy in force', () => {
  const moves = fc.array(
    fc.record({ action: fc.constantFrom(...PolicyAction.options), by: fc.constantFrom('amy', 'ben', 'carol') }),
    // Long enough that most of them bring one into force.
    { minLength: 60, maxLength: 80 },
  );
  let inForce = 0;
  fc.assert(
    fc.property(moves, (all) => {
      let life = draft;
      for (const { action, by } of all) {
        life = policyStep(life, action, by).life ?? life;
        if (life.state !== 'active') continue;
        inForce++;
        expect(life.proposedBy).not.toBeNull();
        expect(life.approvedBy).not.toBeNull();
        expect(life.proposedBy).not.toBe(life.approvedBy);
      }
    }),
    { numRuns: 500 },
  );
  expect(inForce).toBeGreaterThan(5);
});
