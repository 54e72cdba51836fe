import type { MetricName, ReadingValue } from '@vigil/contracts';

/** What stands where there is no value that may be read as current. */
export const NO_VALUE = '-?-';

const two = (n: number): string => String(n).padStart(2, '0');

/** `14:03:22` in the station's time zone. */
export function clockText(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `0:07`, `12:07`, `1:02:07`; from a day on `3 d 4 h`. Never negative. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86_400) return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * `04-Mar-1958`, the form that cannot be read the other way round (NHS DSCN 04/2009). What is not a date is shown as
 * it came: a second identifier that is hidden is worse than one in a strange form.
 */
export function birthDateText(isoDate: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(isoDate) ?? [];
  const name = MONTHS[Number(month) - 1];
  return year && day && name ? `${day}-${name}-${year}` : isoDate;
}

const ONE_DECIMAL: ReadonlySet<MetricName> = new Set(['temperature', 'oxygenFlow']);

/** The digits staff expect of the metric; a coded value as it is. */
export function valueText(metric: MetricName, value: ReadingValue): string {
  if (value === null) return NO_VALUE;
  if (typeof value === 'string') return value;
  return value.toFixed(ONE_DECIMAL.has(metric) ? 1 : 0);
}

/** UCUM to what a person writes. */
export function unitText(ucum: string): string {
  return UNITS[ucum] ?? ucum;
}

const UNITS: Readonly<Record<string, string>> = {
  '/min': '/min',
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '{score}': '',
};
