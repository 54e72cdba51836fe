import type { HistoryGap, HistoryPoint } from '@vigil/contracts';
import fc from 'fast-check';
import { holes, joinMs, pieces, type Trend, trendSummary } from './trend.js';
import { pointAt, trendData, valueRange } from './trend-data.js';

const point = (atMs: number, value: number | null = 80, low = value, high = value): HistoryPoint =>
  ({ atMs, value, min: low, max: high, count: value === null ? 0 : 1 }) as HistoryPoint;
const every = (stepMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, i) => point(fromMs + i * stepMs));
const hr = (points: HistoryPoint[], everyMs = 0): Trend => ({ metric: 'heartRate', points, everyMs });
const cuff = (points: HistoryPoint[]): Trend => ({ metric: 'nibpSystolic', points, everyMs: 0 });
const lost = (fromMs: number, toMs: number, reason: HistoryGap['reason'] = 'neverArrived') =>
  ({ fromMs, toMs, reason }) as Pick<HistoryGap, 'fromMs' | 'toMs' | 'reason'>;
const MIN = 60_000;

test('neighbours are one line, a silence breaks it', () => {
  const trend = hr([...every(1_000, 0, 10_000), ...every(1_000, 60_000, 70_000)]);
  expect(pieces(trend, []).map((piece) => [piece[0]!.atMs, piece.at(-1)!.atMs])).toEqual([
    [0, 9_000],
    [60_000, 69_000],
  ]);
});

test('one missing bucket is a hole, also where buckets are wide', () => {
  const trend = hr([point(0), point(MIN), point(3 * MIN), point(4 * MIN)], MIN);
  expect(pieces(trend, [])).toHaveLength(2);
  expect(holes([trend], { fromMs: 0, toMs: 5 * MIN }, { lost: [] })).toEqual([{ fromMs: 2 * MIN, toMs: 3 * MIN, why: 'noData' }]);
});

test('lost messages between two samples break the line even where the samples are near', () => {
  const trend = hr(every(1_000, 0, 10_000));
  expect(pieces(trend, [lost(4_500, 4_600)])).toHaveLength(2);
});

test('a cuff is never joined', () => {
  expect(pieces(cuff(every(5 * MIN, 0, 60 * MIN)), [])).toHaveLength(12);
});

test('a device that sends once a minute is joined over its minutes', () => {
  const trend = hr(every(MIN, 0, 30 * MIN), 10_000);
  expect(joinMs(trend)).toBe(2.5 * MIN);
  expect(pieces(trend, [])).toHaveLength(1);
});

test('hourly values are not joined', () => {
  expect(pieces(hr(every(60 * MIN, 0, 24 * 60 * MIN)), [])).toHaveLength(24);
});

test('a hole says why: before the admission, away, lost, or nobody knows', () => {
  const trend = hr(every(1_000, 20 * MIN, 30 * MIN));
  const known = {
    admittedMs: 5 * MIN,
    standby: [{ fromMs: 10 * MIN, toMs: 15 * MIN }],
    lost: [lost(31 * MIN, 40 * MIN, 'evicted')],
  };
  const found = holes([trend], { fromMs: 0, toMs: 40 * MIN }, known);
  expect(found.map((hole) => [Math.round(hole.fromMs / MIN), Math.round(hole.toMs / MIN), hole.why])).toEqual([
    [0, 5, 'notAdmitted'],
    [5, 10, 'noData'],
    [10, 15, 'standby'],
    [15, 20, 'noData'],
    [30, 40, 'evicted'],
  ]);
});

test('one lost message does not explain a silence of hours', () => {
  const found = holes([hr([])], { fromMs: 0, toMs: 180 * MIN }, { lost: [lost(60 * MIN, 60 * MIN + 999)] });
  expect(found.map((hole) => [hole.toMs - hole.fromMs, hole.why])).toEqual([
    [180 * MIN, 'noData'],
    [1_000, 'neverArrived'],
  ]);
});

test('what is to come is no hole', () => {
  const trend = hr(every(1_000, 0, 10 * MIN));
  expect(holes([trend], { fromMs: 0, toMs: 60 * MIN }, { lost: [] }, 10 * MIN)).toEqual([]);
});

test('a hole of a pane is where all its metrics are silent', () => {
  const a = hr(every(1_000, 0, 10 * MIN));
  const b = { ...hr(every(1_000, 5 * MIN, 15 * MIN)), metric: 'pulseRate' as const };
  const found = holes([a, b], { fromMs: 0, toMs: 20 * MIN }, { lost: [] });
  expect(found.map((hole) => [Math.round(hole.fromMs / MIN), hole.toMs / MIN])).toEqual([[15, 20]]);
});

test('a break is null, what belongs to another series is not', () => {
  const data = trendData([hr([point(0), point(1_000), point(60_000)]), { ...hr([point(500)]), metric: 'pulseRate' }], []);
  expect(data.xs).toEqual([0, 500, 501, 1_000, 1_001, 60_000, 60_001]);
  expect(data.columns[0]).toEqual([80, undefined, undefined, 80, null, 80, null]);
  expect(data.columns[3]).toEqual([undefined, 80, null, undefined, undefined, undefined, undefined]);
  expect(data.alone).toEqual([[5], [1]]);
});

test('peaks are in the band though the mean hides them', () => {
  const data = trendData([hr([point(0, 80, 70, 190), point(MIN, 80, 79, 81)], MIN)], []);
  expect([data.columns[1], data.columns[2], data.hasBand]).toEqual([[70, 79, null], [190, 81, null], [true]]);
  expect(valueRange([hr([point(0, 80, 70, 190)], MIN)], [], 40)[1]).toBeGreaterThan(190);
});

test('the readout has no value from before a silence', () => {
  const trend = hr([point(0, 61), point(1_000, 62), point(60_000, 63)]);
  expect(pointAt(trend, 1_400, 2_500)?.value).toBe(62);
  expect(pointAt(trend, 30_000, 2_500)).toBeNull();
});

test('a summary counts samples, not buckets', () => {
  const points = [{ ...point(0, 60, 50, 70), count: 3 }, { ...point(MIN, 100, 90, 110), count: 1 }, point(2 * MIN, null)];
  expect(trendSummary(points)).toMatchObject({ min: 50, max: 110, mean: 70, count: 4, last: { value: 100 } });
  expect(trendSummary([point(0, null)])).toBeNull();
});

test('every value is drawn once and no line crosses a break', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 60 });
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 600_000 }), fc.integer({ min: 0, max: 50_000 })), { maxLength: 4 });
  fc.assert(
    fc.property(times, gaps, (list, cut) => {
      const trend = hr(list.sort((a, b) => a - b).map((atMs) => point(atMs)));
      const missing = cut.map(([fromMs, length]) => lost(fromMs, fromMs + length));
      const drawn = pieces(trend, missing);
      expect(drawn.flat()).toEqual(trend.points);
      for (const piece of drawn) {
        for (const [i, b] of piece.entries()) {
          const a = piece[i - 1];
          if (a === undefined) continue;
          expect(missing.some((gap) => gap.fromMs < b.atMs && gap.toMs >= a.atMs)).toBe(false);
        }
      }
      const { xs, columns } = trendData([trend], missing);
      expect(columns[0]!.filter((each) => each !== null && each !== undefined)).toHaveLength(trend.points.length);
      expect(xs).toEqual([...xs].sort((a, b) => a - b));
    }),
  );
});
