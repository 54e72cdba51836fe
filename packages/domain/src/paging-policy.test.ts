import { PolicyContent } from '@vigil/contracts';
import { pagingPolicy, routeFor, targetKey } from './paging-policy.js';

const content = PolicyContent.parse({
  v: 1,
  name: 'ICU',
  routes: [
    { priorities: ['high'], conditionCodes: ['asystole', 'device.*'], steps: [], acceptsNeeded: 3 },
    { priorities: ['high'], kinds: ['technical'], steps: [] },
    {
      priorities: ['high', 'medium'],
      steps: [{ tell: [{ kind: 'role', role: 'primary' }], waitS: 30 }],
      repeat: { afterS: 300, times: null },
    },
  ],
});
const policy = pagingPolicy(content, 'h');

test.each([
  ['asystole', 'high', 'physiological', 0],
  ['device.apnea', 'high', 'physiological', 0],
  ['device', 'high', 'physiological', 2],
  ['noData', 'high', 'technical', 1],
  ['spo2.low', 'medium', 'physiological', 2],
  ['spo2.low', 'low', 'physiological', null],
] as const)('the first route that fits %s of priority %s (%s) decides', (conditionCode, priority, kind, expected) => {
  expect(routeFor(policy, { conditionCode, priority, kind })).toBe(expected);
});

test('seconds of a file are milliseconds of the domain', () => {
  expect(policy.routes[2]).toMatchObject({
    steps: [{ waitMs: 30_000 }],
    repeat: { afterMs: 300_000, times: null },
    arriveWithinMs: null,
  });
  expect(policy).toMatchObject({ nextChannelMs: 20_000, burstMs: 30_000, declineEscalates: true });
});

test('each target has a word of its own', () => {
  expect(targetKey(content.routes[2]!.steps[0]!.tell[0]!)).toBe('role:primary');
});
