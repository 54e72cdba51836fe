import fc from 'fast-check';
import { CATCH_UP, dueSegments, isRollDue, retentionTime, type SegmentAge } from './plan.js';

const DAY = 86_400_000;
const week = { ageMs: 7 * DAY, bytes: null };
const segment = (lastEnqueuedMs: number, bytes = 100): SegmentAge => ({ lastEnqueuedMs, bytes });
const NOW = 100 * DAY;

test.each([
  ['nothing is due in an empty log', [], week, 0],
  ['a segment goes when its last event has the age', [segment(NOW - 7 * DAY)], week, 1],
  ['and stays a millisecond before', [segment(NOW - 7 * DAY + 1)], week, 0],
  ['the old ones go, the young stay', [segment(1), segment(2), segment(NOW - DAY)], week, 2],
  ['without a limit of bytes size does not matter', [segment(NOW, 1e12)], week, 0],
  ['beyond the bytes the oldest go, however young', [segment(NOW), segment(NOW), segment(NOW)], { ...week, bytes: 250 }, 2],
  ['up to the bytes all stay', [segment(NOW), segment(NOW)], { ...week, bytes: 300 }, 0],
  ['the segment that is written to is not among them', [segment(NOW)], { ...week, bytes: 50 }, 1],
  ['the stricter limit counts', [segment(1), segment(2), segment(NOW)], { ...week, bytes: 350 }, 2],
])('%s', (_, sealed, retention, due) => {
  expect(dueSegments(sealed, 100, retention, NOW).segments).toBe(due);
});

test('the reason is the limit that asks for more', () => {
  const segments = [segment(1), segment(NOW), segment(NOW)];
  expect(dueSegments(segments, 0, week, NOW).reason).toBe('age');
  expect(dueSegments(segments, 0, { ...week, bytes: 100 }, NOW).reason).toBe('bytes');
});

test('a clock that leaps years ahead makes nothing old for hours, and goes back without harm', () => {
  const year = 365 * DAY;
  let time = NOW;
  for (let minute = 0; minute < 60; minute++) {
    time = retentionTime(time, { wallMs: NOW + 10 * year, elapsedMs: 60_000, newestMs: NOW + 10 * year });
  }
  expect(time - NOW).toBe(CATCH_UP * 3_600_000);
  expect(retentionTime(time, { wallMs: NOW + 3_600_000, elapsedMs: 60_000, newestMs: NOW + 10 * year })).toBe(NOW + 3_600_000);
});

test('where no time is known, neither a leap ahead nor events from the future make events old', () => {
  expect(retentionTime(null, { wallMs: NOW + 1000 * DAY, elapsedMs: 0, newestMs: NOW })).toBe(NOW);
  expect(retentionTime(null, { wallMs: NOW, elapsedMs: 0, newestMs: NOW + 1000 * DAY })).toBe(NOW);
  expect(retentionTime(null, { wallMs: NOW, elapsedMs: 0, newestMs: 0 })).toBe(NOW);
});

test('whatever the wall clock does, time never runs ahead of it nor faster than the bound', () => {
  const steps = fc.array(fc.record({ wallMs: fc.nat(1e13), elapsedMs: fc.nat(1e6) }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.nat(1e13), steps, (start, walls) => {
      let time = start;
      for (const { wallMs, elapsedMs } of walls) {
        const next = retentionTime(time, { wallMs, elapsedMs, newestMs: 0 });
        expect(next).toBeLessThanOrEqual(wallMs);
        expect(next - time).toBeLessThanOrEqual(CATCH_UP * elapsedMs);
        time = next;
      }
    }),
  );
});

test('what is kept is within the bytes or nothing but the segment that is written to, and it is the newest', () => {
  const sealed = fc.array(fc.record({ bytes: fc.nat(1000), gap: fc.nat(DAY) }), { maxLength: 30 });
  fc.assert(
    fc.property(sealed, fc.nat(1000), fc.nat(20_000), (gaps, active, bytes) => {
      let at = 0;
      const segments = gaps.map(({ bytes: size, gap }) => segment((at += gap), size));
      const due = dueSegments(segments, active, { ageMs: 7 * DAY, bytes }, at);
      const kept = segments.slice(due.segments);
      const size = kept.reduce((sum, s) => sum + s.bytes, active);
      expect(kept.length === 0 || size <= bytes).toBe(true);
      expect(kept.every((s) => s.lastEnqueuedMs > at - 7 * DAY)).toBe(true);
    }),
  );
});

test('the segment that is written to is closed after an eighth of the age, and never when it is empty', () => {
  expect(isRollDue(null, week, NOW)).toBe(false);
  expect(isRollDue(NOW - (7 * DAY) / 8, week, NOW)).toBe(false);
  expect(isRollDue(NOW - (7 * DAY) / 8 - 1, week, NOW)).toBe(true);
  expect(isRollDue(NOW - 50_000, { ageMs: 60_000, bytes: null }, NOW)).toBe(false);
});
