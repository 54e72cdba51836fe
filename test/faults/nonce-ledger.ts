import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ID_BYTES = 12;
export const LINE_BYTES = 2 * ID_BYTES;
const LINES_AT_ONCE = 10_000;

export interface NonceReport {
  readonly sealed: number;
  readonly keys: number;
  /** Of the key that sealed most. */
  readonly perKeyMax: number;
  /** Pairs of one key and one nonce that came more than once. */
  readonly repeats: number;
  readonly usesByKey: ReadonlyMap<string, number>;
}

/** Lines that were written to the end; a killed process may leave a torn one. */
export function linesIn(folder: string): number {
  const sizes = readdirSync(folder).map((name) => Math.floor(statSync(join(folder, name)).size / LINE_BYTES));
  return sizes.reduce((sum, lines) => sum + lines, 0);
}

/**
 * Counts the pairs of key and nonce in the ledgers of a folder. A nonce is compared by its last 64 bits, which hold all
 * of a counter; two random ones of ten million that agree in 64 bits by chance are to be expected once in 370,000 runs.
 */
export function countNonces(folder: string): NonceReport {
  const usesByKey = new Map<string, number>();
  eachLine(folder, (key) => usesByKey.set(key, (usesByKey.get(key) ?? 0) + 1));
  const begins = new Map<string, number>();
  let sealed = 0;
  for (const [key, uses] of usesByKey) {
    begins.set(key, sealed);
    sealed += uses;
  }
  const nonces = new BigUint64Array(sealed);
  const next = new Map(begins);
  eachLine(folder, (key, nonce) => {
    const at = next.get(key)!;
    nonces[at] = nonce;
    next.set(key, at + 1);
  });
  let repeats = 0;
  let perKeyMax = 0;
  for (const [key, uses] of usesByKey) {
    const from = begins.get(key)!;
    const ofKey = nonces.subarray(from, from + uses).sort();
    for (let n = 1; n < ofKey.length; n++) if (ofKey[n] === ofKey[n - 1]) repeats++;
    perKeyMax = Math.max(perKeyMax, uses);
  }
  return { sealed, keys: usesByKey.size, perKeyMax, repeats, usesByKey };
}

function eachLine(folder: string, take: (key: string, nonce: bigint) => void): void {
  const buffer = Buffer.alloc(LINE_BYTES * LINES_AT_ONCE);
  for (const name of readdirSync(folder)) {
    const file = openSync(join(folder, name), 'r');
    let position = 0;
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, position);
      const whole = read - (read % LINE_BYTES);
      for (let at = 0; at < whole; at += LINE_BYTES) {
        take(buffer.toString('base64url', at, at + ID_BYTES), buffer.readBigUInt64BE(at + LINE_BYTES - 8));
      }
      position += whole;
      if (whole < buffer.length) break;
    }
    closeSync(file);
  }
}
