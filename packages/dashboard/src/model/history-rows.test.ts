import type { EpochMs, HistoryGap } from '@vigil/contracts';
import '../words/english-for-tests.js';
import { display } from './display.js';
import { chartRows, gapText } from './history-rows.js';
import { minuteText } from './time-words.js';

const MINUTE_MS = 60_000;
const gap = (fromMin: number, toMin: number, more: Partial<HistoryGap> = {}): HistoryGap => ({
  fromMs: (fromMin * MINUTE_MS) as EpochMs,
  toMs: (toMin * MINUTE_MS) as EpochMs,
  count: 12,
  reason: 'evicted',
  deviceId: 'mon-1',
  ...more,
});
const values = (...minutes: number[]) => ({
  items: minutes.map((m) => ({ atMs: (m * MINUTE_MS) as EpochMs, value: 1, min: 1, max: 1, count: 1 })),
});

test('gaps stand between the values at their time', () => {
  const rows = chartRows([values(0, 10, 20), values(10)], [gap(10, 12), gap(15, 16)]);
  expect(rows.map(({ kind, atMs }) => `${kind} ${atMs / MINUTE_MS}`)).toEqual([
    'values 0',
    'gap 10',
    'values 10',
    'gap 15',
    'values 20',
  ]);
});

test('a bad hour is summed up, and no message is left out', () => {
  const many = Array.from({ length: 300 }, (_, i) => gap(i / 10, i / 10, { count: 2, reason: i % 2 ? 'evicted' : 'damaged' }));
  const rows = chartRows([], many);
  expect(rows).toHaveLength(22);
  expect(rows.reduce((sum, row) => sum + (row.kind === 'gap' ? row.gap.count : 0), 0)).toBe(600);
});

test('a gap says how much is missing, when, and why', () => {
  const at = (min: number): string => minuteText(min * MINUTE_MS);
  expect(gapText(gap(1, 3))).toBe(`12 messages lost, ${at(1)} to ${at(3)}: given up by the full gateway (mon-1)`);
  const one = gap(1, 1, { count: 1, reason: 'damaged', deviceId: null });
  expect(gapText(one)).toBe(`1 message lost, about ${at(1)}: no longer readable at the gateway`);
});

test('times of a gap are on the clock of the site, and whole', () => {
  const before = display.get();
  display.set({ ...before, clock: '12h' });
  expect(gapText(gap(1, 3))).toMatch(/, \d\d:\d\d [ap]m to \d\d:\d\d [ap]m: /);
  display.set(before);
});
