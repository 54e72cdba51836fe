/**
 * Sums beyond 2^53, as two numbers in a flat array: `cells[at] * 2^32 + cells[at + 1]`, the second one from 0 to 2^32 - 1. Exact, so that
 * the order in which readings arrive never shows in the last bit (D3), and plain JSON, which a BigInt is not.
 */
const BASE = 2 ** 32;

/** Adds a whole number of at most 2^53 in place. */
export function addWide(cells: number[], at: number, value: number): void {
  const low = cells[at + 1]! + (((value % BASE) + BASE) % BASE);
  const carry = low >= BASE ? 1 : 0;
  cells[at] = cells[at]! + Math.floor(value / BASE) + carry;
  cells[at + 1] = low - carry * BASE;
}

export function wideValue(cells: readonly number[], at: number): bigint {
  return (BigInt(cells[at]!) << 32n) + BigInt(cells[at + 1]!);
}

export function setWide(cells: number[], at: number, value: bigint): void {
  cells[at] = Number(value >> 32n);
  cells[at + 1] = Number(value & 0xffff_ffffn);
}
