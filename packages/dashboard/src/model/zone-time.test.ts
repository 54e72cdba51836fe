import '../words/english-for-tests.js';
import { addDays, atLocal, endIn, localDate, localDays, localTime, mondayOf, spanIn } from './zone-time.js';

const VIENNA = 'Europe/Vienna';
const at = (text: string): number => Date.parse(text);

test.each([
  ['2026-03-26', '2026-03-23'],
  ['2026-03-23', '2026-03-23'],
  ['2026-03-29', '2026-03-23'],
  ['2027-01-01', '2026-12-28'],
])('the week of %s begins on Monday %s', (date, monday) => {
  expect(mondayOf(date)).toBe(monday);
});

test('days of a week in which the clock changes are as long as they are there', () => {
  expect(localDays('2026-03-23', 7, VIENNA).map(({ hours }) => hours)).toEqual([24, 24, 24, 24, 24, 24, 23]);
  expect(localDays('2026-10-19', 7, VIENNA).map(({ hours }) => hours)).toEqual([24, 24, 24, 24, 24, 24, 25]);
  expect(localDays('2026-10-04', 1, 'Australia/Lord_Howe')[0]!.hours).toBe(23.5);
});

test.each([
  ['2026-03-28', '07:00', VIENNA, '2026-03-28T06:00Z'],
  ['2026-03-29', '07:00', VIENNA, '2026-03-29T05:00Z'],
  // 02:30 is skipped, and happens twice in autumn.
  ['2026-03-29', '02:30', VIENNA, '2026-03-29T01:30Z'],
  ['2026-10-25', '02:30', VIENNA, '2026-10-25T00:30Z'],
  ['2026-01-05', '00:00', 'Asia/Kathmandu', '2026-01-04T18:15Z'],
  ['2026-07-01', '23:59', 'America/New_York', '2026-07-02T03:59Z'],
])('%s %s in %s is %s', (date, time, zone, iso) => {
  expect(atLocal(date, time, zone)).toBe(at(iso));
});

test('what an input is given comes back as the same moment, every half hour of two years', () => {
  for (let ms = at('2026-01-01T00:00Z'); ms < at('2028-01-01T00:00Z'); ms += 1_800_000) {
    const back = atLocal(localDate(ms, VIENNA), localTime(ms, VIENNA), VIENNA);
    // The second of two hours of one name is said by its first.
    if (back !== ms) expect([ms - back, new Date(ms).getUTCMonth()]).toEqual([3_600_000, 9]);
  }
});

test('a day has no time zone and no clock', () => {
  expect([addDays('2026-03-28', 2), addDays('2026-12-31', 1), addDays('2028-03-01', -1)]).toEqual([
    ...['2026-03-30', '2027-01-01', '2028-02-29'],
  ]);
});

test.each([
  ['2026-03-26T01:00Z', '2026-03-26T03:00Z', 'Thu 26 Mar 02:00–04:00'],
  ['2026-03-26T21:00Z', '2026-03-26T23:00Z', 'Thu 26 Mar 22:00–24:00'],
  ['2026-03-26T21:00Z', '2026-03-27T05:00Z', 'Thu 26 Mar 22:00 – Fri 27 Mar 06:00'],
  ['2026-03-29T00:30Z', '2026-03-29T01:30Z', 'Sun 29 Mar 01:30–03:30'],
])('a span %s to %s is said as %s', (from, to, text) => {
  expect(spanIn({ fromMs: at(from), toMs: at(to) }, VIENNA)).toBe(text);
});

test('midnight as an end is 24:00 of the day before, on the clock there', () => {
  expect([endIn(at('2026-03-26T23:00Z'), VIENNA), endIn(at('2026-03-26T06:00Z'), VIENNA)]).toEqual(['24:00', '07:00']);
});
