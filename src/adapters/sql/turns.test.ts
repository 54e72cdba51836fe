import { STARVED_MS, Turns } from './turns.js';

let nowMs = 0;
let turns: Turns;
let done: string[];
let ends: Map<string, (error?: Error) => void>;
beforeEach(() => {
  nowMs = 0;
  turns = new Turns(() => nowMs);
  done = [];
  ends = new Map();
});

/** Takes a turn that lasts until `end`. */
const take = (name: string, isFirst = false): Promise<string> =>
  turns.take(() => {
    done.push(name);
    return new Promise<string>((resolve, reject) =>
      ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
    );
  }, isFirst);
const end = async (name: string, error?: Error): Promise<void> => {
  ends.get(name)!(error);
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test('one at a time, in the order in which they came, and the next one also after one that failed', async () => {
  const all = ['a', 'b', 'c'].map((name) => take(name).catch((error: Error) => error.message));
  expect(done).toEqual(['a']);
  await end('a', new Error('broken'));
  expect(done).toEqual(['a', 'b']);
  await end('b');
  await end('c');
  expect(await Promise.all(all)).toEqual(['broken', 'b', 'c']);
  void take('d');
  expect(done).toEqual(['a', 'b', 'c', 'd']);
});

test('what goes first goes before all that wait, and interrupts nobody', async () => {
  for (const name of ['a', 'b', 'c']) void take(name);
  void take('alarm', true);
  void take('accept', true);
  expect(done).toEqual(['a']);
  for (const name of ['a', 'alarm', 'accept', 'b']) await end(name);
  expect(done).toEqual(['a', 'alarm', 'accept', 'b', 'c']);
});

test('whoever comes at the very end of a turn does not get before those that wait', async () => {
  void take('a').then(() => take('late'));
  void take('b');
  await end('a');
  await end('b');
  expect(done).toEqual(['a', 'b', 'late']);
});

test('who has waited for too long behind them has every other turn', async () => {
  void take('a');
  for (const name of ['old-1', 'old-2']) void take(name);
  for (const name of ['alarm-1', 'alarm-2', 'alarm-3']) void take(name, true);
  nowMs = STARVED_MS + 1;
  for (const name of ['a', 'old-1', 'alarm-1', 'old-2', 'alarm-2']) await end(name);
  expect(done).toEqual(['a', 'old-1', 'alarm-1', 'old-2', 'alarm-2', 'alarm-3']);
});
