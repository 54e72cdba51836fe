import '../words/english-for-tests.js';
import { type BedView, CareUnitDelta, CareUnitSnapshot } from '@vigil/contracts';
import { reporting, reportingText } from './bed-status.js';
import { bedOf, NOW, readingOf } from './test-data.js';
import { applyAssignment, applyDelta, fromSnapshot } from './unit-state.js';

const unit = (...beds: BedView[]) =>
  fromSnapshot(CareUnitSnapshot.parse({ careUnitId: 'icu', label: 'ICU', seq: 7, serverWallMs: NOW.wallMs, beds }));
const delta = (seq: number, ...beds: unknown[]) =>
  CareUnitDelta.parse({ careUnitId: 'icu', seq, serverWallMs: NOW.wallMs, beds });

test('beds stand by number, whatever order the server sends', () => {
  expect(unit(bedOf(10), bedOf(2), bedOf(1)).order).toEqual(['icu-1', 'icu-2', 'icu-10']);
});

describe('applyDelta', () => {
  test('replaces the readings it names and keeps the others and the bed', () => {
    const before = unit(bedOf(1, { readings: [readingOf(), readingOf({ metric: 'spo2', value: 97, unit: '%' })] }));
    const outcome = applyDelta(before, delta(8, { bedId: 'icu-1', readings: [readingOf({ value: 80 })] }));
    if (outcome.kind !== 'applied') throw new Error(outcome.kind);
    const [bedId] = before.order;
    expect([...(outcome.state.readings.get(bedId!)?.values() ?? [])].map((r) => r.value)).toEqual([80, 97]);
    expect(outcome.state.beds.get(bedId!)).toBe(before.beds.get(bedId!));
  });

  test('a bed that loses its coverage changes', () => {
    const outcome = applyDelta(unit(bedOf(1)), delta(8, { bedId: 'icu-1', readings: [], coverageLost: true }));
    expect(outcome.kind === 'applied' && [...outcome.state.beds.values()][0]?.coverageLost).toBe(true);
  });

  test('a bed whose scores have changed has those, and keeps them while nothing is said of them', () => {
    const score = { encounterId: 'e-1', score: 'news2', basis: 'estimate', total: 6, min: 6, max: 6, singleParameter: false };
    const scores = [{ ...score, atMs: NOW.eventMs, validUntilMs: NOW.eventMs + 1 }];
    const outcome = applyDelta(unit(bedOf(1)), delta(8, { bedId: 'icu-1', readings: [], scores }));
    if (outcome.kind !== 'applied') throw new Error(outcome.kind);
    expect([...outcome.state.beds.values()][0]?.scores).toEqual(scores);
    const next = applyDelta(outcome.state, delta(9, { bedId: 'icu-1', readings: [readingOf()], coverageLost: true }));
    expect(next.kind === 'applied' && [...next.state.beds.values()][0]?.scores).toEqual(scores);
  });

  test.each([
    ['old', 7],
    ['gap', 9],
  ])('%s, when seq 7 is followed by %d', (kind, seq) => {
    expect(applyDelta(unit(bedOf(1)), delta(seq)).kind).toBe(kind);
  });

  test('a bed that nobody knows is a gap', () => {
    expect(applyDelta(unit(bedOf(1)), delta(8, { bedId: 'icu-9', readings: [] })).kind).toBe('gap');
  });
});

test('no number of one patient stands under the name of the next', () => {
  const before = unit(bedOf(1, { readings: [readingOf()] }));
  const after = applyAssignment(before, bedOf(1, { encounter: { ...bedOf(2).encounter } }));
  expect(after.readings.get(before.order[0]!)?.size).toBe(0);
});

test('silence names how many beds it speaks for, and the beds that it does not', () => {
  const beds = unit(
    bedOf(1, { readings: [readingOf()] }),
    bedOf(2, {
      readings: [readingOf({}, 60_000), readingOf({ metric: 'temperature', value: 37, unit: 'Cel', intervalMs: 60_000 }, 60_000)],
    }),
    bedOf(3, { encounter: null }),
    bedOf(4, { coverageLost: true, readings: [readingOf()] }),
  );
  expect(reporting(beds, NOW)).toEqual({ occupied: 3, reporting: 1, empty: 1, missing: ['Bed 2', 'Bed 4'], standby: [] });
  const away = reporting(beds, NOW, new Set(['icu-4' as never]));
  expect(reportingText(away, NOW.wallMs)).toMatch(/NOT reporting: Bed 2\. On standby: Bed 4\.$/);
  expect(reportingText(reporting(beds, NOW), NOW.wallMs)).toMatch(
    /^1 of 3 beds reporting at \d\d:\d\d:\d\d\. NOT reporting: Bed 2, Bed 4\.$/,
  );
});
