const UNITS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|min|h)$/;
/** ISO 8601 with its zone: a date without one would mean another instant on another machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

export const DURATION_FORM = 'a duration such as `15 s`, `5 min` or `2 h`';
export const INSTANT_FORM = 'an instant with its zone such as `2027-01-31T07:00:00Z`';

/** Milliseconds; null for what is no duration, or no whole number of milliseconds. */
export function durationOf(text: string): number | null {
  const match = DURATION.exec(text.trim());
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] * 1_000) / 1_000;
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The same in the largest unit that needs no fraction. */
export function durationText(ms: number): string {
  const unit = (['h', 'min', 's'] as const).find((each) => ms % UNITS[each] === 0 && ms > 0) ?? (ms === 0 ? 's' : 'ms');
  return `${ms / UNITS[unit]} ${unit}`;
}

/** Epoch milliseconds; null for what is no instant. */
export function instantOf(text: string): number | null {
  const ms = INSTANT.test(text.trim()) ? Date.parse(text.trim()) : NaN;
  return Number.isSafeInteger(ms) ? ms : null;
}
