import { policiesSearch, rotaSearch } from './on-call-search.js';

test.each([
  [
    { schedule: 'doctors', week: '2026-03-23' },
    { schedule: 'doctors', week: '2026-03-23' },
  ],
  [{ schedule: '<script>', week: '2026-13-45' }, {}],
  [{ schedule: ['a'], week: 20260323 }, {}],
  [{}, {}],
])('what a rota is asked for by its address: %#', (search, read) => {
  expect(rotaSearch(search)).toEqual(read);
});

test('a policy is named by its whole hash', () => {
  const policy = 'a'.repeat(64);
  expect([policiesSearch({ policy }), policiesSearch({ policy: 'abc' }), policiesSearch({})]).toEqual([{ policy }, {}, {}]);
});
