import { instantOf, zoneSpans } from './zone.js';

const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(text);
const instant = (zone: string, local: string): string => {
  const localMs = at(`${local}Z`);
  return new Date(instantOf(zoneSpans(zone, localMs - 4 * DAY_MS, localMs + 4 * DAY_MS), localMs)).toISOString().slice(0, 16);
};

test.each([
  ['Europe/Vienna', '2026-03-29T01:59', '2026-03-29T00:59', 'before it is skipped'],
  ['Europe/Vienna', '2026-03-29T02:30', '2026-03-29T01:00', 'skipped: the change'],
  ['Europe/Vienna', '2026-10-25T02:30', '2026-10-25T00:30', 'twice: the first'],
  ['America/Santiago', '2026-04-04T23:30', '2026-04-05T02:30', 'twice, before midnight: the first'],
  ['America/Santiago', '2026-09-06T00:00', '2026-09-06T04:00', 'midnight that is skipped'],
  ['America/St_Johns', '2010-11-07T00:00', '2010-11-07T02:30', 'put back a minute past midnight: the day has begun'],
  ['Pacific/Apia', '2011-12-30T15:00', '2011-12-30T10:00', 'a day that never was'],
  ['Asia/Kathmandu', '2026-01-01T00:00', '2025-12-31T18:15', 'three quarters of an hour'],
])('in %s, %s is %s UTC (%s)', (zone, local, expected) => {
  expect(instant(zone, local)).toBe(expected);
});

test('before what is known it is the beginning, after it the end', () => {
  const spans = zoneSpans('UTC', DAY_MS, 2 * DAY_MS);
  expect([instantOf(spans, 0), instantOf(spans, 9 * DAY_MS)]).toEqual([DAY_MS, 2 * DAY_MS]);
});

test('what is remembered of zones and days is bounded, and forgetting it changes nothing', () => {
  const zones = Intl.supportedValuesOf('timeZone').slice(0, 120);
  const begins = () => zones.map((zone) => instant(zone, '2026-06-01T00:00'));
  expect(begins()).toEqual(begins());
  const years = zoneSpans('Europe/Vienna', at('2020-01-01T00:00Z'), at('2027-01-01T00:00Z'));
  expect(years.spans).toHaveLength(15);
  expect(zoneSpans('Europe/Vienna', at('2020-01-01T00:00Z'), at('2027-01-01T00:00Z'))).toEqual(years);
});
