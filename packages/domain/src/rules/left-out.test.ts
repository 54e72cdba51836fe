import { ruleSetProblems } from './problems.js';
import { leftOutOf } from './left-out.js';
import { planFor } from './scope.js';
import { limit, setOf, type SaidRule } from './test-kit.js';
import { emptyBed } from '../state.js';

const low = limit('low', 'heartRate', 'low', 50);
const composite = (id: string, ...of: string[]): SaidRule => ({
  kind: 'composite',
  id,
  when: { all: of.map((rule) => ({ rule })) },
});

test('a set in which all rules run leaves nothing out', () => {
  expect(leftOutOf(setOf([low, composite('both', 'low')]))).toEqual([]);
});

test('each rule that can not run is named with its reason, and so is what needs it', () => {
  const set = setOf([low, composite('a', 'b'), composite('b', 'a'), composite('c', 'low', 'nowhere'), composite('d', 'c'), low], {
    suppressions: [{ id: 'hides', while: { rule: 'c' }, hides: ['low'], releaseMs: 0, source: 'test' }],
  });
  expect(leftOutOf(set)).toEqual([
    { part: 'rule', id: 'low', reason: 'another rule of the set has the same id, and runs in its place' },
    { part: 'rule', id: 'a', reason: 'needs itself, by way of b' },
    { part: 'rule', id: 'b', reason: 'needs itself, by way of a' },
    { part: 'rule', id: 'c', reason: 'names nowhere, which is no rule of the set' },
    { part: 'rule', id: 'd', reason: 'needs c, which can not run' },
    { part: 'suppression', id: 'hides', reason: 'hides while c holds, which is no rule that can run' },
  ]);
  expect(ruleSetProblems(set)).not.toEqual([]);
});

test('it names what the engine leaves out', () => {
  const set = setOf([low, composite('a', 'b'), composite('b', 'a'), composite('c', 'nowhere')]);
  const ids = leftOutOf(set).map(({ id }) => id);
  expect([...planFor(set, emptyBed('icu-1' as never), 0).leftOut]).toEqual(ids);
});
