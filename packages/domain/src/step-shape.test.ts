import { setFlagsFromString } from 'node:v8';
import type { LogEvent } from '@vigil/contracts';
import { activate, limit, setOf } from './rules/test-kit.js';
import { type BedState, emptyPartition, type PartitionState } from './state.js';
import { step } from './step.js';
import { activation, admit, assign, discharge, message } from './test-kit.js';

setFlagsFromString('--allow-natives-syntax');
/** False for an object that V8 keeps as a dictionary. */
const isFast = new Function('state', 'return %HasFastProperties(state)') as (state: object) => boolean;
const isBedFast = ({ keys }: PartitionState): boolean => isFast(keys.get('bed:icu-1')!);
const opening: LogEvent[] = [activation(), assign('mon-1'), admit(0), message(1, { heartRate: 80 })];

test('a bed is no slower for the patients who have left it', () => {
  const { state } = step(emptyPartition(), [...opening, discharge(2)]);
  expect(isBedFast(state)).toBe(true);
});

test('nor for another rule set', () => {
  const adults = (at: number) => setOf([limit('hr', 'heartRate', 'high', at, { ageGroups: ['adult'] })]);
  const { state } = step(emptyPartition(), [activate(adults(120)), ...opening.slice(1)]);
  expect((state.keys.get('bed:icu-1') as BedState).scope).toBeDefined();
  step(state, [activate(adults(130), 2)]);
  expect(isBedFast(state)).toBe(true);
});

test('nor for a suppression that is over', () => {
  const rules = setOf([limit('sat', 'spo2', 'low', 90, { raises: false }), limit('hr', 'heartRate', 'high', 120)], {
    suppressions: [{ id: 'probe', while: { rule: 'sat' }, hides: ['hr'], releaseMs: 0, source: 'test' }],
  });
  const { state } = step(emptyPartition(), [activate(rules), ...opening.slice(1)]);
  step(state, [message(2, { spo2: 80 })]);
  expect((state.keys.get('bed:icu-1') as BedState).suppressed).toEqual({ probe: { untilMs: null } });
  step(state, [message(3, { spo2: 99 })]);
  expect((state.keys.get('bed:icu-1') as BedState).suppressed).toBeUndefined();
  expect(isBedFast(state)).toBe(true);
});
