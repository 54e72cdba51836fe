import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { againWhileBusy, START_WAIT_MS } from './while-busy.js';

const away = (retryable = true) => new PlatformError('store-unavailable', {}, retryable);

function scene(answers: readonly (Error | string)[]) {
  const clock = new FakeClock(0);
  const said: string[] = [];
  let tries = 0;
  const work = (): Promise<string> => {
    const answer = answers[Math.min(tries++, answers.length - 1)]!;
    return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
  };
  const outcome = againWhileBusy(work, clock, (code) => said.push(code)).catch((error: unknown) => error);
  const seconds = async (count: number): Promise<void> => {
    for (let s = 0; s < count; s++) await clock.advance(1_000);
  };
  return { seconds, said, outcome, tries: () => tries };
}

test('a store that is busy is asked again until it answers, and that it is waited for is said once', async () => {
  const { seconds, said, outcome, tries } = scene([away(), away(), away(), 'seeded']);
  await seconds(10);
  expect(await outcome).toBe('seeded');
  expect(tries()).toBe(4);
  expect(said).toEqual(['store-unavailable']);
});

test('a store that does not answer for a minute ends the start, with what it said last', async () => {
  const { seconds, outcome, tries } = scene([away()]);
  await seconds(START_WAIT_MS / 1_000 + 5);
  expect(await outcome).toMatchObject({ code: 'store-unavailable' });
  expect(tries()).toBeGreaterThan(30);
});

test.each([
  ['an outage that does not pass', away(false)],
  ['another refusal', new PlatformError('conflict')],
  ['a bug', new Error('a bug')],
])('%s ends it at once', async (_, error) => {
  const { said, outcome, tries } = scene([error, 'seeded']);
  expect(await outcome).toBe(error);
  expect(tries()).toBe(1);
  expect(said).toEqual([]);
});
