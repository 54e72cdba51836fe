import { acceptEscalation, arriveEscalation, declineEscalation, passEscalation } from './escalation-answers.js';
import { alarm, amy, bob, cyd, dee, policyWith, routeIn, stepOf, ticks, WARD } from './escalation-kit.js';
import { type Escalation, startEscalation } from './escalation.js';
import { NOBODY_RETRY_MS, nextPages, nextTold } from './next-pages.js';

const policy = policyWith();
const route = routeIn(policy);
const started = startEscalation(alarm(), policy, 1_000);
const told = nextPages(started, route, WARD, 1_000).escalation;
const who = (pages: readonly { readonly staffId: string }[]): readonly string[] => pages.map((each) => each.staffId);

test('the first step is told at once, the second when nobody has accepted in time', () => {
  const [first, early, second] = ticks(started, policy, WARD, [1_000, 30_999, 31_000]);
  expect(first!.pages).toEqual([{ staffId: amy, step: 0, reason: 'step 1: primary nurse of this bed', kind: 'alarm' }]);
  expect(early!.pages).toEqual([]);
  expect(who(second!.pages)).toEqual([bob]);
});

test('an empty step is skipped at once and reported', () => {
  expect(nextPages(started, route, WARD.slice(1), 1_000)).toMatchObject({
    skipped: [0],
    pages: [{ staffId: bob }],
    exhausted: false,
  });
});

test('a schedule, a person and a role may be told at once, and nobody twice', () => {
  const tell = [
    { kind: 'role', role: 'primary' },
    { kind: 'schedule', scheduleId: 'doctors' },
    { kind: 'person', staffId: cyd },
  ];
  const mixed = policyWith({ steps: [{ tell, waitS: 30 }] as never });
  const people = [
    ...WARD,
    { staffId: amy, target: 'schedule:doctors', forBed: false },
    { staffId: dee, target: 'schedule:doctors', forBed: false },
    { staffId: cyd, target: 'person:cyd', forBed: false },
  ];
  const { pages } = nextPages(startEscalation(alarm(), mixed, 0), routeIn(mixed), people, 0);
  expect(pages.map((each) => [each.staffId, each.reason])).toEqual([
    [amy, 'step 1: primary nurse of this bed'],
    [dee, 'step 1: on call by the schedule doctors'],
    [cyd, 'step 1: named in the policy'],
  ]);
});

test('nobody on duty is said at once, and whoever comes on duty later is told', () => {
  const [step, again] = ticks(started, policy, [], [1_000, 1_000 + NOBODY_RETRY_MS]);
  expect(step).toMatchObject({
    skipped: [0, 1],
    pages: [],
    exhausted: true,
    escalation: { state: 'running', foundNobody: true },
  });
  expect(again).toMatchObject({ skipped: [], pages: [], exhausted: false, escalation: { state: 'running' } });
  const later = nextPages(again!.escalation, route, WARD, 1_000 + 2 * NOBODY_RETRY_MS);
  expect(later).toMatchObject({ pages: [{ staffId: amy }], escalation: { foundNobody: false } });
});

