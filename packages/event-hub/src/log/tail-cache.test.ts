import type { Batch } from './batch.js';
import { TailBudget } from './tail-budget.js';
import { TailCache } from './tail-cache.js';

const batch = (firstSequence: number, bytes = 100): Batch =>
  ({ partition: 0, firstSequence, count: 1, bytes: Buffer.alloc(bytes) }) as Batch;
const held = (tail: TailCache): number[] => [...Array(20).keys()].filter((sequence) => tail.find(0, sequence) !== null);

test('the logs of all hubs share one budget, and a busy one takes nothing from one that is quiet', () => {
  const budget = new TailBudget(1000);
  const quiet = new TailCache(1, budget);
  const busy = new TailCache(1, budget);
  for (let i = 0; i < 3; i++) quiet.add(batch(i));
  for (let i = 0; i < 15; i++) busy.add(batch(i));
  expect(quiet.usedBytes + busy.usedBytes).toBe(1000);
  expect(held(quiet)).toEqual([0, 1, 2]);
  expect(held(busy)).toEqual([8, 9, 10, 11, 12, 13, 14]);
});

test('a log that is closed gives its part back', () => {
  const budget = new TailBudget(1000);
  const closed = new TailCache(1, budget);
  const other = new TailCache(1, budget);
  for (let i = 0; i < 8; i++) closed.add(batch(i));
  closed.close();
  for (let i = 0; i < 12; i++) other.add(batch(i));
  expect(other.usedBytes).toBe(1000);
});

test('a batch larger than the budget is not kept', () => {
  const tail = new TailCache(1, new TailBudget(50));
  tail.add(batch(0));
  expect([held(tail), tail.usedBytes]).toEqual([[], 0]);
});
