import { type MetricName, metricRow, type StayLimits } from '@vigil/contracts';
import { decimalsOf, enteredNumber, shownNumber } from './format.js';

/** What a person typed of one limit: the number in the metric's own unit, null for none, or that it is no number. */
export type TypedLimit = { readonly ok: true; readonly value: number | null } | { readonly ok: false };

/**
 * With a comma or a point, in the unit that the site shows.
 *
 * @param was the limit that the field showed at first: while its text stays, so does the limit, also one with more digits than are shown
 */
export function typedLimit(metric: MetricName, typed: string, was: number | null = null): TypedLimit {
  const text = typed.trim().replace(',', '.');
  if (was !== null && text === limitField(metric, was)) return { ok: true, value: was };
  if (text === '') return { ok: true, value: null };
  if (!/^-?\d{1,4}(\.\d{1,2})?$/.test(text)) return { ok: false };
  return { ok: true, value: enteredNumber(metric, Number(text)) };
}

/** As it stands in the field at first: digits that come back as the same limit. */
export const limitField = (metric: MetricName, limit: number | null): string =>
  limit === null ? '' : String(Number(shownNumber(metric, limit).toFixed(Math.max(1, decimalsOf(metric)))));

/** Why it can't be sent; null where it can. What the server knows better (who may widen, what is plausible for the unit) it says. */
export function limitProblem(
  metric: MetricName,
  low: TypedLimit,
  high: TypedLimit,
): 'number' | 'none' | 'order' | 'implausible' | null {
  if (!low.ok || !high.ok) return 'number';
  if (low.value === null && high.value === null) return 'none';
  if (low.value !== null && high.value !== null && low.value >= high.value) return 'order';
  const row = metricRow(metric);
  if (row.kind !== 'numeric') return 'implausible';
  const [least, most] = row.plausible;
  return [low.value, high.value].some((value) => value !== null && (value < least || value > most)) ? 'implausible' : null;
}

/** Farther out than the unit's on a side: it will alarm less, which takes a physician. */
export function isWider({ unit }: Pick<StayLimits, 'unit'>, low: number | null, high: number | null): boolean {
  const lower = low !== null && unit.low !== null && low < unit.low;
  return lower || (high !== null && unit.high !== null && high > unit.high);
}
