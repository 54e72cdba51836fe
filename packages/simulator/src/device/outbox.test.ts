import { Outbox, type OutMessage } from './outbox.js';

const limits = { ageMsMax: 60_000, countMax: 100, inFlightMax: 3 };
const message = (seq: number, measuredWallMs = seq * 1000): OutMessage => ({ seq, measuredWallMs, payload: `${seq}` });
const filled = (count: number, more = {}): Outbox => {
  const outbox = new Outbox({ ...limits, ...more });
  for (let seq = 0; seq < count; seq++) outbox.put(message(seq));
  return outbox;
};
const takeAll = (outbox: Outbox): number[] => {
  const taken: number[] = [];
  for (let next = outbox.take(); next !== null; next = outbox.take()) taken.push(next.seq);
  return taken;
};

test('messages go out in order, and no more than the window at a time', () => {
  const outbox = filled(5);
  expect(takeAll(outbox)).toEqual([0, 1, 2]);
  outbox.acknowledged(1);
  expect(takeAll(outbox)).toEqual([3]);
});

test('after a reconnect everything unacknowledged goes out again, in order', () => {
  const outbox = filled(4);
  takeAll(outbox);
  outbox.acknowledged(0);
  outbox.reconnected();
  expect(takeAll(outbox)).toEqual([1, 2, 3]);
});

test('messages older than a minute are dropped, oldest first, and counted', () => {
  const outbox = filled(70);
  expect(outbox.size).toBe(61);
  expect(outbox.dropped).toBe(9);
  expect(outbox.take()?.seq).toBe(9);
});

test('the count is bounded also when all came in the same moment', () => {
  const outbox = filled(0);
  for (let seq = 0; seq < 250; seq++) outbox.put(message(seq, 0));
  expect(outbox.size).toBe(100);
});

test('a message dropped while it was on its way frees its place, and its late acknowledgement is harmless', () => {
  const outbox = filled(3);
  takeAll(outbox);
  outbox.put(message(3, 62_000));
  expect(outbox.dropped).toBe(2);
  expect(takeAll(outbox)).toEqual([3]);
  outbox.acknowledged(0);
  expect(outbox.size).toBe(2);
});
