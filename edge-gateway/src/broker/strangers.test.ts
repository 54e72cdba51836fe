import { type Stranger, Strangers } from './strangers.js';

const strangers = (): Strangers => new Strangers({ strangersMax: 5, strangersPerAddressMax: 2, strangerSeconds: 5 });
let out: string[];
beforeEach(() => (out = []));

const from = (address: string | null, name: string, sinceSecond = 0): Stranger => ({
  address,
  sinceSecond,
  turnOut: (reason) => out.push(`${name} ${reason}`),
});

test('too many of one address cost the oldest of that address its place', () => {
  const all = strangers();
  for (const name of ['a1', 'a2', 'a3']) all.add(from('10.0.0.1', name));
  all.add(from('10.0.0.2', 'b1'));
  expect(out).toEqual(['a1 strangers']);
  expect(all.size).toBe(3);
});

test('too many in all cost the oldest its place; those of this machine share one address and count only here', () => {
  const all = strangers();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) all.add(from(null, name));
  expect(out).toEqual(['a strangers']);
});

test('whoever logged in is counted no longer', () => {
  const all = strangers();
  const honest = from('10.0.0.1', 'honest');
  all.add(honest);
  all.remove(honest);
  for (const name of ['a1', 'a2']) all.add(from('10.0.0.1', name));
  all.endSecond(100);
  expect(out).toEqual(['a1 connect-timeout', 'a2 connect-timeout']);
  expect(all.size).toBe(0);
});

test('nobody stays a stranger for longer than the limit', () => {
  const all = strangers();
  all.add(from(null, 'old', 0));
  all.add(from(null, 'young', 3));
  all.endSecond(4);
  expect(out).toEqual([]);
  all.endSecond(5);
  expect(out).toEqual(['old connect-timeout']);
});
