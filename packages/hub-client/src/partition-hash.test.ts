import { partitionHash, partitionOf } from './partition-hash.js';

/** Vectors of the service's hash: key, hash, partition of 4, of 8 and of 32. */
const VECTORS: readonly [string, number, string, string, string][] = [
  ['', 0, '0', '0', '0'],
  ['a', -16220, '0', '4', '28'],
  ['device-17', -8360, '0', '0', '8'],
  ['abcdefghijkl', -2373, '1', '5', '5'],
  ['abcdefghijklm', -31855, '3', '7', '15'],
  ['wörld', 6486, '2', '6', '22'],
];

test.each(VECTORS)('the key %p has the hash and partitions that the service gives it', (key, hash, of4, of8, of32) => {
  expect(partitionHash(key)).toBe(hash);
  expect([partitionOf(key, 4), partitionOf(key, 8), partitionOf(key, 32)]).toEqual([of4, of8, of32]);
});

test('beds of one care unit spread over all partitions', () => {
  const used = new Set(Array.from({ length: 200 }, (_, i) => partitionOf(`bed:icu-${i + 1}`, 8)));
  expect(used.size).toBe(8);
});
