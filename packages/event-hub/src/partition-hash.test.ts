import { hashKey, partitionOfKey } from './partition-hash.js';

test.each([
  ['', 0, 0, 0, 0],
  ['a', -16220, 0, 4, 28],
  ['device-17', -8360, 0, 0, 8],
  ['abcdefghijkl', -2373, 1, 5, 5],
  ['abcdefghijklm', -31855, 3, 7, 15],
  ['wörld', 6486, 2, 6, 22],
])('the key %j hashes as the service hashes it', (key, hash, of4, of8, of32) => {
  expect(hashKey(key)).toBe(hash);
  expect([4, 8, 32].map((n) => partitionOfKey(key, n))).toEqual([of4, of8, of32]);
});
