import fc from 'fast-check';
import { ageGroupAt } from './age-group.js';

const at = (day: string, time = '12:00'): number => Date.parse(`${day}T${time}:00Z`);

test.each([
  ['on the day of birth', '2026-03-01', '2026-03-01', 'neonate'],
  ['when the date is still to come', '2026-03-02', '2026-03-01', 'neonate'],
  ['at 28 days', '2026-03-01', '2026-03-29', 'neonate'],
  ['at 29 days', '2026-03-01', '2026-03-30', 'paediatric'],
  ['the day before the 16th birthday', '2010-03-02', '2026-03-01', 'paediatric'],
  ['on the 16th birthday', '2010-03-01', '2026-03-01', 'adult'],
  ['born on a leap day, the day before', '2008-02-29', '2024-02-28', 'paediatric'],
  ['born on a leap day, on it', '2008-02-29', '2024-02-29', 'adult'],
  ['of old age', '1921-06-30', '2026-03-01', 'adult'],
] as const)('%s (%s at %s) the age group is that of the chart', (_name, born, day, group) => {
  expect(ageGroupAt(born, at(day, '00:00'))).toBe(group);
  expect(ageGroupAt(born, at(day, '23:59'))).toBe(group);
});

test('nobody gets younger', () => {
  const rank = { neonate: 0, paediatric: 1, adult: 2 };
  const day = fc.integer({ min: 0, max: 40_000 });
  fc.assert(
    fc.property(day, day, fc.nat(10_000), (born, first, more) => {
      const birthDate = new Date(born * 86_400_000).toISOString().slice(0, 10);
      const before = ageGroupAt(birthDate, first * 86_400_000);
      expect(rank[ageGroupAt(birthDate, (first + more) * 86_400_000)]).toBeGreaterThanOrEqual(rank[before]);
    }),
  );
});
