import fc from 'fast-check';
import { ageMs, freshness, isCurrent } from './freshness.js';
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
    [5_000, 1, 7_000, 'live'],
    [5_000, 1, 9_000, 'late'],
    [5_000, 1, 9_001, 'stale'],
    [EVERY_MINUTE, 1, 64_000, 'held'],
    [EVERY_MINUTE, 1, 64_001, 'stale'],
    [EVERY_MINUTE, 1, 3_600_001, 'lost'],
    [EVERY_QUARTER, 1, 904_000, 'held'],
    [EVERY_QUARTER, 1, 904_001, 'stale'],
    [EVERY_QUARTER, 60, 19_000, 'held'],
    [EVERY_QUARTER, 60, 19_001, 'stale'],
    [EVERY_MINUTE, 60, 5_000, 'held'],
    [EVERY_MINUTE, 60, 5_001, 'stale'],
  ] as const)('a metric of every %d ms at rate %d is after %d ms of wall time %s', (intervalMs, rate, age, expected) => {
    expect(freshness(age, intervalMs, rate)).toBe(expected);
  });
});

test('whatever the interval, a silent device is stale within 5 s of when its next value was due', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 * 3_600_000 }), fc.integer({ min: 1, max: 60 }), (intervalMs, rate) => {
      const dueMs = intervalMs / rate;
      expect(isCurrent(freshness(dueMs + 5_001, intervalMs, rate))).toBe(false);
      expect(isCurrent(freshness(dueMs, intervalMs, rate))).toBe(true);
    }),
  );
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
