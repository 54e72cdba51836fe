import { Logger } from '@nestjs/common';
import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { RuleSetVersions } from '../ports/rule-set-versions.js';
import { RuleActivation } from './rule-activation.service.js';

beforeAll(() => Logger.overrideLogger(false));

const HASH = 'a'.repeat(64);

/** Answers each look with the next of `answers`; nothing is due after them. */
function activation(answers: readonly (Error | string)[], nextDueMs: () => number | null = () => null) {
  const clock = new FakeClock(1_000_000);
  const looks: number[] = [];
  const versions: Pick<RuleSetVersions, 'activateDue' | 'nextDueMs'> = {
    activateDue: () => {
      const answer = answers[looks.length];
      looks.push(clock.nowMs() - 1_000_000);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ inForce: answer === undefined ? [] : [answer], refused: [] });
    },
    nextDueMs: () => Promise.resolve(nextDueMs()),
  };
  return { clock, looks, service: new RuleActivation(versions as RuleSetVersions, clock as unknown as AppClock) };
}

test('what is due is looked for at the start, each minute, and when its date has come', async () => {
  const { clock, looks, service } = activation([HASH], () => (clock.nowMs() < 1_090_000 ? 1_090_000 : null));
  await service.look();
  await clock.advance(60_000);
  await clock.advance(30_000);
  expect(looks).toEqual([0, 60_000, 90_000]);
  await service.beforeApplicationShutdown();
  await clock.advance(600_000);
  expect(looks).toHaveLength(3);
});

test('a rule set that can not be read, or a store that is away, stops neither the platform nor the looking', async () => {
  const { clock, looks, service } = activation([new SyntaxError('of a newer version'), new PlatformError('store-unavailable')]);
  await service.look();
  await clock.advance(60_000);
  await clock.advance(5_000);
  expect(looks).toEqual([0, 60_000, 65_000]);
  await service.beforeApplicationShutdown();
});