test('the end of the policy without accept is reported once', () => {
  expect(ticks(started, policy, WARD, [1_000, 31_000, 91_000, 500_000]).map((each) => each.exhausted)).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test('what is said to come next is the next step, the first one again where the policy repeats, or when it is asked who is there', () => {
  expect(nextTold(told, route, WARD)).toMatchObject({ nextAtMs: 31_000, pages: [{ staffId: bob }] });
  const lastOf = (each: typeof policy) =>
    ticks(startEscalation(alarm(), each, 1_000), each, WARD, [1_000, 31_000]).at(-1)!.escalation;
  expect(nextTold(lastOf(policy), route, WARD)).toEqual({ nextAtMs: null, pages: [] });
  const again = policyWith({ repeat: { afterS: 300, times: null } });
  expect(nextTold(lastOf(again), routeIn(again), WARD)).toMatchObject({ nextAtMs: 391_000, pages: [{ staffId: amy }] });
  expect(nextTold(started, route, [])).toEqual({ nextAtMs: 1_000 + NOBODY_RETRY_MS, pages: [] });
  expect(nextTold(acceptEscalation(told, amy, 2_000)!, route, WARD)).toEqual({ nextAtMs: null, pages: [] });
});

test('a priority that the policy does not page for stays idle', () => {
  const idle = startEscalation(alarm({ priority: 'medium' }), policy, 1_000);
  expect(idle).toMatchObject({ state: 'idle', nextAtMs: null, route: null });
  expect(nextPages(idle, route, WARD, 99_000).pages).toEqual([]);
});

test('accepting late is still accepting; another can not accept what somebody has', () => {
  const ended = ticks(started, policy, WARD, [1_000, 31_000, 91_000]).at(-1)!.escalation;
  expect(ended).toMatchObject({ state: 'ended', endedWhy: 'ranOut' });
  const accepted = acceptEscalation(ended, amy, 92_000)!;
  expect(accepted).toMatchObject({ state: 'accepted', accepts: [{ by: amy, atMs: 92_000 }], endedWhy: null });
  expect(acceptEscalation(accepted, bob, 93_000)).toBeNull();
  expect(acceptEscalation(accepted, amy, 93_000)).toBe(accepted);
});

describe('declining', () => {
  test('of the only one who was told brings the next step at once', () => {
    const declined = declineEscalation(told, amy, 'busy-with-patient', 5_000)!;
    expect(declined).toMatchObject({ nextAtMs: 5_000, declines: [{ by: amy, reason: 'busy-with-patient' }] });
    expect(who(nextPages(declined, route, WARD, 5_000).pages)).toEqual([bob]);
  });

  test('waits for the others who were told, and nobody who declined is told again in this round', () => {
    const team = policyWith({ steps: [stepOf('rapid-response', 60), stepOf('rapid-response', 60)] });
    const both = nextPages(startEscalation(alarm(), team, 0), routeIn(team), WARD, 0).escalation;
    const one = declineEscalation(both, cyd, 'too-far', 1_000)!;
    expect(one.nextAtMs).toBe(60_000);
    expect(who(nextPages(one, routeIn(team), WARD, 60_000).pages)).toEqual([dee]);
    const all = declineEscalation(one, dee, 'other', 2_000)!;
    expect(nextPages(all, routeIn(team), WARD, 2_000)).toMatchObject({ pages: [], skipped: [1], exhausted: true });
  });

  test('is noted alone where the policy says that it escalates nothing', () => {
    const calm = policyWith({}, { declineEscalates: false });
    const first = nextPages(startEscalation(alarm(), calm, 0), routeIn(calm), WARD, 0).escalation;
    expect(declineEscalation(first, amy, 'other', 1_000)).toMatchObject({ nextAtMs: 30_000, declines: [{ by: amy }] });
  });

  test('where nothing runs is refused', () => {
    expect(declineEscalation(acceptEscalation(told, bob, 2_000)!, amy, 'other', 3_000)).toBeNull();
  });
});

describe('where several have to come', () => {
  const code = policyWith({ acceptsNeeded: 2, steps: [stepOf('rapid-response', 30), stepOf('charge', 60)] });
  const first = nextPages(startEscalation(alarm(), code, 0), routeIn(code), WARD, 0).escalation;

  test('it runs on until enough have accepted, and who is going is not told again', () => {
    const one = acceptEscalation(first, bob, 1_000)!;
    expect(one).toMatchObject({ state: 'running', nextAtMs: 30_000, accepts: [{ by: bob }] });
    expect(nextPages(one, routeIn(code), WARD, 30_000)).toMatchObject({ pages: [], skipped: [1] });
    expect(acceptEscalation(one, cyd, 2_000)).toMatchObject({ state: 'accepted', nextAtMs: null });
  });

  test('who accepted and then declines is counted no more', () => {
    const one = acceptEscalation(first, cyd, 1_000)!;
    expect(declineEscalation(one, cyd, 'other', 2_000)).toMatchObject({ accepts: [], earlier: [{ by: cyd, why: 'passed' }] });
  });
});

describe('being there', () => {
  const watched = policyWith({ arriveWithinS: 120 });
  const first = nextPages(startEscalation(alarm(), watched, 0), routeIn(watched), WARD, 0).escalation;
  const going = acceptEscalation(first, amy, 5_000)!;

  test('is asked for once somebody has accepted: nobody there, and the next step follows, with who accepted told', () => {
    expect(going).toMatchObject({ state: 'accepted', arriveByMs: 125_000, nextAtMs: 125_000 });
    const step = nextPages(going, routeIn(watched), WARD, 125_000);
    expect(step.escalation).toMatchObject({ state: 'running', step: 1, accepts: [], arriveByMs: null });
    expect(step.pages).toMatchObject([
      { staffId: bob, reason: 'step 2: charge nurse of the care unit; nobody who accepted has said to be there' },
      { staffId: amy, reason: expect.stringMatching(/accepted it and has not said to be there/) as string },
    ]);
  });

  test('is asked for no more once somebody says so', () => {
    const there = arriveEscalation(going, amy, 60_000)!;
    expect(there).toMatchObject({ state: 'accepted', arriveByMs: null, nextAtMs: null, accepts: [{ arrivedAtMs: 60_000 }] });
    expect(nextPages(there, routeIn(watched), WARD, 999_000).escalation).toBe(there);
    expect(arriveEscalation(there, amy, 70_000)).toBe(there);
  });

  test('of somebody who had not accepted is both', () => {
    expect(arriveEscalation(first, dee, 9_000)).toMatchObject({ state: 'accepted', accepts: [{ by: dee, arrivedAtMs: 9_000 }] });
  });

  test('past the last step it begins again at the first', () => {
    const last = nextPages(first, routeIn(watched), WARD, 30_000).escalation;
    const late = acceptEscalation(last, bob, 40_000)!;
    expect(who(nextPages(late, routeIn(watched), WARD, 160_000).pages)).toEqual([amy, bob]);
  });
});

describe('passing it on', () => {
  test('brings the next step at once, and who passed it on is not told again', () => {
    const given = passEscalation(acceptEscalation(told, amy, 2_000)!, amy, 'busy-with-patient', 3_000)!;
    expect(given).toMatchObject({ state: 'running', nextAtMs: 3_000, accepts: [], earlier: [{ by: amy, why: 'passed' }] });
    expect(who(nextPages(given, route, WARD, 3_000).pages)).toEqual([bob]);
  });

  test('by somebody who is not going is refused', () => {
    expect(passEscalation(acceptEscalation(told, amy, 2_000)!, bob, 'other', 3_000)).toBeNull();
  });

  test('after the last step begins at the first, for everybody but who passed it on', () => {
    const last = nextPages(told, route, WARD, 31_000).escalation;
    const given = passEscalation(acceptEscalation(last, amy, 32_000)!, amy, 'other', 33_000)!;
    expect(nextPages(given, route, WARD, 33_000)).toMatchObject({ pages: [{ staffId: bob }], skipped: [0] });
  });
});

describe('a policy that repeats', () => {
  const repeating = policyWith({ repeat: { afterS: 300, times: 2 } });
  const begin = startEscalation(alarm(), repeating, 0);

  test('begins again at its first step while the alarm lasts, as often as it says, and then ends', () => {
    const times = [0, 30_000, 90_000, 390_000, 420_000, 480_000, 780_000, 810_000, 870_000];
    const steps = ticks(begin, repeating, WARD, times);
    expect(steps.map((each) => who(each.pages).join())).toEqual(['amy', 'bob', '', 'amy', 'bob', '', 'amy', 'bob', '']);
    expect(steps.at(-1)!.escalation).toMatchObject({ state: 'ended', endedWhy: 'ranOut', round: 2 });
    expect(steps.map((each) => each.exhausted)).toEqual([false, false, true, false, false, false, false, false, true]);
  });

  test('asks in the next round also who declined in this one', () => {
    const first = nextPages(begin, routeIn(repeating), WARD, 0).escalation;
    const declined = declineEscalation(first, amy, 'other', 1_000)!;
    const steps = ticks(declined, repeating, WARD, [1_000, 61_000, 361_000]);
    expect(who(steps.at(-1)!.pages)).toEqual([amy]);
  });
});

test('what it follows is pinned: version of the policy, route, and what that asks for', () => {
  const watched = policyWith({ arriveWithinS: 120, acceptsNeeded: 3 });
  const escalation: Escalation = startEscalation(alarm(), watched, 0);
  expect(escalation).toMatchObject({ policyHash: watched.hash, route: 0 });
  expect(escalation.pinned).toEqual({ stepsCount: 2, acceptsNeeded: 3, arriveWithinMs: 120_000, declineEscalates: true });
});
