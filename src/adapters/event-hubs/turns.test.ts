import { FakeClock } from '@vigil/clock';
import type { ConsumerGroup } from '../../ports/event-log.js';
import { STARVED_MS, Turns } from './turns.js';

function setUp() {
  const clock = new FakeClock();
  const rounds: (() => void)[] = [];
  const turns = new Turns(clock, (act) => void rounds.push(act));
  const read: string[] = [];
  const wait = (group: ConsumerGroup, name: string = group): void => {
    void turns.take(group).then(() => read.push(name));
  };
  const comeRound = async (): Promise<void> => {
    rounds.shift()?.();
    await Promise.resolve();
  };
  return { clock, rounds, read, wait, comeRound };
}

test('one batch begins in each turn of the event loop, those of the engine first and what others are told last', async () => {
  const { rounds, read, wait, comeRound } = setUp();
  for (const group of ['fhir', 'history', 'live', 'alarms'] as const) wait(group);
  wait('alarms', 'more alarms');
  expect(rounds).toHaveLength(1);
  await comeRound();
  expect(read).toEqual(['alarms']);
  for (let n = 0; n < 4; n++) await comeRound();
  expect(read).toEqual(['alarms', 'more alarms', 'live', 'history', 'fhir']);
  expect(rounds).toHaveLength(0);
});

test('who has waited for a quarter of a second shares the turn of the engine, the longest first, though the engine waits as long', async () => {
  const { clock, read, wait, comeRound } = setUp();
  for (const name of ['h1', 'h2']) wait('history', name);
  await clock.advance(10);
  for (let n = 0; n < 4; n++) wait('alarms', `a${n}`);
  wait('live', 'l1');
  await comeRound();
  expect(read).toEqual(['a0']);
  await clock.advance(STARVED_MS);
  for (let n = 0; n < 3; n++) await comeRound();
  expect(read).toEqual(['a0', 'a1', 'h1', 'a2', 'h2', 'a3', 'l1']);
});

test('who waits while the wall clock is set back by an hour is not forgotten', async () => {
  const { clock, read, wait, comeRound } = setUp();
  wait('history');
  for (let n = 0; n < 3; n++) wait('alarms', `a${n}`);
  await clock.advance(-3_600_000);
  await comeRound();
  expect(read).toEqual(['a0', 'history']);
});

test('nobody waits for a turn while nothing else is there to read', async () => {
  const { rounds, read, wait, comeRound } = setUp();
  wait('history');
  await comeRound();
  expect([read, rounds]).toEqual([['history'], []]);
});
