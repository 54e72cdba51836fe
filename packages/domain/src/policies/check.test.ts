import { type CareUnitId, PolicyContent } from '@vigil/contracts';
import fc from 'fast-check';
import { pagingPolicyOf } from './site-policy.js';
import { routeFor } from '../paging-policy.js';
import { policyFindings } from './check.js';
import { deadRoutes } from './dead-routes.js';
import { neverSilent } from './never-silent.js';
import type { PolicySite } from './people.js';

const role = (name: string) => ({ kind: 'role', role: name });
const person = (staffId: string) => ({ kind: 'person', staffId });
const schedule = (scheduleId: string) => ({ kind: 'schedule', scheduleId });
const step = (waitS: number, ...tell: object[]) => ({ tell, waitS });
const route = (more: object = {}) => ({
  priorities: ['high', 'medium'],
  steps: [step(30, role('primary')), step(60, role('charge'))],
  ...more,
});
const policy = (...routes: object[]): PolicyContent => PolicyContent.parse({ v: 1, name: 'test', routes });
const site: PolicySite = {
  careUnitIds: ['icu' as CareUnitId, 'imc' as CareUnitId],
  staffIds: ['amy', 'ben', 'carol'],
  schedules: { physicians: ['fay', 'gil'], empty: [] },
  roles: { icu: { primary: ['amy', 'ben'], charge: ['carol'] }, imc: { primary: ['ida'], charge: ['carol'] } },
};
const found = (content: PolicyContent, at: PolicySite = site) =>
  policyFindings(neverSilent(content).content, at).map(
    ({ severity, code, path, careUnitId }) => `${severity} ${code} ${path}${careUnitId === null ? '' : ` ${careUnitId}`}`,
  );

test('a policy that tells somebody of everything has nothing to say about', () => {
  expect(found(policy(route()))).toEqual([]);
});

test.each([
  ['no route for high', [route({ priorities: ['medium'] })], 'refused high-not-told routes'],
  [
    'high only for one condition',
    [route({ priorities: ['high'], conditionCodes: ['asystole'] }), route({ priorities: ['medium'] })],
    'refused high-not-told routes',
  ],
  ['high with no steps', [route({ steps: [] })], 'refused high-not-told routes.0.steps'],
  [
    'high of some conditions with no steps',
    [route({ conditionCodes: ['spo2.*'], steps: [] }), route()],
    'refused high-not-told routes.1.steps',
  ],
  ['no route for medium', [route({ priorities: ['high'] })], 'warning medium-not-told routes'],
  ['no route for technical', [route({ kinds: ['physiological'] })], 'warning technical-not-told routes'],
  ['somebody unknown', [route({ steps: [step(30, person('nobody'))] })], 'refused unknown-person routes.1.steps.0.tell.0'],
  [
    'a retired schedule',
    [route({ steps: [step(30, role('primary'), schedule('gone'))] })],
    'refused unknown-schedule routes.1.steps.0.tell.1',
  ],
  [
    'a role that nobody has',
    [route({ steps: [step(30, role('buddy')), step(30, role('charge'))] })],
    'warning empty-target routes.1.steps.0.tell.0 icu',
  ],
  [
    'nobody in any step',
    [route({ steps: [step(30, role('buddy')), step(30, schedule('empty'))] })],
    'refused no-reachable-step routes.1.steps icu',
  ],
  [
    'nobody in any step of medium',
    [route(), route({ priorities: ['medium', 'low'], steps: [step(30, role('buddy'))] })],
    'warning no-reachable-step routes.2.steps imc',
  ],
  ['a route that another one hides', [route(), route({ priorities: ['medium'] })], 'refused route-dead routes.2'],
  [
    'a route that two others hide',
    [route({ conditionCodes: ['a', 'b.*'] }), route({ priorities: ['high'], conditionCodes: ['b.c', 'a'] }), route()],
    'refused route-dead routes.2',
  ],
  ['a route that is hidden for one priority', [route({ priorities: ['high'] }), route()], 'warning route-partly-dead routes.2'],
  [
    'more accepts than people',
    [route({ acceptsNeeded: 3, steps: [step(30, schedule('physicians'))] })],
    'refused too-few-people routes.1.acceptsNeeded icu',
  ],
  ['more accepts than have a role now', [route({ acceptsNeeded: 3 })], 'warning too-few-people routes.1.acceptsNeeded imc'],
  [
    'one person in all steps',
    [route({ steps: [step(30, person('amy')), step(30, person('amy'))] })],
    'warning one-person routes.1.steps icu',
  ],
  [
    'a last step after 15 minutes',
    [route({ steps: [step(901, role('primary')), step(5, role('charge'))] })],
    'warning last-step-late routes.1.steps.1',
  ],
  [
    'not accepted is told to nobody',
    [{ priorities: ['high'], conditionCodes: ['notAccepted'], steps: [] }, route()],
    'refused not-accepted-not-told routes.0',
  ],
  ['not accepted is told once', [route({ conditionCodes: ['notAccepted'] }), route()], 'warning not-accepted-once routes.0'],
  [
    'trouble is told to nobody',
    [route({ conditionCodes: ['onCall.*'], steps: [] }), route()],
    'warning on-call-not-told routes.0',
  ],
  ['trouble is told once', [route({ conditionCodes: ['onCall.*'] }), route()], 'warning on-call-once routes.0'],
])('%s is found', (_, routes, expected) => {
  expect(found(policy(...routes))).toContain(expected);
});

