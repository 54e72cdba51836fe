import { acceptEscalation, arriveEscalation, passEscalation } from './escalation-answers.js';
import { alarm, amy, bob, news, policyWith, routeIn, ticks, WARD } from './escalation-kit.js';
import { startEscalation } from './escalation.js';
import { followAlarm, resolveEscalation, shelveEscalation } from './follow-alarm.js';
import { NOBODY_RETRY_MS, nextPages } from './next-pages.js';

const both = policyWith({ priorities: ['medium', 'high'] });
const route = routeIn(both);
const begun = startEscalation(alarm({ priority: 'medium' }), both, 1_000);
const told = nextPages(begun, route, WARD, 1_000).escalation;
const accepted = acceptEscalation(told, bob, 2_000)!;
const ranOut = ticks(told, both, WARD, [31_000, 91_000]).at(-1)!.escalation;

describe('a rise in priority', () => {
  test('pages anew from the first step when somebody had accepted what was less urgent, and tells that person too', () => {
    const anew = followAlarm(accepted, news('raised'), both, 5_000);
    expect(anew).toMatchObject({ state: 'running', step: -1, nextAtMs: 5_000, rev: accepted.rev + 1, accepts: [] });
    const { pages, escalation } = nextPages(anew, route, WARD, 5_000);
    expect(pages).toEqual([
      { staffId: amy, step: 0, reason: 'step 1: primary nurse of this bed', kind: 'alarm' },
      { staffId: bob, step: 0, reason: 'step 1: accepted it when it was less urgent', kind: 'alarm' },
    ]);
    expect(nextPages(escalation, route, WARD, 35_000).pages).toHaveLength(1);
  });

  test('tells who had accepted it even when nobody is on duty, once', () => {
    const anew = followAlarm(accepted, news('raised'), both, 5_000);
    const first = nextPages(anew, route, [], 5_000);
    expect(first).toMatchObject({ exhausted: true, pages: [{ staffId: bob }] });
    expect(nextPages(first.escalation, route, [], 5_000 + NOBODY_RETRY_MS).pages).toEqual([]);
  });

  test('back to a priority that was accepted is no news', () => {
    expect(followAlarm(accepted, news('raised', { wasAsUrgent: true }), both, 5_000)).toBe(accepted);
  });

  test('follows the policy that is in force then', () => {
    const strict = policyWith({ acceptsNeeded: 3 });
    expect(followAlarm(accepted, news('raised'), strict, 5_000)).toMatchObject({
      policyHash: strict.hash,
      pinned: { acceptsNeeded: 3 },
    });
  });

  test('that waits for the word that it holds postpones nothing that was under way, and that word ends its wait', () => {
    expect(followAlarm(told, news('raised'), both, 65_000).nextAtMs).toBe(31_000);
    const waiting = followAlarm(accepted, news('raised'), both, 65_000);
    expect(followAlarm(waiting, news('confirmed'), both, 9_000)).toMatchObject({ nextAtMs: 9_000 });
  });
});

describe('an alarm that moves to another bed', () => {
  const moved = news('carried', { isElsewhere: true, priority: 'medium' });

  test('tells the people there from the first step, whether its escalation ran or had run out', () => {
    expect(ranOut.state).toBe('ended');
    for (const old of [told, ranOut]) {
      expect(followAlarm(old, moved, both, 100_000)).toMatchObject({ state: 'running', step: -1, rev: old.rev + 1 });
    }
  });

  test('that pages nobody here is told where it pages somebody, but for one that is over or put away', () => {
    const silent = startEscalation(alarm({ priority: 'medium' }), policyWith(), 1_000);
    expect(silent.state).toBe('idle');
    expect(followAlarm(silent, moved, both, 9_000)).toMatchObject({ state: 'running', step: -1, nextAtMs: 9_000, rev: 2 });
    expect(followAlarm(silent, moved, policyWith(), 9_000)).toBe(silent);
    for (const more of [{ wasActive: false }, { isShelved: true }]) {
      expect(followAlarm(silent, { ...moved, ...more }, both, 9_000)).toBe(silent);
    }
  });

  test('is not told anew where somebody has accepted it, where it was over, or at the same bed', () => {
    expect(followAlarm(accepted, moved, both, 100_000)).toBe(accepted);
    const over = resolveEscalation(told);
    expect(followAlarm(over, { ...moved, wasActive: false }, both, 100_000)).toBe(over);
    expect(followAlarm(told, news('carried'), both, 100_000)).toBe(told);
  });

  test('takes along who is going of several who are needed', () => {
    const code = policyWith({ priorities: ['medium', 'high'], acceptsNeeded: 2 });
    const one = acceptEscalation(nextPages(startEscalation(alarm(), code, 0), routeIn(code), WARD, 0).escalation, bob, 1_000)!;
    expect(followAlarm(one, moved, code, 9_000)).toMatchObject({
      state: 'running',
      step: -1,
      accepts: [{ by: bob }],
      rev: one.rev + 1,
    });
    expect(followAlarm(one, moved, both, 9_000)).toMatchObject({ state: 'accepted', accepts: [{ by: bob }], rev: one.rev + 1 });
  });
});

