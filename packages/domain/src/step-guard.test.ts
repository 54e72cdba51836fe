import type { BedId, LogEvent } from '@vigil/contracts';
import fc from 'fast-check';
import { guardedStep } from './guarded-step.js';
import { InvariantError } from './invariant.js';
import { emptyBed, emptyPartition, type PartitionState } from './state.js';
import { STEPS_PER_COPY, StepGuard } from './step-guard.js';
import { activation, bedLog, message, testRules } from './test-kit.js';

const bytes = (state: PartitionState): string => JSON.stringify([state.engine, ...state.keys]);

/** A reading in which the engine fails once it has begun with its bed. */
function broken(event: LogEvent): LogEvent {
  let looks = 0;
  return new Proxy(event, {
    get: (of, name) => {
      if (name === 'atMs' && ++looks > 3) throw new InvariantError('expected: no bug');
      return Reflect.get(of, name) as unknown;
    },
  });
}

const otherRules = { ...testRules, name: 'other', rules: [] };
const secondActivation = { ...activation(), id: 'other', hash: 'e'.repeat(64), ruleSet: otherRules } as LogEvent;
const brokenActivation = { ...activation(), hash: 'f'.repeat(64), ruleSet: { ...testRules, rules: null } } as unknown as LogEvent;

type What = 'reading' | 'bug' | 'rules' | 'broken rules' | 'other state';
const someSteps = fc.array(
  fc.record({
    bed: fc.constantFrom('icu-1', 'icu-2'),
    value: fc.integer({ min: 40, max: 180 }),
    what: fc.oneof(
      { weight: 30, arbitrary: fc.constant<What>('reading') },
      { weight: 4, arbitrary: fc.constant<What>('bug') },
      { weight: 1, arbitrary: fc.constantFrom<What>('rules', 'broken rules', 'other state') },
    ),
  }),
  { maxLength: 120 },
);

const inBed = (event: LogEvent, bedId: string): LogEvent => ({ ...event, key: `bed:${bedId}`, bedId }) as LogEvent;

/** One state that is copied before each event, and one that is guarded, which must be the same to the byte. */
function pair() {
  const copied = emptyPartition();
  const guarded = emptyPartition();
  const guard = new StepGuard(guarded);
  const both = (make: () => LogEvent): void => {
    expect(guard.step(make())).toEqual(guardedStep(copied, make()));
    expect(bytes(guarded)).toBe(bytes(copied));
  };
  for (const bed of ['icu-1', 'icu-2']) for (const event of bedLog()) both(() => (bed === 'icu-1' ? event : inBed(event, bed)));
  const replaceBed = (bed: string): void => {
    for (const state of [copied, guarded]) state.keys.set(`bed:${bed}`, emptyBed(bed as BedId));
  };
  return { both, replaceBed, guarded };
}

test('what comes out, and what is left behind a failure, is the same to the byte as with a copy before each event', () => {
  fc.assert(
    fc.property(someSteps, (steps) => {
      const { both, replaceBed } = pair();
      steps.forEach(({ bed, value, what }, n) => {
        const event = inBed(message(n, { heartRate: value }), bed);
        if (what === 'rules') both(() => secondActivation);
        else if (what === 'broken rules') both(() => brokenActivation);
        else if (what === 'other state') replaceBed(bed);
        else both(() => (what === 'bug' ? broken(event) : event));
      });
    }),
    { numRuns: 40 },
  );
});

test.each([0, 1, STEPS_PER_COPY - 1, STEPS_PER_COPY, STEPS_PER_COPY + 1])('a bug after %d events since the copy', (before) => {
  const { both, guarded } = pair();
  const readings = Array.from({ length: before + 3 }, (_, n) => message(n, { heartRate: 150 }));
  for (const event of readings.slice(0, before)) both(() => event);
  both(() => broken(message(before, { heartRate: 20 })));
  for (const event of readings.slice(before)) both(() => event);
  expect([...guarded.keys.keys()]).toEqual(['bed:icu-1', 'bed:icu-2']);
});

test.each([
  ['no rules', []],
  [
    'the same rules with other limits',
    testRules.rules.map((rule) => (rule.kind === 'limit' ? { ...rule, limit: rule.limit + 70 } : rule)),
  ],
])('a bug behind %s leaves what those have done', (_, rules) => {
  for (let n = 1; n <= STEPS_PER_COPY; n++) {
    const { both } = pair();
    const readings = Array.from({ length: n + 1 }, (_, at) => message(at * 10, { heartRate: 180 }));
    for (const event of readings.slice(0, n)) both(() => event);
    both(() => ({ ...secondActivation, ruleSet: { ...testRules, rules } }) as LogEvent);
    both(() => broken(readings[n]!));
  }
});
