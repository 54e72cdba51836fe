import { AlarmId, StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import {
  acceptEscalation,
  type Escalation,
  type EscalationPolicy,
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
