import { t } from '../words/words.js';

const DAY_MS = 86_400_000;

/** How old somebody is: days in the first month, months in the first two years, then years. Empty where it can't be told. */
export function ageText(birthDate: string, atMs: number): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate) ?? [];
  if (!year || !month || !day) return '';
  const at = new Date(atMs);
  const bornMs = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  const days = Math.floor((atMs - bornMs) / DAY_MS);
  if (!(days >= 0)) return '';
  const before = at.getDate() < Number(day) ? 1 : 0;
  const months = (at.getFullYear() - Number(year)) * 12 + at.getMonth() + 1 - Number(month) - before;
  if (months < 1) return t('bed:days', { count: days });
  return months < 24 ? t('bed:months', { count: months }) : t('bed:years', { count: Math.floor(months / 12) });
}
