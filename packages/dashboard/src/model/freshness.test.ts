import { ageMs, freshness } from './freshness.js';
import { NOW, readingOf } from './test-data.js';

const EVERY_SECOND = 1_000;
const EVERY_MINUTE = 60_000;
const EVERY_QUARTER = 900_000;

describe('freshness', () => {
  test.each([
    [EVERY_SECOND, 1, 3_000, 'live'],
    [EVERY_SECOND, 1, 3_001, 'late'],
    [EVERY_SECOND, 1, 5_000, 'late'],
    [EVERY_SECOND, 1, 5_001, 'stale'],
    [EVERY_SECOND, 1, 10_001, 'lost'],
    [EVERY_MINUTE, 1, 90_000, 'live'],
    [EVERY_MINUTE, 1, 90_001, 'late'],
    [EVERY_MINUTE, 1, 180_001, 'stale'],
    [EVERY_MINUTE, 1, 360_001, 'lost'],
    [EVERY_QUARTER, 1, 2_700_000, 'held'],
    [EVERY_QUARTER, 1, 2_700_001, 'stale'],
    [EVERY_QUARTER, 60, 45_000, 'held'],
    [EVERY_QUARTER, 60, 45_001, 'stale'],
    [EVERY_MINUTE, 60, 3_000, 'live'],
    [EVERY_MINUTE, 60, 5_001, 'stale'],
  ] as const)('a metric of every %d ms at rate %d is after %d ms of wall time %s', (intervalMs, rate, age, expected) => {
    expect(freshness(age, intervalMs, rate)).toBe(expected);
  });
});

describe('ageMs', () => {
  test('a device whose clock runs ahead does not make its value younger than its receipt', () => {
    expect(ageMs(readingOf({ atMs: NOW.eventMs + 60_000, receivedWallMs: NOW.wallMs - 7_000 }), NOW)).toBe(7_000);
  });

  test('a backlog that has just arrived is as old as its measurement', () => {
    expect(ageMs(readingOf({ atMs: NOW.eventMs - 90_000, receivedWallMs: NOW.wallMs }), NOW)).toBe(90_000);
  });

  test('in a replay the measurement ages in wall time', () => {
    const reading = readingOf({ atMs: NOW.eventMs - 60_000, receivedWallMs: NOW.wallMs });
    expect(ageMs(reading, { ...NOW, rate: 60 })).toBe(1_000);
  });

  test('is never negative', () => {
    expect(ageMs(readingOf({}, -500), NOW)).toBe(0);
  });
});