test('what a policy does not say of alarms that nobody accepted is added, and said', () => {
  const { content, findings } = neverSilent(policy(route()));
  expect(content.routes[0]).toMatchObject({
    conditionCodes: ['notAccepted', 'onCall.*'],
    repeat: { afterS: 300, times: null },
    steps: content.routes[1]!.steps,
  });
  expect(findings).toMatchObject([{ severity: 'added', path: 'routes.0' }]);
  expect(neverSilent(content)).toEqual({ content, findings: [] });
});

test('who says something of one kind of what must not fall silent has the other added, and keeps their own', () => {
  const own = route({ conditionCodes: ['notAccepted'], repeat: { afterS: 60, times: null } });
  const patients = route({ kinds: ['physiological'] });
  const { content, findings } = neverSilent(policy(own, patients));
  expect(content.routes.map(({ conditionCodes }) => conditionCodes)).toEqual([['notAccepted'], ['onCall.*'], undefined]);
  expect(findings).toMatchObject([{ severity: 'added', path: 'routes.1' }]);
  // A word about one trouble stays the first that is asked.
  const one = neverSilent(policy(route({ conditionCodes: ['onCall.canaryLate'] }), patients)).content;
  expect(one.routes.map(({ conditionCodes }) => conditionCodes?.join())).toEqual([
    'onCall.canaryLate',
    'notAccepted,onCall.*',
    undefined,
  ]);
});

const codes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c.x', 'c.*', 'notAccepted'), { minLength: 1, maxLength: 3 });
const anyRoute = fc
  .record({
    priorities: fc.uniqueArray(fc.constantFrom('high', 'medium', 'low'), { minLength: 1, maxLength: 3 }),
    kinds: fc.option(fc.uniqueArray(fc.constantFrom('physiological', 'technical'), { minLength: 1, maxLength: 2 }), {
      nil: undefined,
    }),
    conditionCodes: fc.option(codes, { nil: undefined }),
    isEmpty: fc.boolean(),
  })
  .map(({ isEmpty, ...rest }) => route({ ...rest, ...(isEmpty ? { steps: [] } : {}) }));
const alarms = (['high', 'medium', 'low'] as const).flatMap((priority) =>
  (['physiological', 'technical'] as const).flatMap((kind) =>
    ['a', 'b', 'c.x', 'c.y', 'notAccepted', 'other'].map((conditionCode) => ({ priority, kind, conditionCode })),
  ),
);

test('law: a route that is said to be dead decides about no alarm', () => {
  fc.assert(
    fc.property(fc.array(anyRoute, { minLength: 1, maxLength: 5 }), (routes) => {
      const content = policy(...routes);
      const asked = new Set(alarms.map((alarm) => routeFor(pagingPolicyOf(content), alarm)));
      const dead = deadRoutes(content.routes).filter(({ isWhole }) => isWhole);
      for (const { index } of dead) expect(asked.has(index)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('law: where nothing is refused, each high alarm of a patient is told to somebody in each care unit', () => {
  fc.assert(
    fc.property(fc.array(anyRoute, { minLength: 1, maxLength: 5 }), (routes) => {
      const { content } = neverSilent(policy(...routes));
      if (policyFindings(content, site).some(({ severity }) => severity === 'refused')) return;
      for (const alarm of alarms.filter(({ priority, kind }) => priority === 'high' && kind === 'physiological')) {
        const index = routeFor(pagingPolicyOf(content), alarm);
        expect(index).not.toBeNull();
        expect(content.routes[index!]!.steps.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});
