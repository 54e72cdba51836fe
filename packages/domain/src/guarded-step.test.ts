import { LogEvent } from '@vigil/contracts';
import { guardedStep, KEYS_MAX } from './guarded-step.js';
import { InvariantError } from './invariant.js';
import { emptyGateway, emptyPartition, type PartitionState } from './state.js';
import { activation, testRules } from './test-kit.js';

const tick = (bedId: string, atMs: number): LogEvent =>
  LogEvent.parse({ v: 1, kind: 'tick', id: `t/${atMs}`, key: `bed:${bedId}`, origin: 'live', atMs, bedId, gatewayId: 'gw' });

/** An event in which the engine fails once it has moved the clock of the bed on. */
function broken(bedId: string, atMs: number, what: unknown = new InvariantError('expected: no bug')): LogEvent {
  let looks = 0;
  return new Proxy(tick(bedId, atMs), {
    get: (event, name) => {
      if (name === 'atMs' && ++looks > 3) throw what;
      return Reflect.get(event, name) as unknown;
    },
  });
}

const bytes = (state: PartitionState): string => JSON.stringify([state.engine, ...state.keys]);

function ward(): PartitionState {
  const state = emptyPartition();
  for (const event of [activation(), tick('icu-1', 1_000), tick('icu-2', 1_000), tick('icu-3', 1_000)]) guardedStep(state, event);
  return state;
}

test('an event that breaks the engine changes nothing, in its own bed or another, and the next one counts', () => {
  const state = ward();
  const before = bytes(state);
  expect(guardedStep(state, broken('icu-2', 9_000))).toEqual({ failed: 'expected: no bug' });
  expect(bytes(state)).toBe(before);
  expect(guardedStep(state, tick('icu-2', 9_500))).toHaveProperty('result');
  expect(state.keys.get('bed:icu-2')).toMatchObject({ clockMs: 9_500 });
  expect([...state.keys.keys()]).toEqual(['bed:icu-1', 'bed:icu-2', 'bed:icu-3']);
});

test('the first event of a bed that breaks the engine leaves no bed behind', () => {
  const state = ward();
  guardedStep(state, broken('icu-9', 9_000));
  expect(state.keys.has('bed:icu-9')).toBe(false);
});

test('what an error of somebody else says is not passed on', () => {
  expect(guardedStep(ward(), broken('icu-1', 9_000, new TypeError('MUSTERMANN is undefined')))).toEqual({
    failed: 'an unexpected error in step',
  });
});

test('an activation that breaks the engine leaves every bed, and the rules, as they were', () => {
  const fails = { ...activation(), hash: 'f'.repeat(64), ruleSet: { ...testRules, rules: null } } as unknown as LogEvent;
  const state = ward();
  const before = bytes(state);
  expect(guardedStep(state, fails)).toEqual({ failed: 'an unexpected error in step' });
  expect(bytes(state)).toBe(before);
});

test('a partition holds only so many beds: those that are there go on, a new one is refused', () => {
  const state = ward();
  for (let n = state.keys.size; n < KEYS_MAX; n++) state.keys.set(`gateway:g-${n}`, emptyGateway(`g-${n}` as never));
  expect(guardedStep(state, tick('icu-4', 2_000))).toMatchObject({ failed: expect.stringContaining('20000 beds') as unknown });
  expect(guardedStep(state, tick('icu-1', 2_000))).toHaveProperty('result');
});
