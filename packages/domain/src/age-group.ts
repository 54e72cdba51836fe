import type { AgeGroup } from '@vigil/contracts';

/** Days of age up to which, that day included, a patient is a neonate. Source: WHO, "the first 28 days of life". */
export const NEONATE_DAYS_MAX = 28;
/** Age in years from which on a patient is an adult. Source: RCP, NEWS2 (2017): for those of 16 years and older. */
export const ADULT_YEARS_MIN = 16;

const DAY_MS = 86_400_000;

/**
 * The age group at `atMs` (event time) of somebody who was born on `birthDate`, a calendar day `YYYY-MM-DD` (UTC).
 *
 * A date that is still to come counts as today: a clock or a time zone is out, and the patient is newborn. Somebody born on
 * the last day of a February has the birthday of a common year on the first of March.
 */
export function ageGroupAt(birthDate: string, atMs: number): AgeGroup {
  const [year, month, day] = birthDate.split('-').map(Number) as [number, number, number];
  const ageDays = Math.floor(atMs / DAY_MS) - Math.floor(Date.UTC(year, month - 1, day) / DAY_MS);
  if (ageDays <= NEONATE_DAYS_MAX) return 'neonate';
  const at = new Date(atMs);
  const hadBirthday = at.getUTCMonth() + 1 > month || (at.getUTCMonth() + 1 === month && at.getUTCDate() >= day);
  const years = at.getUTCFullYear() - year - (hadBirthday ? 0 : 1);
  return years >= ADULT_YEARS_MIN ? 'adult' : 'paediatric';
}
