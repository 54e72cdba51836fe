import { ageYearsOf } from './export-csv.js';

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);

test.each([
  ['1960-06-01', '2026-05-31', '65'],
  ['1960-06-01', '2026-06-01', '66'],
  ['2026-06-01', '2026-06-02', '0'],
  ['1936-11-22', '2026-11-21', '89'],
  ['1936-11-22', '2026-11-22', '90+'],
  ['1910-01-01', '2026-11-22', '90+'],
  ['2027-01-01', '2026-11-22', null],
  ['not a day', '2026-11-22', null],
])('born %s, at %s: %s years', (birthDate, day, years) => {
  expect(ageYearsOf(birthDate, at(day))).toBe(years);
});
