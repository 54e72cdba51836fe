import { RateLimiter } from './rate-limiter.js';

test('a key has its allowance per window, and is told how long to wait', () => {
  const limiter = new RateLimiter({ max: 2, windowMs: 1000, keysMax: 10 });
  expect([limiter.take('a', 0), limiter.take('a', 10), limiter.take('a', 400)]).toEqual([0, 0, 600]);
  expect(limiter.take('b', 400)).toBe(0);
  expect(limiter.take('a', 1000)).toBe(0);
});

test('forgiving gives the allowance back', () => {
  const limiter = new RateLimiter({ max: 1, windowMs: 1000, keysMax: 10 });
  limiter.take('a', 0);
  limiter.forgive('a');
  expect(limiter.take('a', 1)).toBe(0);
});

test('memory is bounded', () => {
  const limiter = new RateLimiter({ max: 1, windowMs: 1000, keysMax: 3 });
  for (let i = 0; i < 100; i++) limiter.take(`k${i}`, 0);
  expect(limiter.size).toBe(3);
});
