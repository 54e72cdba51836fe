import type { BedId, EncounterId, PatientId } from '@vigil/contracts';
import { partsOfStay, suggestedEveryMs } from './placed-parts.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test.each([
  [60_000, 0],
  [HOUR_MS, 60_000],
  [DAY_MS, 300_000],
  [7 * DAY_MS, 900_000],
  [30 * DAY_MS, HOUR_MS],
  [180 * DAY_MS, 6 * HOUR_MS],
  [9_000 * DAY_MS, DAY_MS],
])('for %i ms, buckets of %i ms are suggested', (spanMs, everyMs) => {
  expect(suggestedEveryMs({ fromMs: 5, toMs: 5 + spanMs })).toBe(everyMs);
});

test('a stay is where it lay, and only in the range', () => {
  const stay = { encounterId: 'enc' as EncounterId, patientId: 'pat' as PatientId };
  const [one, two] = ['icu-1', 'icu-2'] as [BedId, BedId];
  const places = [
    { bedId: one, fromMs: 0, toMs: 10 },
    { bedId: two, fromMs: 10, toMs: 50 },
    { bedId: one, fromMs: 60, toMs: null },
  ];
  const parts = (fromMs: number, toMs: number) =>
    partsOfStay(places, stay, { fromMs, toMs }).map((part) => [part.bedId, part.fromMs, part.toMs]);
  expect(parts(5, 20)).toEqual([
    [one, 5, 10],
    [two, 10, 20],
  ]);
  expect(parts(50, 60)).toEqual([]);
  expect(parts(40, 99)).toEqual([
    [two, 40, 50],
    [one, 60, 99],
  ]);
});
