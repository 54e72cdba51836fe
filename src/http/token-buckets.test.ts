import { TokenBuckets } from './token-buckets.js';

const buckets = () => new TokenBuckets({ capacity: 3, refillPerS: 2, keysMax: 2 });
const drain = (of: TokenBuckets, key: string, wallMs: number) => [0, 1, 2, 3].map(() => of.take(key, wallMs));

test('a burst is allowed, then as many a second as come back', () => {
  const some = buckets();
  expect(drain(some, 'a', 0)).toEqual([0, 0, 0, 500]);
  expect(some.take('a', 499)).toBeGreaterThan(0);
  expect(some.take('a', 500)).toBe(0);
  expect(some.take('a', 500)).toBe(500);
});

test('a bucket never holds more than its burst', () => {
  const some = buckets();
  some.take('a', 0);
  expect(drain(some, 'a', 3_600_000)).toEqual([0, 0, 0, 500]);
});

test('one key does not use up what another has', () => {
  const some = buckets();
  drain(some, 'a', 0);
  expect(some.take('b', 0)).toBe(0);
});

test('a clock that steps back gives nothing', () => {
  const some = buckets();
  drain(some, 'a', 10_000);
  expect(some.take('a', 0)).toBe(500);
});

test('no more keys are remembered than allowed', () => {
  const some = buckets();
  for (let i = 0; i < 100; i++) some.take(`k${i}`, 0);
  expect(some.size).toBe(2);
});
