import { readSettings } from './config.js';

const of = (rawDays: string, minuteDays: string, hourDays: string) =>
  readSettings({ VIGIL_HISTORY_RAW_DAYS: rawDays, VIGIL_HISTORY_MINUTE_DAYS: minuteDays, VIGIL_HISTORY_HOUR_DAYS: hourDays });

test('history is kept for a month, minutes for a year and a month, hours for ten years', () => {
  expect(readSettings({}).historyRetention).toEqual({ rawDays: 30, minuteDays: 400, hourDays: 3_653 });
});

test.each([
  ['30', '30', '30'],
  ['30', '0', '0'],
  ['0', '0', '0'],
])('%s, %s and %s days are taken', (...days) => {
  expect(Object.values(of(...days).historyRetention)).toEqual(days.map(Number));
});

test.each([
  ['30', '29', '400'],
  ['30', '400', '399'],
  ['0', '400', '400'],
  ['30', '0', '400'],
])('%s, %s and %s days are refused: what is coarser would be gone first', (...days) => {
  expect(() => of(...days)).toThrow('each at least as many');
});
