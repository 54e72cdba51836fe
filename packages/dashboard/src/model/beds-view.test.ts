import type { BedId, StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import { ranked } from './alarm-order.js';
import { bedOrder } from './bed-order.js';
import { bedsSearch } from './beds-search.js';
import { gatewayLoss, ranges, withoutEchoes } from './gateway-loss.js';
import { gridShape, TILE_MIN } from './grid-shape.js';
import { Spark, SPARK_MS } from './spark.js';
import { SparkStore } from './spark-store.js';
import { alarmOf, bedOf, NOW, readingOf } from './test-data.js';
import { applyAssignment, fromSnapshot, type UnitState } from './unit-state.js';

const unitOf = (...beds: ReturnType<typeof bedOf>[]): UnitState =>
  fromSnapshot({ careUnitId: 'icu', label: 'ICU', seq: 1, serverWallMs: NOW.wallMs, beds } as never);
const numbers = (order: readonly BedId[]): number[] => order.map((id) => Number(id.split('-')[1]));
const ALL = { sort: 'fixed', show: 'all', staffId: null, eventMs: NOW.eventMs } as const;

describe('the order of the beds', () => {
  const nurse = [{ staffId: 's-1', name: 'N', role: 'primary' }];
  const score = (n: number, max: number, more: object = {}): Record<string, unknown> => ({
    scores: [
      {
        encounterId: `e-${n}`,
        score: 'news2',
        basis: 'estimate',
        total: null,
        min: 0,
        max,
        singleParameter: false,
        atMs: 1,
        validUntilMs: NOW.eventMs + 1,
        ...more,
      },
    ],
  });
  const unit = unitOf(
    bedOf(10),
    bedOf(2, score(2, 7)),
    bedOf(1, { nurses: nurse }),
    bedOf(3, score(3, 12, { validUntilMs: 5 })),
    bedOf(4, score(9, 20)),
  );
  const alarms = ranked([alarmOf('a', { bedId: 'icu-10', priority: 'low' }), alarmOf('b', { bedId: 'icu-4' })]);

  test('is fixed unless a person asks, whatever alarms', () => {
    expect(numbers(bedOrder(unit, alarms, ALL).order)).toEqual([1, 2, 3, 4, 10]);
  });

  test('by attention has the most urgent first and leaves the others in their places', () => {
    expect(numbers(bedOrder(unit, alarms, { ...ALL, sort: 'attention' }).order)).toEqual([4, 10, 1, 2, 3]);
  });

  test('by score counts only what holds and is of whoever lies there', () => {
    expect(numbers(bedOrder(unit, alarms, { ...ALL, sort: 'news' }).order)).toEqual([2, 1, 3, 4, 10]);
  });

  test('a filter says what it keeps away, and what of that alarms', () => {
    const mine = bedOrder(unit, alarms, { ...ALL, show: 'mine', staffId: 's-1' as StaffId });
    expect([numbers(mine.order), mine.hidden, mine.hiddenAlarming]).toEqual([[1], 4, 2]);
    expect(bedOrder(unit, alarms, { ...ALL, show: 'mine' }).order).toEqual([]);
    expect(numbers(bedOrder(unit, alarms, { ...ALL, show: 'alarming' }).order)).toEqual([4, 10]);
  });
});

test('an address opens what it says, and what it says wrongly opens the usual picture', () => {
  expect(bedsSearch({ density: 'dense', sort: 'news', show: 'mine', else: 1 })).toEqual({
    density: 'dense',
    sort: 'news',
    show: 'mine',
  });
  expect(bedsSearch({ density: '<b>', sort: 'fixed', show: ['mine'] })).toEqual({});
});

describe('the shape of the grid', () => {
  test.each([
    [8, 1904, 880, 'roomy'],
    [16, 1904, 880, 'middle'],
    [32, 1904, 880, 'middle'],
    [64, 1904, 880, 'dense'],
    [8, 374, 600, 'middle'],
  ] as const)('of %d beds in %d by %d is %s', (count, widthPx, heightPx, density) => {
    expect(gridShape(count, { widthPx, heightPx }, 8).density).toBe(density);
  });

  test('a choice of a person holds; no tile is ever smaller than it can be unless it scrolls', () => {
    expect(gridShape(8, { widthPx: 1904, heightPx: 880 }, 8, 'dense').density).toBe('dense');
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 300, max: 4_000 }),
      fc.integer({ min: 0, max: 2_200 }),
    );
    fc.assert(
      fc.property(sizes, ([count, widthPx, heightPx]) => {
        const { density, columns, fits } = gridShape(count, { widthPx, heightPx }, 8);
        const width = (widthPx - 8 * (columns - 1)) / columns;
        const rows = Math.ceil(count / columns);
        if (columns > 1) expect(width).toBeGreaterThanOrEqual(TILE_MIN[density].widthPx);
        if (fits) expect((heightPx - 8 * (rows - 1)) / rows).toBeGreaterThanOrEqual(TILE_MIN[density].heightPx);
      }),
    );
  });
});

