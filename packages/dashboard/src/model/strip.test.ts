import fc from 'fast-check';
import { pathOf, runsOf, scaleOf } from './strip.js';

const every = (stepMs: number, count: number, fromMs = 0) =>
  Array.from({ length: count }, (_, i) => ({ atMs: fromMs + i * stepMs, value: 90 }));

test('a line is broken where nothing came for three intervals, and where messages were lost', () => {
  const points = [...every(1_000, 5), ...every(1_000, 5, 10_000)];
  expect(runsOf(points, []).map((run) => run.length)).toEqual([5, 5]);
  expect(runsOf(every(1_000, 6), [{ fromMs: 2_100, toMs: 2_900 }]).map((run) => run.length)).toEqual([3, 3]);
  expect(runsOf(every(1_000, 6), [])).toHaveLength(1);
  expect(runsOf([], [])).toEqual([]);
});

test('every reading is in exactly one run, in its order, and no run spans a gap', () => {
  const point = fc.record({ atMs: fc.integer({ min: 0, max: 90_000 }), value: fc.integer({ min: 0, max: 200 }) });
  const span = fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 1, max: 20_000 }));
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), fc.array(span, { maxLength: 4 }), (points, spans) => {
      const gaps = spans.map(([fromMs, forMs]) => ({ fromMs, toMs: fromMs + forMs }));
      const runs = runsOf(points, gaps);
      expect(runs.flat()).toHaveLength(points.length);
      for (const run of runs)
        for (const [i, { atMs }] of run.entries()) {
          const before = run[i - 1];
          if (!before) continue;
          expect(atMs).toBeGreaterThanOrEqual(before.atMs);
          expect(gaps.some(({ fromMs, toMs }) => fromMs < atMs && toMs > before.atMs)).toBe(false);
        }
    }),
  );
});

test('values and the limit stay inside the picture, also when all are the same', () => {
  const box = { width: 600, height: 100 };
  for (const values of [[90], [0], [84, 97], [-4, 300]]) {
    const { x, y } = scaleOf({ fromMs: 0, toMs: 90_000 }, values, 88, box);
    for (const value of [...values, 88]) expect(y(value)).toBeGreaterThanOrEqual(0);
    for (const value of [...values, 88]) expect(y(value)).toBeLessThanOrEqual(100);
    expect([x(0), x(90_000), x(-5)]).toEqual([0, 600, 0]);
  }
  const scale = scaleOf({ fromMs: 0, toMs: 90_000 }, [10, 20], null, box);
  expect(pathOf(every(1_000, 2), scale)).toMatch(/^M0\.0 -?[\d.]+L6\.7 /);
});
