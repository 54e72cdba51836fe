import { BLIND_AFTER, BlindKeys } from './blind-keys.js';

test('a bed is not watched once the engine has failed in three of its events in a row, and is again after one that worked', () => {
  const keys = new BlindKeys();
  const fail = (key: string, times: number) => Array.from({ length: times }, () => (keys.failed(key), keys.count));
  expect(fail('bed:a', BLIND_AFTER + 1)).toEqual([0, 0, 1, 1]);
  expect(fail('bed:b', BLIND_AFTER - 1)).toEqual([1, 1]);
  keys.worked('bed:b');
  expect(fail('bed:b', BLIND_AFTER)).toEqual([1, 1, 2]);
  keys.worked('bed:a');
  keys.worked('bed:a');
  expect(keys.count).toBe(1);
});
