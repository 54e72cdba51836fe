import { type BedId } from '@vigil/contracts';
import fc from 'fast-check';
import type { LoadFact } from '../ports/reports.js';
import { plainLoad } from '../../test/support/plain-load.js';
import { FloodCount, FLOOD_MS } from './flood-count.js';
import { LoadCount } from './load-count.js';

const DAY_MS = 86_400_000;
const range = { fromMs: 0, toMs: 3 * DAY_MS };
const BEDS = ['icu-1', 'icu-2', 'icu-3'] as BedId[];

const escalation = fc.option(
  fc.record({
    startedWallMs: fc.integer({ min: 0, max: 1_000_000 }),
    step: fc.integer({ min: -1, max: 4 }),
    isExhausted: fc.boolean(),
    firstPageWallMs: fc.option(fc.integer({ min: 0, max: 2_000_000 })),
    acceptedWallMs: fc.option(fc.integer({ min: 0, max: 2_000_000 })),
    arrivedWallMs: fc.option(fc.integer({ min: 0, max: 2_000_000 })),
    declines: fc.integer({ min: 0, max: 3 }),
    paged: fc.array(fc.constantFrom('amy', 'ben', 'carol', 'dan', 'eve', 'fay'), { maxLength: 6 }),
  }),
);
/** Alarms come in bursts, so that floods begin and end. */
const fact = fc.record({
  gapMs: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
    { weight: 4, arbitrary: fc.integer({ min: 100_000, max: FLOOD_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: DAY_MS / 8 }) },
  ),
  bedId: fc.option(fc.constantFrom(...BEDS)),
  encounterId: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l')),
  conditionCode: fc.constantFrom('heartRate.high', 'spo2.low', 'spo2.leadsOff', 'noData'),
  priorityRank: fc.integer({ min: 0, max: 2 }),
  isTechnical: fc.boolean(),
  isFlapping: fc.boolean(),
  wasShelved: fc.boolean(),
  label: fc.option(fc.constantFrom('actionable' as const, 'nuisance' as const, 'artefact' as const)),
  escalation,
});

function factsOf(drawn: readonly (Omit<LoadFact, 'alarmId' | 'onsetMs'> & { readonly gapMs: number })[]): LoadFact[] {
  let onsetMs = 0;
  return drawn.flatMap(({ gapMs, ...rest }, n) => {
    onsetMs += gapMs;
    return onsetMs < range.toMs ? [{ ...rest, alarmId: `alarm-${n}`, onsetMs }] : [];
  });
}

test('a report over random alarms says what a plain recount says, whatever pages they come in', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 120, size: 'max' }), fc.integer({ min: 1, max: 40 }), (drawn, pageSize) => {
      const facts = factsOf(drawn);
      const count = new LoadCount();
      for (let at = 0; at < facts.length; at += pageSize) count.add(facts.slice(at, at + pageSize));
      expect(count.result(range, BEDS)).toEqual(plainLoad(facts, range, BEDS));
    }),
    { numRuns: 150 },
  );
});

test('eleven alarms in ten minutes are a flood, ten are none, and it lasts until fewer than five are left', () => {
  const flood = (onsets: readonly number[]) => {
    const count = new FloodCount();
    for (const atMs of onsets) count.add(atMs);
    count.end(DAY_MS);
    return [count.floods, count.ms];
  };
  const every = (ms: number, n: number) => Array.from({ length: n }, (_, i) => i * ms);
  expect(flood(every(60_000, 10))).toEqual([0, 0]);
  // The eleventh comes after 50 s; of those the fifth last, after 30 s, is ten minutes old at 630 s.
  expect(flood(every(5_000, 11))).toEqual([1, 630_000 - 50_000]);
  // Ten minutes apart to the millisecond is apart.
  expect(flood([...every(1_000, 10), FLOOD_MS])).toEqual([0, 0]);
});

test('one, two, three and four members of staff are told in no bands: they could count themselves out', () => {
  const paged = (staff: readonly string[]): LoadFact => ({
    ...{ alarmId: 'a', onsetMs: 1, bedId: null, encounterId: null, conditionCode: 'x', priorityRank: 2, isTechnical: false },
    ...{ isFlapping: false, wasShelved: false, label: null },
    escalation: {
      ...{ startedWallMs: 0, step: 0, isExhausted: false, firstPageWallMs: 1, acceptedWallMs: null, arrivedWallMs: null },
      ...{ declines: 0, paged: staff },
    },
  });
  const bands = (staff: readonly string[]) => {
    const count = new LoadCount();
    count.add([paged(staff)]);
    return count.result(range, BEDS).pagesPerPerson;
  };
  expect(bands(['a', 'b', 'c', 'd', 'a'])).toBeNull();
  expect(bands(['a', 'b', 'c', 'd', 'e'])?.[0]).toEqual({ band: '1 to 10', people: 5 });
});
