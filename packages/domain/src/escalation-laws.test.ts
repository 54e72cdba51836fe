import type { Priority, StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import { PRIORITY_RANK } from './alarm.js';
import { acceptEscalation, arriveEscalation, declineEscalation, passEscalation } from './escalation-answers.js';
import { alarm, amy, bob, cyd, dee, news, policyWith, routeIn, stepOf, WARD } from './escalation-kit.js';
import { type Escalation, type OnDuty, startEscalation } from './escalation.js';
import { type AlarmNews, followAlarm } from './follow-alarm.js';
import { NOBODY_RETRY_MS, nextPages } from './next-pages.js';

const PEOPLE = [amy, bob, cyd, dee] as const;
const START = 1_000;

const shape = fc.record({
  acceptsNeeded: fc.integer({ min: 1, max: 3 }),
  arriveWithinS: fc.option(fc.constantFrom(30, 120)),
  repeat: fc.option(fc.record({ afterS: fc.constantFrom(30, 300), times: fc.option(fc.constantFrom(1, 2)) })),
  declineEscalates: fc.boolean(),
});
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 70_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('accept' as const, 'decline' as const, 'arrive' as const, 'pass' as const),
      by: fc.constantFrom<StaffId>(...PEOPLE),
      ms: fc.constant(10),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('end' as const, 'away' as const, 'shelve' as const, 'unshelve' as const, 'remind' as const),
      ms: fc.constant(10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('becomes' as const),
      priority: fc.constantFrom<Priority>('medium', 'high'),
      ms: fc.constant(10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('duty' as const), mask: fc.integer({ min: 0, max: 15 }), ms: fc.constant(10) }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** What is true of the world, kept apart from the machine: who said what, and whether the alarm is there and put away. */
interface World {
  nowMs: number;
  isOver: boolean;
  isShelved: boolean;
  priority: Priority;
  highest: Priority;
  onDuty: readonly OnDuty[];
}

/** Plays a history through the machine, and calls `look` after each act. */
function play(
  policyShape: typeof shape extends fc.Arbitrary<infer T> ? T : never,
  acts: readonly Act[],
  look: (seen: {
    readonly before: Escalation;
    readonly after: Escalation;
    readonly did: Act['do'];
    readonly world: World;
    readonly pages: readonly StaffId[];
    readonly reported: boolean;
    readonly skipped: readonly number[];
  }) => void,
): void {
  const { declineEscalates, ...route } = policyShape;
  const steps = [stepOf('primary', 30), stepOf('charge', 60), stepOf('rapid-response', 60)];
  const policy = policyWith({ ...route, steps, priorities: ['medium', 'high'] }, { declineEscalates });
  const world: World = { nowMs: START, isOver: false, isShelved: false, priority: 'medium', highest: 'medium', onDuty: WARD };
  let e = startEscalation(alarm({ priority: 'medium' }), policy, START);
  for (const each of acts) {
    world.nowMs += each.ms;
    const before = e;
    let pages: readonly StaffId[] = [];
    let reported = false;
    let skipped: readonly number[] = [];
    const follow = (cause: AlarmNews['cause'], more: Partial<AlarmNews> = {}): void => {
      e = followAlarm(
        e,
        news(cause, { priority: world.priority, isShelved: world.isShelved, active: !world.isOver, ...more }),
        policy,
        world.nowMs,
      );
    };
    switch (each.do) {
      case 'tick': {
        const step = nextPages(e, routeIn(policy), world.onDuty, world.nowMs);
        [e, pages, reported, skipped] = [step.escalation, step.pages.map((page) => page.staffId), step.exhausted, step.skipped];
        break;
      }
      case 'accept':
        e = acceptEscalation(e, each.by, world.nowMs) ?? e;
        break;
      case 'decline':
        e = declineEscalation(e, each.by, 'other', world.nowMs) ?? e;
        break;
      case 'arrive':
        e = arriveEscalation(e, each.by, world.nowMs) ?? e;
        break;
      case 'pass':
        e = passEscalation(e, each.by, 'other', world.nowMs) ?? e;
        break;
      case 'duty':
        world.onDuty = WARD.filter((_, i) => (each.mask & (1 << i)) !== 0);
        break;
      case 'end':
        world.isOver = true;
        follow('end', { active: false });
        break;
      case 'away':
        if (!world.isOver) follow('carried', { isElsewhere: true });
        break;
      case 'shelve':
        if (world.isOver || world.isShelved) break;
        world.isShelved = true;
        follow('shelved');
        break;
      case 'unshelve':
        if (!world.isShelved) break;
        world.isShelved = false;
        follow('unshelved');
        break;
      case 'remind':
        if (!world.isOver) follow('reminded');
        break;
      case 'becomes': {
        if (world.isOver || world.isShelved || each.priority === world.priority) break;
        const isRise = PRIORITY_RANK[each.priority] > PRIORITY_RANK[world.priority];
        const wasAsUrgent = PRIORITY_RANK[each.priority] <= PRIORITY_RANK[world.highest];
        world.priority = each.priority;
        if (!wasAsUrgent) world.highest = each.priority;
        follow(isRise ? 'raised' : 'lowered', { wasAsUrgent });
        break;
      }
    }
    look({ before, after: e, did: each.do, world, pages, reported, skipped });
  }
}

const histories = fc.tuple(shape, fc.array(act, { maxLength: 40 }));
const runs = { numRuns: 400 } as const;

test('law: nobody is told of what is over, put away, or accepted by enough, and it always knows when to look again while it runs', () => {
  fc.assert(
    fc.property(histories, ([policyShape, acts]) => {
      play(policyShape, acts, ({ before, after, world, pages }) => {
        if (world.isOver || world.isShelved) {
          expect(pages).toEqual([]);
          expect(after.state).not.toBe('running');
          expect(after.arriveByMs).toBeNull();
        }
        if (before.state === 'accepted' && (before.arriveByMs === null || world.nowMs < before.arriveByMs))
          expect(pages).toEqual([]);
        expect(after.nextAtMs !== null).toBe(after.state === 'running' || after.arriveByMs !== null);
        if (after.state === 'accepted' && after.arriveByMs !== null) expect(after.nextAtMs).toBe(after.arriveByMs);
      });
    }),
    runs,
  );
});

test('law: while the alarm holds it ends only when enough have accepted or its policy has ended, and that end is reported', () => {
  fc.assert(
    fc.property(histories, ([policyShape, acts]) => {
      let isReported = false;
      play(policyShape, acts, ({ before, after, world, did, reported }) => {
        if (did !== 'tick' && after.round !== before.round) isReported = false;
        if (after.state === 'accepted') isReported = false;
        isReported ||= reported;
        if (world.isOver || world.isShelved) return;
        expect(['running', 'accepted', 'ended']).toContain(after.state);
        if (after.state === 'accepted') expect(after.accepts.length).toBeGreaterThanOrEqual(policyShape.acceptsNeeded);
        if (after.state === 'ended') {
          expect(after.endedWhy).toBe('ranOut');
          expect(isReported).toBe(true);
          expect(policyShape.repeat === null || policyShape.repeat.times !== null).toBe(true);
        }
      });
    }),
    runs,
  );
});

test('law: what is due is told or reported, and looked at again in time', () => {
  fc.assert(
    fc.property(histories, ([policyShape, acts]) => {
      play(policyShape, acts, ({ before, after, world, did, pages, reported, skipped }) => {
        const wasDue = did === 'tick' && before.nextAtMs !== null && before.nextAtMs <= world.nowMs;
        if (!wasDue) return void (did === 'tick' && expect(after).toBe(before));
        expect(after.rev).toBe(before.rev + 1);
        // Said before: nobody was there when it was last asked, or it began again because it had run out.
        const wasSaid = before.foundNobody || before.isReported;
        expect(pages.length > 0 || reported || skipped.length > 0 || wasSaid).toBe(true);
        if (after.state !== 'running') return;
        const again = Math.max(60_000, NOBODY_RETRY_MS, (policyShape.repeat?.afterS ?? 0) * 1_000);
        expect(after.nextAtMs! - world.nowMs).toBeLessThanOrEqual(again);
        expect(after.nextAtMs!).toBeGreaterThan(world.nowMs);
      });
    }),
    runs,
  );
});

test('law: a rise above all that was before begins anew, whoever had accepted, and each of them is told', () => {
  fc.assert(
    fc.property(histories, ([policyShape, acts]) => {
      let highest: Priority = 'medium';
      play(policyShape, acts, ({ before, after, world, did }) => {
        const isRise = did === 'becomes' && world.highest !== highest;
        highest = world.highest;
        if (!isRise) return;
        expect(after).toMatchObject({ state: 'running', step: -1, accepts: [], isReported: false });
        const untold = after.earlier.filter((each) => !each.isTold).map((each) => each.by);
        for (const { by } of before.accepts) expect(untold).toContain(by);
      });
    }),
    runs,
  );
});

test('law: each change has the next revision, and nobody counts twice', () => {
  fc.assert(
    fc.property(histories, ([policyShape, acts]) => {
      play(policyShape, acts, ({ before, after }) => {
        expect(after === before || after.rev === before.rev + 1).toBe(true);
        for (const list of [after.accepts, after.earlier, after.declines]) {
          expect(new Set(list.map((each) => each.by)).size).toBe(list.length);
        }
      });
    }),
    runs,
  );
});
