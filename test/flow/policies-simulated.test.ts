/** A simulation of the policy in force says what the platform really did: the same alarms, people and answers, on a real store. */
import { randomUUID } from 'node:crypto';
import { type CommandId, type Priority, StaffId } from '@vigil/contracts';
import fc from 'fast-check';
import { Escalator } from '../../src/escalation/escalator.js';
import { Simulation } from '../../src/policies/simulation.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';

type Happening =
  | {
      readonly kind: 'raise' | 'end' | 'rise' | 'lower';
      readonly alarm: number;
      readonly priority: Priority;
      readonly bed: string;
    }
  | { readonly kind: 'accept' | 'decline' | 'arrive' | 'pass'; readonly alarm: number; readonly by: string }
  | { readonly kind: 'duty'; readonly by: string; readonly unit: string; readonly role: string };

const alarms = fc.integer({ min: 1, max: 2 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('raise' as const, 'raise' as const, 'end' as const, 'rise' as const, 'lower' as const),
    alarm: alarms,
    priority: fc.constantFrom<Priority>('high', 'medium', 'low'),
    bed: fc.constantFrom('icu-1', 'icu-2', 'imc-1'),
  }),
  fc.record({
    kind: fc.constantFrom('accept' as const, 'decline' as const, 'arrive' as const, 'pass' as const),
    alarm: alarms,
    by: fc.constantFrom('amy', 'ben', 'carol'),
  }),
  fc.record({
    kind: fc.constant('duty' as const),
    by: fc.constantFrom('amy', 'ben', 'carol'),
    unit: fc.constantFrom('icu', 'imc'),
    role: fc.constantFrom('primary', 'charge'),
  }),
);
const history = fc.array(fc.tuple(fc.integer({ min: 1_000, max: 90_000 }), happening), { minLength: 10, maxLength: 40 });

/** Lets the platform do it: what is due is done when it is due. */
async function live(t: TestStores, happenings: readonly (readonly [number, Happening])[]): Promise<void> {
  const escalator = new Escalator({
    ...{ escalations: t.escalations, directory: t.directory, feed: t.alarmFeed, clock: t.clock, publicUrl: 'http://127.0.0.1' },
    log: { error: (facts: unknown) => expect(facts).toBeUndefined(), warn: () => undefined } as never,
  });
  const dueUntil = async (untilMs: number): Promise<void> => {
    for (;;) {
      const times = (await t.escalations.due(untilMs - 1, 50)).map(({ escalation }) => escalation.nextAtMs!);
      if (times.length === 0) break;
      await t.clock.advance(Math.max(0, Math.min(...times) - t.clock.wallMs()));
      await escalator.runOnce();
    }
    await t.clock.advance(Math.max(0, untilMs - t.clock.wallMs()));
  };
  const known = new Map<number, { rev: number; onsetMs: number; bedId: string; active: boolean; priority: Priority }>();
  const store = async (
    n: number,
    cause: string,
    was: { rev: number; onsetMs: number; bedId: string; active: boolean; priority: Priority },
  ) => {
    known.set(n, was);
    const presence = was.active ? 'on' : 'off';
    const { rev, onsetMs, bedId, active, priority } = was;
    const at = { atMs: Math.round(t.clock.nowMs()), onsetMs };
    await t.alarmState.commit(
      batch([transition({ alarmId: alarmIdNo(n), rev, cause, bedId, active, priority, presence, ...at })]),
    );
  };
  for (const [waitMs, each] of happenings) {
    await dueUntil(t.clock.wallMs() + waitMs);
    if (each.kind === 'duty') {
      await t.directory.assign(
        {
          staffId: StaffId.parse(each.by),
          careUnitId: each.unit,
          bedId: null,
          role: each.role,
          fromMs: t.clock.wallMs(),
          toMs: t.clock.wallMs() + 200_000,
        } as never,
        { commandId: randomUUID(), audit: audit('dan'), nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs() } as never,
      );
      continue;
    }
    const was = known.get(each.alarm);
    if ('by' in each) {
      if (was === undefined) continue;
      const command = {
        commandId: randomUUID() as CommandId,
        alarmId: alarmIdNo(each.alarm),
        by: StaffId.parse(each.by),
        ifRev: null,
      };
      const all = {
        ...command,
        audit: audit(each.by),
        nowMs: t.clock.nowMs(),
        wallMs: t.clock.wallMs(),
        reason: 'other' as const,
      };
      await t.alarms[each.kind](all).catch((error: unknown) => expect(error).toMatchObject({ code: 'conflict' }));
    } else if (each.kind === 'raise') {
      if (was !== undefined) continue;
      const { priority, bed: bedId } = each;
      await store(each.alarm, 'onset', { rev: 1, onsetMs: Math.round(t.clock.nowMs()), bedId, active: true, priority });
    } else if (was?.active === true) {
      const isEnd = each.kind === 'end';
      const priority = isEnd ? was.priority : each.kind === 'rise' ? 'high' : 'medium';
      const rank = { low: 0, medium: 1, high: 2 };
      if (!isEnd && Math.sign(rank[priority] - rank[was.priority]) !== (each.kind === 'rise' ? 1 : -1)) continue;
      const cause = isEnd ? 'end' : each.kind === 'rise' ? 'raised' : 'lowered';
      await store(each.alarm, cause, { ...was, rev: was.rev + 1, active: !isEnd, priority });
    }
  }
  await dueUntil(t.clock.wallMs() + 400_000);
}

const audit = (actor: string) => auditEntry({ actor, action: 'test', object: '', outcome: 'allowed' });

let pagesSeen = 0;
test('law: for whatever happens, who would have been told by the policy in force is who was told', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (happenings) => {
      const t = await openTestStores();
      try {
        await live(t, happenings);
        const simulation = new Simulation({ store: t.policies, clock: t.clock, monotonicMs: () => performance.now() });
        const { content, hash } = await t.policies.inForce(null);
        const result = await simulation.run({ content, careUnitIds: [], days: 1 });
        expect(result.hash).toBe(hash);
        expect(result.inForce).toEqual(result.wouldHave);
        expect([result.wouldHave.pages, result.wouldHave.toldAlarms]).toEqual([result.really.pages, result.really.toldAlarms]);
        pagesSeen += result.really.pages;
        const again = await simulation.run({ content, careUnitIds: [], days: 1 });
        expect(again).toEqual(result);
      } finally {
        await t.end();
      }
    }),
    { numRuns: Number(process.env['VIGIL_POLICY_RUNS'] ?? 4), endOnFailure: true },
  );
  expect(pagesSeen).toBeGreaterThan(0);
}, 600_000);
