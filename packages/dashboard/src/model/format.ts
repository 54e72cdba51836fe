import { type MetricName, metricRow, type ReadingValue } from '@vigil/contracts';
import { language, leftToRight, t } from '../words/words.js';
import { display } from './display.js';

/** What stands where there is no value that may be read as current. */
export const NO_VALUE = '-?-';

const two = (n: number): string => String(n).padStart(2, '0');

/** `14:03:22` in the station's time zone; `2:03:22 pm` where the site says so. */
export function clockText(ms: number): string {
  const at = new Date(ms);
  if (display.get().clock === '24h') return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return dates({ hour: 'numeric', minute: '2-digit', second: '2-digit', hour12: true }).format(at);
}

/** `0:07`, `12:07`, `1:02:07`; from a day on `3 d 4 h`. Never negative. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86_400) return t('beds:daysHours', { days: Math.floor(s / 86_400), hours: Math.floor((s % 86_400) / 3600) });
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/**
 * `04-Mar-1958`, the form that cannot be read the other way round (NHS DSCN 04/2009). What is not a date is shown as
 * it came: a second identifier that is hidden is worse than one in a strange form.
 */
export function birthDateText(isoDate: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(isoDate) ?? [];
  if (!year || !month || !day || Number(month) < 1 || Number(month) > 12) return isoDate;
  const name = dates({ month: 'short', timeZone: 'UTC' }).format(Date.UTC(2000, Number(month) - 1, 1));
  return `${day}-${name.replace(/\.$/, '')}-${year}`;
}

/** Formats are dear to make and the painter asks for them a thousand times a second. */
const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** One set of digits on a screen whatever its language: those that the bedside monitors show. */
const DIGITS = { numberingSystem: 'latn' } as const;

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // British English writes September with four letters; the form above has three.
  const tag = language()?.startsWith('en') === false ? language() : 'en-US';
  const key = `${tag} ${JSON.stringify(options)}`;
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(tag, { ...DIGITS, ...options });
  dateFormats.set(key, format);
  return format;
}

/** A number as the language writes it, without grouping: `36,6` in German. */
export function numberText(value: number, decimalsMin: number, decimalsMax = decimalsMin): string {
  const tag = language() ?? 'en-GB';
  const key = `${tag} ${decimalsMin} ${decimalsMax}`;
  let format = numberFormats.get(key);
  if (!format) {
    const options = { minimumFractionDigits: decimalsMin, maximumFractionDigits: decimalsMax, useGrouping: false } as const;
    numberFormats.set(key, (format = new Intl.NumberFormat(tag, { ...DIGITS, ...options })));
  }
  // A rounded -0.04 has no sign.
  return format.format(Object.is(Math.round(value * 10 ** decimalsMax), -0) ? 0 : value);
}

type ShownUnit = '[degF]' | 'kPa';
const KPA_PER_MMHG = 0.133322;

/** The unit that the site shows instead of the metric's own; null where it shows that. */
function otherUnit(metric: MetricName): ShownUnit | null {
  const { temperature, bloodPressure, carbonDioxide } = display.get().units;
  if (metric === 'temperature') return temperature === '[degF]' ? temperature : null;
  if (metric === 'etco2') return carbonDioxide === 'kPa' ? carbonDioxide : null;
  return metricRow(metric).unit === 'mm[Hg]' && bloodPressure === 'kPa' ? bloodPressure : null;
}

/** From the metric's own unit to the one that the site shows. A difference (a rise, a deviation) has no zero to move. */
export function shownNumber(metric: MetricName, value: number, isDifference = false): number {
  const unit = otherUnit(metric);
  if (unit === '[degF]') return value * 1.8 + (isDifference ? 0 : 32);
  return unit === 'kPa' ? value * KPA_PER_MMHG : value;
}

