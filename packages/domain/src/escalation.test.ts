import { AlarmId, type Priority, StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import { PRIORITY_RANK } from './alarm.js';
import {
  acceptEscalation,
  type AlarmNews,
  type Escalation,
  type EscalationPolicy,
  followAlarm,
  NOBODY_RETRY_MS,
  nextPages,
  type OnDuty,
  resolveEscalation,
  startEscalation,
} from './escalation.js';

const alarmId = AlarmId.parse('a'.repeat(26));
const amy = StaffId.parse('amy');
const bob = StaffId.parse('bob');
const policy: EscalationPolicy = {
  steps: [
    { tell: 'primary', waitMs: 30_000 },
    { tell: 'charge', waitMs: 60_000 },
  ],
  priorities: ['high'],
};
const ward: OnDuty[] = [
  { staffId: amy, role: 'primary', forBed: true },
  { staffId: bob, role: 'charge', forBed: false },
];
const started = startEscalation(alarmId, 'high', policy, 1_000);

test('the first step is told at once, the second when nobody has accepted in time', () => {
  const first = nextPages(started, policy, ward, 1_000);
  expect(first.pages).toEqual([{ staffId: amy, step: 0, reason: 'step 1: primary nurse of this bed' }]);
  expect(nextPages(first.escalation, policy, ward, 30_999).pages).toEqual([]);
  const second = nextPages(first.escalation, policy, ward, 31_000);
  expect(second.pages.map((p) => p.staffId)).toEqual([bob]);
});

test('an empty step is skipped at once and reported', () => {
  const step = nextPages(started, policy, [ward[1]!], 1_000);
  expect(step).toMatchObject({ skipped: [0], pages: [{ staffId: bob }], exhausted: false });
});

test('nobody on duty is said at once, and whoever comes on duty later is told', () => {
  const step = nextPages(started, policy, [], 1_000);
  expect(step).toMatchObject({ skipped: [0, 1], pages: [], exhausted: true, escalation: { state: 'running' } });
  const again = nextPages(step.escalation, policy, [], 1_000 + NOBODY_RETRY_MS);
  expect(again).toMatchObject({ skipped: [], pages: [], exhausted: false, escalation: { state: 'running' } });
  const later = nextPages(again.escalation, policy, ward, 1_000 + 2 * NOBODY_RETRY_MS);
  expect(later.pages.map((p) => p.staffId)).toEqual([amy]);
});

test('the end of the policy without accept is reported once', () => {
  let e = started;
  const ends: boolean[] = [];
  for (const now of [1_000, 31_000, 91_000, 500_000]) {
    const step = nextPages(e, policy, ward, now);
    ends.push(step.exhausted);
    e = step.escalation;
  }
  expect(ends).toEqual([false, false, true, false]);
});

test('a priority that the policy does not page for stays idle', () => {
  const idle = startEscalation(alarmId, 'medium', policy, 1_000);
  expect(idle).toMatchObject({ state: 'idle', nextAtMs: null });
  expect(nextPages(idle, policy, ward, 99_000).pages).toEqual([]);
});

test('accepting late is still accepting; accepting twice is not', () => {
  const ended: Escalation = { ...started, state: 'ended', nextAtMs: null };
  const accepted = acceptEscalation(ended, amy, 2_000);
  expect(accepted).toMatchObject({ state: 'accepted', acceptedBy: amy, acceptedAtMs: 2_000 });
  expect(acceptEscalation(accepted!, bob, 3_000)).toBeNull();
});

test('an escalation pages exactly from its start to accept, resolve or the end of the policy', () => {
  const act = fc.oneof(
    fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
    fc.record({ do: fc.constantFrom('accept' as const, 'resolve' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      let e = started;
      let now = 1_000;
      let over = false;
      let told = 0;
      for (const a of acts) {
        now += a.ms;
        if (a.do === 'accept') e = acceptEscalation(e, amy, now) ?? e;
        else if (a.do === 'resolve') e = resolveEscalation(e);
        else {
          const step = nextPages(e, policy, ward, now);
          if (over) expect(step.pages).toEqual([]);
          told += step.pages.length;
          e = step.escalation;
        }
        over ||= e.state !== 'running';
        expect(e.nextAtMs === null).toBe(e.state !== 'running');
      }
      expect(told).toBeLessThanOrEqual(2);
    }),
  );
});

const both: EscalationPolicy = { ...policy, priorities: ['medium', 'high'] };
const news = (cause: AlarmNews['cause'], more: Partial<AlarmNews> = {}): AlarmNews => ({
  ...{ cause, priority: 'high', conditionCode: 'spo2.low', wasAsUrgent: false, wasActive: true, isElsewhere: false },
  ...more,
});
const begun = startEscalation(alarmId, 'medium', both, 1_000);
const told = nextPages(begun, both, ward, 1_000).escalation;
const accepted = acceptEscalation(told, bob, 2_000)!;
const ranOut = [31_000, 91_000].reduce((e, now) => nextPages(e, both, ward, now).escalation, told);

describe('a rise in priority', () => {
  test('pages anew from the first step when somebody had accepted what was less urgent, and tells that person too', () => {
    const anew = followAlarm(accepted, news('raised'), both, 5_000);
    expect(anew).toMatchObject({ state: 'running', step: -1, nextAtMs: 5_000, rev: accepted.rev + 1 });
    const { pages, escalation } = nextPages(anew, both, ward, 5_000);
    expect(pages).toEqual([
      { staffId: amy, step: 0, reason: 'step 1: primary nurse of this bed' },
      { staffId: bob, step: 0, reason: 'step 1: accepted it when it was less urgent' },
    ]);
    expect(nextPages(escalation, both, ward, 35_000).pages).toHaveLength(1);
  });

  test('tells who had accepted it even when nobody is on duty, once', () => {
    const anew = followAlarm(accepted, news('raised'), both, 5_000);
    const first = nextPages(anew, both, [], 5_000);
    expect(first).toMatchObject({ exhausted: true, pages: [{ staffId: bob }] });
    expect(nextPages(first.escalation, both, [], 5_000 + NOBODY_RETRY_MS).pages).toEqual([]);
  });

  test('back to a priority that was accepted is no news', () => {
    expect(followAlarm(accepted, news('raised', { wasAsUrgent: true }), both, 5_000)).toBe(accepted);
  });
});

describe('an alarm that moves to another care unit', () => {
  const moved = news('carried', { isElsewhere: true });

  test('tells the people there from the first step, whether its escalation ran or had run out', () => {
    expect(ranOut.state).toBe('ended');
    for (const old of [told, ranOut]) {
      expect(followAlarm(old, moved, both, 100_000)).toMatchObject({ state: 'running', step: -1, rev: old.rev + 1 });
    }
  });

  test('is not told anew where somebody has accepted it, where it was over, or within the unit', () => {
    expect(followAlarm(accepted, moved, both, 100_000)).toBe(accepted);
    const over = resolveEscalation(told);
    expect(followAlarm(over, { ...moved, wasActive: false }, both, 100_000)).toBe(over);
    expect(followAlarm(told, news('carried'), both, 100_000)).toBe(told);
  });
});

test('laws: it runs exactly from a start to accept, end or the policy; above what was accepted it always starts anew', () => {
  const priority = fc.constantFrom<Priority>('medium', 'high');
  const act = fc.oneof(
    fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
    fc.record({ do: fc.constant('accept' as const), ms: fc.constant(10) }),
    fc.record({ do: fc.constantFrom('end' as const, 'away' as const), ms: fc.constant(10) }),
    fc.record({ do: fc.constant('becomes' as const), priority, ms: fc.constant(10) }),
  );
  fc.assert(
    fc.property(priority, fc.array(act, { maxLength: 25 }), (first, acts) => {
      let e = startEscalation(alarmId, first, both, 1_000);
      let now = 1_000;
      let current = first;
      let highest = first;
      let isOver = false;
      let wanted = true;
      const follow = (change: AlarmNews): void => void (e = followAlarm(e, change, both, now));
      for (const a of acts) {
        now += a.ms;
        if (a.do === 'accept') {
          e = acceptEscalation(e, amy, now) ?? e;
          wanted = false;
        } else if (a.do === 'tick') {
          const step = nextPages(e, both, ward, now);
          if (!wanted) expect(step.pages).toEqual([]);
          e = step.escalation;
          if (step.exhausted) wanted = false;
        } else if (isOver) continue;
        else if (a.do === 'end') {
          follow(news('end', { priority: current }));
          isOver = true;
          wanted = false;
        } else if (a.do === 'away') {
          const isAccepted = e.state === 'accepted';
          follow(news('carried', { priority: current, isElsewhere: true }));
          wanted = !isAccepted;
        } else if (a.do === 'becomes' && a.priority !== current) {
          const isRise = PRIORITY_RANK[a.priority] > PRIORITY_RANK[current];
          const isNews = PRIORITY_RANK[a.priority] > PRIORITY_RANK[highest];
          const isAccepted = e.state === 'accepted';
          follow(news(isRise ? 'raised' : 'lowered', { priority: a.priority, wasAsUrgent: !isNews }));
          current = a.priority;
          if (isNews) highest = a.priority;
          if (isNews) expect(nextPages(e, both, ward, now).pages.map((p) => p.staffId)).toContain(amy);
          if (isRise) wanted = isNews || !isAccepted;
        }
        expect(e.state === 'running').toBe(wanted);
        expect(e.nextAtMs === null).toBe(!wanted);
      }
    }),
    { numRuns: 500 },
  );
});
