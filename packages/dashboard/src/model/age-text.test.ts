import '../words/english-for-tests.js';
import { ageText } from './age-text.js';

const at = (iso: string): number => new Date(`${iso}T12:00:00`).getTime();

test.each([
  ['1958-03-04', '2026-03-03', '67 years'],
  ['1958-03-04', '2026-03-04', '68 years'],
  ['2024-02-29', '2026-02-28', '23 months'],
  ['2025-01-31', '2025-02-28', '28 days'],
  ['2025-01-31', '2025-03-01', '1 month'],
  ['2026-01-01', '2026-01-01', '0 days'],
  ['2026-01-02', '2026-01-01', ''],
  ['', '2026-01-01', ''],
  ['about 1960', '2026-01-01', ''],
])('born %s is on %s: %s', (born, day, age) => {
  expect(ageText(born, at(day))).toBe(age);
});
