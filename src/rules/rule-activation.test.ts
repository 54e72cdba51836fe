import { Logger } from '@nestjs/common';
import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { RuleSet } from '@vigil/contracts';
import { site } from '../../test/contract/sql-fixture.js';
import { Readiness } from '../health/readiness.js';
import type { AppClock } from '../ports/app-clock.js';
import type { RuleSetVersions } from '../ports/rule-set-versions.js';
import type { RuleSets } from '../ports/rule-sets.js';
import { RuleActivation } from './rule-activation.service.js';

beforeAll(() => Logger.overrideLogger(false));

const HASH = 'a'.repeat(64);

/** Answers each look with the next of `answers`; nothing is due after them. */
function activation(
  answers: readonly (Error | string)[],
  nextDueMs: () => number | null = () => null,
  ruleSet: () => RuleSet = () => site.ruleSet,
) {
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
  const appClock = clock as unknown as AppClock;
  const readiness = new Readiness(appClock);
  const ruleSets: Pick<RuleSets, 'active'> = { active: () => Promise.resolve({ hash: HASH, ruleSet: ruleSet() }) };
  const service = new RuleActivation(versions as RuleSetVersions, ruleSets as RuleSets, appClock, readiness);
  return { clock, looks, readiness, service };
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

test('rules in force that can not run are named by the readiness check, and patients are watched all the same', async () => {
  const lost = { kind: 'composite', id: 'lost', when: { rule: 'nowhere' }, priority: 'low', source: 'test' };
  let ruleSet = RuleSet.parse({ v: 2, name: 'x', latenessMs: 0, rules: [lost] });
  const { clock, readiness, service } = activation([], undefined, () => ruleSet);
  readiness.expect('alarms', { staleMs: 1_000_000 }).ok();
  await service.look();
  const reason = 'rules-left-out: 1 can not run (lost)';
  expect(readiness.report()).toMatchObject({ ready: true, parts: [{ name: 'rules', ready: false, reason }, { name: 'alarms' }] });
  ruleSet = site.ruleSet;
  await clock.advance(60_000);
  expect(readiness.report().parts[0]).toMatchObject({ name: 'rules', ready: true });
  await service.beforeApplicationShutdown();
});
