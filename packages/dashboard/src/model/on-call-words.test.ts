import '../words/english-for-tests.js';
import { OnCallNow, PolicyRoute } from '@vigil/contracts';
import { afterLastText, dutiesOf, routeText, secondsText, shareText, targetText, timesOf } from './on-call-words.js';

const route = (more: object = {}): PolicyRoute =>
  PolicyRoute.parse({ priorities: ['high'], steps: [{ tell: [{ kind: 'role', role: 'primary' }], waitS: 30 }], ...more });

test.each([
  [{}, 'ends after the last step.'],
  [{ repeat: { afterS: 300, times: null } }, 'begins again after 5 min for as long as the alarm lasts.'],
  [{ repeat: { afterS: 90, times: 3 }, acceptsNeeded: 2 }, 'begins again after 90 s, 3 times; 2 people have to accept.'],
  [{ arriveWithinS: 125 }, 'ends after the last step; somebody has to be there within 125 s.'],
  [{ steps: [] }, 'Nobody is paged: screens alone show them.'],
])('a route says what comes after its last step: %#', (more, text) => {
  expect(afterLastText(route(more))).toBe(text);
});

test.each([
  [{}, 'high priority alarms'],
  [{ priorities: ['high', 'medium'], kinds: ['technical'] }, 'high and medium priority technical alarms'],
  [{ conditionCodes: ['asystole'] }, 'high priority alarms: ASYSTOLE'],
  [{ conditionCodes: ['notAccepted', 'onCall.*'] }, 'high priority alarms: NOT ACCEPTED, trouble with telling people'],
])('a route says which alarms it is for: %#', (more, text) => {
  expect(routeText(route(more))).toBe(text);
});

test('whom a step tells is said in words of the ward', () => {
  expect(targetText({ kind: 'role', role: 'rapid-response' })).toBe('rapid response');
});

test('what was not measured is not a zero', () => {
  expect(timesOf({ count: 0, medianS: null, p90S: null, maxS: null })).toBe('none');
  expect(shareText(null)).toBe('–');
  expect(timesOf({ count: 3, medianS: 40, p90S: 120, maxS: 600 })).toBe(
    'median 40 s, nine of ten within 2 min, longest 10 min (of 3)',
  );
  expect(secondsText(0)).toBe('0 s');
});

test('a person with several beds is one line, and the nurses of beds come first', () => {
  const one = (role: string, staffId: string, bedId: string | null, toMs: number | null = null) => ({
    ...{ role, staffId, bedId, toMs, name: staffId, careUnitId: 'icu', reachability: 'reachable' },
  });
  const { roles } = OnCallNow.parse({
    atMs: 0,
    schedules: [],
    roles: [
      one('charge', 'carol', null),
      one('primary', 'ben', 'icu-10'),
      one('primary', 'ben', 'icu-2'),
      one('primary', 'ben', 'icu-3', 5),
      one('primary', 'amy', 'icu-1'),
    ],
  });
  expect(dutiesOf(roles).map(({ role, name, places }) => `${role} ${name}: ${places}`)).toEqual([
    'primary amy: bed icu-1',
    'primary ben: beds icu-2, icu-10',
    'primary ben: bed icu-3',
    'charge carol: the care unit',
  ]);
});