describe('an alarm that a person puts away', () => {
  test('tells nobody, also where somebody has accepted, and begins anew once that is over', () => {
    for (const old of [told, accepted, ranOut]) {
      const shelved = followAlarm(old, news('shelved', { priority: 'medium', isShelved: true }), both, 5_000);
      expect(shelved).toMatchObject({ state: 'ended', endedWhy: 'shelved', nextAtMs: null, arriveByMs: null });
      const back = followAlarm(shelved, news('unshelved', { priority: 'medium' }), both, 9_000);
      expect(back).toMatchObject({ state: 'running', step: -1, nextAtMs: 9_000, accepts: [], endedWhy: null });
    }
  });

  test('is told when it is taken out although somebody had accepted it meanwhile, to whom nobody had said anything', () => {
    const shelved = followAlarm(told, news('shelved', { priority: 'medium', isShelved: true }), both, 5_000);
    const meanwhile = acceptEscalation(shelved, amy, 6_000)!;
    expect(meanwhile).toMatchObject({ state: 'accepted', endedWhy: 'shelved' });
    const back = followAlarm(meanwhile, news('unshelved', { priority: 'medium' }), both, 9_000);
    expect(back).toMatchObject({ state: 'running', step: -1, nextAtMs: 9_000, accepts: [], endedWhy: null });
  });

  test('is not told when it is taken out after its end', () => {
    const over = followAlarm(shelveEscalation(told), news('end'), both, 5_000);
    expect(over).toMatchObject({ state: 'ended', endedWhy: 'over' });
    expect(followAlarm(over, news('unshelved', { active: false }), both, 9_000)).toBe(over);
  });
});

describe('an alarm that was acknowledged long ago and holds still', () => {
  test('begins anew where nobody went, and stays with who did', () => {
    const reminded = news('reminded', { priority: 'medium' });
    expect(followAlarm(ranOut, reminded, both, 500_000)).toMatchObject({ state: 'running', step: -1, nextAtMs: 500_000 });
    const there = arriveEscalation(accepted, bob, 3_000)!;
    expect(followAlarm(there, reminded, both, 500_000)).toBe(there);
    expect(followAlarm(told, reminded, both, 500_000)).toBe(told);
  });
});

test('the end calls nobody any more: neither the next step, nor whether somebody is there', () => {
  const watched = policyWith({ priorities: ['medium', 'high'], arriveWithinS: 60 });
  const going = acceptEscalation(
    nextPages(startEscalation(alarm(), watched, 0), routeIn(watched), WARD, 0).escalation,
    amy,
    1_000,
  )!;
  const over = followAlarm(going, news('end'), watched, 5_000);
  expect(over).toMatchObject({ state: 'accepted', endedWhy: 'over', nextAtMs: null, arriveByMs: null, accepts: [{ by: amy }] });
  expect(passEscalation(over, amy, 'other', 6_000)).toBeNull();
  expect(followAlarm(told, news('end'), both, 5_000)).toMatchObject({ state: 'ended', endedWhy: 'over', nextAtMs: null });
});