describe('a lost gateway', () => {
  const lostAlarm = alarmOf('g', {
    bedId: null,
    gatewayId: 'g-2',
    conditionCode: 'gatewayLost',
    kind: 'technical',
    metric: null,
  });
  const beds = [1, 2, 3, 4, 5, 6].map((n) => bedOf(n, { coverageLost: n >= 3 && n !== 6 }));
  const unit = unitOf(...beds);

  test('is one sentence with its beds, and their silence is not told again', () => {
    const silent = alarmOf('s', { bedId: 'icu-3', conditionCode: 'noData', kind: 'technical', metric: null });
    const other = alarmOf('t', { bedId: 'icu-6', conditionCode: 'noData', kind: 'technical', metric: null });
    const real = alarmOf('u', { bedId: 'icu-4' });
    expect(gatewayLoss(unit, [lostAlarm])).toMatchObject({ gateways: ['g-2'], beds: ['Bed 3–Bed 5'], count: 3 });
    expect(withoutEchoes(unit, [lostAlarm, silent, other, real])).toEqual([lostAlarm, other, real]);
    expect(withoutEchoes(unit, [silent])).toEqual([silent]);
  });

  test('that is back is none, and neither is one whose alarm is only remembered', () => {
    expect(gatewayLoss(unit, [])).toBeNull();
    expect(gatewayLoss(unit, [{ ...lostAlarm, active: false }])).toBeNull();
  });

  test('names each bed once', () => {
    expect(
      ranges(
        unit,
        unit.order.filter((id) => id !== 'icu-3'),
      ),
    ).toEqual(['Bed 1', 'Bed 2', 'Bed 4–Bed 6']);
  });
});

describe('a small curve', () => {
  const MIN = 60_000;

  test('joins neighbours, leaves a gap where nothing was measured, and ends where the values do', () => {
    const spark = Spark.from({ fromMs: 0 as never, everyMs: MIN }, [60, 70, null, 80]);
    const path = spark.path(60 * MIN, 20);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).toMatch(/^M1\.7 100\.0h\.01L3\.3 50\.0M6\.7 0\.0h\.01$/);
  });

  test('takes a mean of what came in a span, also late', () => {
    const spark = new Spark();
    expect([spark.add(0, 60), spark.add(1, 80), spark.add(MIN, 70), spark.add(2, 100)]).toEqual([true, false, true, true]);
    expect(spark.path(60 * MIN, 10)).toMatch(/^M1\.7 0\.0h\.01L3\.3 100\.0$/);
  });

  test('is bounded and never leaves its box, whatever comes', () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 * SPARK_MS }), fc.integer({ min: 0, max: 300 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 3 * SPARK_MS }), (all, nowMs) => {
        const spark = new Spark();
        for (const [atMs, value] of all) spark.add(atMs, value);
        expect(spark.size).toBeLessThanOrEqual(120);
        for (const [, x, y] of spark.path(nowMs, 20).matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(-0.1);
          expect(Number(x)).toBeLessThanOrEqual(100);
          expect(Number(y)).toBeGreaterThanOrEqual(-0.1);
          expect(Number(y)).toBeLessThanOrEqual(100.1);
        }
      }),
    );
  });

  test('of a stay ends with it, and what the sender does not stand for is not in it', () => {
    const store = new SparkStore();
    const unit = unitOf(bedOf(1, { readings: [readingOf({ value: 60 })] }));
    store.follow(unit);
    expect(store.of('icu-1' as BedId, 'heartRate')?.size).toBe(1);
    const bad = unitOf(bedOf(1, { readings: [readingOf({ value: 300, quality: 'leadsOff' }, -90_000)] }));
    store.follow(bad);
    expect(store.of('icu-1' as BedId, 'heartRate')?.size).toBe(1);
    const other = { encounterId: 'e-9', patientId: 'p-9', displayName: 'X', birthDate: '1958-03-04', sinceMs: 1 };
    const next = applyAssignment(unit, bedOf(1, { encounter: other, readings: [readingOf({ value: 99 })] }));
    store.follow(next);
    expect(store.of('icu-1' as BedId, 'heartRate')?.path(NOW.eventMs, 20)).toMatch(/^M[\d.]+ 50\.0h\.01$/);
  });

  test('that the server has kept is gone on with', () => {
    const store = new SparkStore();
    const unit = unitOf(bedOf(1, { readings: [readingOf({ value: 60 })] }));
    const trends = {
      careUnitId: 'icu',
      fromMs: NOW.eventMs - 10 * MIN,
      everyMs: MIN,
      beds: [{ bedId: 'icu-1', encounterId: 'e-1', metric: 'heartRate', means: [...Array(9).fill(70), null] }],
    };
    store.begin(trends as never, unit);
    store.follow(unit);
    expect(store.of('icu-1' as BedId, 'heartRate')?.size).toBe(10);
  });

  test('of who has left the bed since is not drawn for who lies there now', () => {
    const means = Array<number>(10).fill(70);
    const of = { bedId: 'icu-1', encounterId: 'e-9', metric: 'heartRate', means };
    const trends = { careUnitId: 'icu', fromMs: NOW.eventMs - 10 * MIN, everyMs: MIN, beds: [of] };
    const store = new SparkStore();
    store.begin(trends as never, unitOf(bedOf(1)));
    expect(store.of('icu-1' as BedId, 'heartRate')).toBeNull();
  });
});