/** The way back, for what a person types: in the metric's own unit, at its resolution. */
export function ownNumber(metric: MetricName, shown: number): number {
  const unit = otherUnit(metric);
  const value = unit === '[degF]' ? (shown - 32) / 1.8 : unit === 'kPa' ? shown / KPA_PER_MMHG : shown;
  const row = metricRow(metric);
  const step = row.kind === 'numeric' ? row.resolution : 1;
  return Number((Math.round(value / step) * step).toFixed(6));
}

/** The site shows the metric in another unit than it is stored in. */
export const isConverted = (metric: MetricName): boolean => otherUnit(metric) !== null;

/**
 * What a person types into a form, in the metric's own unit, converted once. One decimal of kPa is three quarters of a mmHg, so
 * it is a whole number of them: what stands in a field and is left as it is comes back as the same limit, and nothing is made up.
 */
export function enteredNumber(metric: MetricName, typed: number): number {
  return otherUnit(metric) === 'kPa' ? Math.round(typed / KPA_PER_MMHG) : ownNumber(metric, typed);
}

const ONE_DECIMAL: ReadonlySet<MetricName> = new Set(['temperature', 'oxygenFlow']);

/** How many decimals staff expect of the metric, in the unit that the site shows. */
export const decimalsOf = (metric: MetricName): number => (otherUnit(metric) !== null || ONE_DECIMAL.has(metric) ? 1 : 0);

/** The digits staff expect of the metric, in the site's unit and the language's form; a coded value as it is. */
export function valueText(metric: MetricName, value: ReadingValue): string {
  if (value === null) return NO_VALUE;
  if (typeof value === 'string') return value;
  return numberText(shownNumber(metric, value), decimalsOf(metric));
}

/** A limit, without decimals that are nought: `90`, `12` kPa, `36,5`. */
export function limitNumberText(metric: MetricName, limit: number): string {
  return numberText(shownNumber(metric, limit), 0, otherUnit(metric) === null ? 3 : 1);
}

/** `50–120`, `≥ 90`, `≤ 40`; empty without any. */
export function limitRangeText(metric: MetricName, low: number | null, high: number | null): string {
  if (low !== null && high !== null) return leftToRight(`${limitNumberText(metric, low)}–${limitNumberText(metric, high)}`);
  if (low !== null) return leftToRight(`≥ ${limitNumberText(metric, low)}`);
  return high === null ? '' : leftToRight(`≤ ${limitNumberText(metric, high)}`);
}

/**
 * A value beside the limit that it is measured against, both in the site's unit. As many digits as it takes that rounding
 * does not lay the one on the other: `7.6 < 8`, never `8 < 8`.
 */
export function comparedTexts(
  metric: MetricName,
  value: number,
  limit: number,
  isDifference = false,
): { readonly value: string; readonly limit: string } {
  const [v, l] = [shownNumber(metric, value, isDifference), shownNumber(metric, limit, isDifference)];
  const [few, most] = [decimalsOf(metric), otherUnit(metric) === null ? 3 : 1];
  for (let decimals = few; decimals < DECIMALS_MAX; decimals += 1) {
    const limitDecimals = Math.max(most, decimals > few ? decimals : 0);
    const limitText = numberText(l, 0, limitDecimals);
    if (value === limit) return { value: limitText, limit: limitText };
    if (Math.sign(rounded(v, decimals) - rounded(l, limitDecimals)) === Math.sign(value - limit))
      return { value: numberText(v, Math.min(decimals, few), decimals), limit: limitText };
  }
  return { value: numberText(v, 0, DECIMALS_MAX), limit: numberText(l, 0, DECIMALS_MAX) };
}

const DECIMALS_MAX = 6;
const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** UCUM to what a person writes; never turned round: `/min` is not `min/`. */
export function unitText(ucum: string): string {
  return leftToRight(UNITS[ucum] ?? ucum);
}

/** The unit in which the site shows the metric, as a person writes it: `mmHg`, `°F`. */
export function metricUnitText(metric: MetricName): string {
  return unitText(otherUnit(metric) ?? metricRow(metric).unit);
}

const UNITS: Readonly<Record<string, string>> = {
  '/min': '/min',
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '[degF]': '°F',
  '{score}': '',
};
