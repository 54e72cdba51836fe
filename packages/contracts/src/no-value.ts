/**
 * Numbers that devices send for "no value". None of them can be measured: no metric takes one of them as plausible in any
 * unit that is understood (a test holds that), so a value is never mistaken for one of these.
 *
 * Source: docs/clinical.md (d) "Traps seen" and (f): -100, -32768, -8189. IEEE 11073-20601, special values of FLOAT and SFLOAT
 * (NaN, not at this resolution, the infinities) as raw mantissas [M]. The largest numbers of 16 bits, 999 and 9999 [M].
 */
const NO_VALUE_NUMBERS: ReadonlySet<number> = new Set([
  ...[-100, -8189, 999, 9999, -999, -9999],
  ...[32_767, -32_768, 65_535],
  ...[2_047, -2_048, 2_046, -2_046],
  ...[8_388_607, -8_388_608, 8_388_608, 8_388_606, -8_388_606],
]);

/** What monitors print where there is no number. */
const NO_VALUE_TEXT = /^(|\?{1,4}|-{1,4}|-\?-|NaN|N\/A|n\/a|NA)$/;

/** Whether a value stands for "no value" (null itself is that already). */
export function isNoValueCode(value: unknown): boolean {
  if (typeof value === 'number') return NO_VALUE_NUMBERS.has(value);
  return typeof value === 'string' && NO_VALUE_TEXT.test(value.trim());
}

/** The numbers, for tests and tables. */
export const NO_VALUE_CODES: readonly number[] = [...NO_VALUE_NUMBERS];
