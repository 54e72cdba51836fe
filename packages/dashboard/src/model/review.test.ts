import type { HistoryPoint } from '@vigil/contracts';
import fc from 'fast-check';
import {
  everyFor,
  metricsOf,
  PANE_IDS,
  panesOf,
  reviewRows,
  reviewSearch,
  SPAN_MS_MAX,
  spanOf,
  stepped,
  zoomed,
} from './review.js';
import type { Trend } from './trend.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 14, 3, 10);

test('whatever stands in the address, the screen shows a time', () => {
  const anything = fc.dictionary(fc.constantFrom('to', 'span', 'panes', 'tab', 'rows', 'cursor', 'x'), fc.anything());
  fc.assert(
    fc.property(anything, (search) => {
      const read = reviewSearch(search);
      const { fromMs, toMs } = spanOf(read, NOW);
      expect(Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && fromMs >= 0 && toMs > fromMs).toBe(true);
      expect(toMs - fromMs).toBeLessThanOrEqual(SPAN_MS_MAX + HOUR);
      expect(metricsOf(panesOf(read)).length).toBeGreaterThan(0);
      expect(reviewSearch({ ...read })).toEqual(read);
    }),
  );
});

test('each span has at most a thousand points, and of minutes every sample', () => {
  for (const hours of [1, 4, 12, 24, 72, 240]) expect((hours * HOUR) / everyFor(hours * HOUR)).toBeLessThanOrEqual(1_000);
  expect(everyFor(10 * 60_000)).toBe(0);
});

test('unknown panes are left out, and none at all are those at first', () => {
  expect(panesOf({ panes: 'spo2,shoes,rate' })).toEqual(['rate', 'spo2']);
  expect(panesOf({ panes: 'shoes' })).toEqual(panesOf({}));
  expect(new Set(metricsOf(PANE_IDS)).size).toBe(metricsOf(PANE_IDS).length);
});

test('a step back and on comes to the same time, and never into the future', () => {
  const span = spanOf({ to: NOW - 48 * HOUR, span: 4 * HOUR }, NOW);
  const back = stepped(span, -1, NOW)!;
  expect(stepped(spanOf({ to: back, span: 4 * HOUR }, NOW), 1, NOW)).toBe(span.toMs);
  expect(stepped(spanOf({}, NOW), 1, NOW)).toBeUndefined();
});

test('zoom goes around the cursor and stays within its bounds', () => {
  const span = { fromMs: NOW - 4 * HOUR, toMs: NOW };
  expect(zoomed(span, 0.5, NOW, NOW - 3 * HOUR)).toEqual({ fromMs: NOW - 4 * HOUR, toMs: NOW - 2 * HOUR });
  expect(zoomed(span, 2, NOW)).toEqual({ fromMs: NOW - 8 * HOUR, toMs: NOW });
  expect(zoomed({ fromMs: NOW - SPAN_MS_MAX, toMs: NOW }, 2, NOW).toMs).toBe(NOW);
  expect(zoomed({ fromMs: NOW - 60_000, toMs: NOW }, 0.5, NOW)).toEqual({ fromMs: NOW - 60_000, toMs: NOW });
});

test('a row has every metric of its time, and says where few samples speak for it', () => {
  const point = (atMs: number, value: number, count: number) => ({ atMs, value, min: value, max: value, count }) as HistoryPoint;
  const of = (metric: Trend['metric'], points: HistoryPoint[]): Trend => ({ metric, points, everyMs: 60_000 });
  const rows = reviewRows([of('heartRate', [point(60_000, 80, 60), point(0, 81, 12)]), of('nibpSystolic', [point(0, 120, 1)])]);
  expect(rows.map(({ atMs, cells }) => [atMs, ...cells.map((cell) => cell && [cell.point.value, cell.isApproximate])])).toEqual([
    [0, [81, true], [120, false]],
    [60_000, [80, false], null],
  ]);
});
