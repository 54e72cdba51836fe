import { randomUUID } from 'node:crypto';
import { AskSwap, type CommandId, NewOverride, type Schedule, ScheduleContent, ScheduleId, StaffId } from '@vigil/contracts';
import { plannedAt, plannedShifts } from '@vigil/domain';
import type { AuditTrail } from '../../src/ports/audit-trail.js';
import type { Change } from '../../src/ports/change.js';
import { NOTES_KEPT_MS, type OnCall } from '../../src/ports/on-call.js';
import { changeAt } from './device-assignments.contract.js';

export interface OnCallUnderTest {
  readonly onCall: OnCall;
  readonly auditTrail: Pick<AuditTrail, 'list'>;
  readonly clock: { wallMs(): number; advance(ms: number): Promise<void> };
  /** Everything that is stored, as it lies there. */
  holds(text: string): Promise<boolean>;
  stopKeys(isStopped: boolean): void;
  end(): Promise<void>;
}

const HOUR = 3_600_000;
const id = ScheduleId.parse('physicians');
const amy = StaffId.parse('amy');
const ben = StaffId.parse('ben');

/** Amy and Ben change every day at midnight of UTC; with `people`, they do. */
const content = (...people: string[]): ScheduleContent =>
  ScheduleContent.parse({
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC' },
    rotations: people.map((staffId) => ({
      ...{ rotationId: staffId, label: staffId, unit: 'day', every: 1, startDate: '1970-01-01', handoverTime: '00:00' },
      participants: [staffId],
    })),
  });

/** Promises of `OnCall` on the site of `sql-fixture.ts`. */
export function onCallContract(open: () => Promise<OnCallUnderTest>): void {
  let t: OnCallUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const now = (): number => t.clock.wallMs();
  const change = (by = 'carol', commandId = randomUUID() as CommandId): Change => ({
    ...changeAt(now()),
    ...{ by: StaffId.parse(by), commandId, nowMs: now(), wallMs: now() },
  });
  const create = async (...people: string[]): Promise<Schedule> =>
    (await t.onCall.create({ scheduleId: id, content: content(...people) }, change())).value;
  const at = async (wallMs: number): Promise<readonly string[]> =>
    plannedAt((await t.onCall.plans([id], { fromMs: wallMs, toMs: wallMs + 1 })).get(id)!, wallMs);
  const override = (kind: string, who: { staffId?: string; instead?: string }, fromMs: number, toMs: number, by = change()) =>
    t.onCall.addOverride(id, NewOverride.parse({ kind, ...who, fromMs, toMs, reason: 'CANARY is ill' }), by);
  const audited = async (): Promise<number> => (await t.auditTrail.list({ limit: 100 })).items.length;

  test('nobody is on call before a schedule is made, and by one that nobody knows', async () => {
    const beforeMs = now();
    expect(await at(beforeMs)).toEqual([]);
    await t.clock.advance(HOUR);
    expect(await create('amy')).toMatchObject({ scheduleId: 'physicians', rev: 1, by: 'carol', sinceMs: now(), retired: false });
    expect([await at(beforeMs), await at(now())]).toEqual([[], ['amy']]);
    const unknown = ScheduleId.parse('unknown');
    expect(plannedAt((await t.onCall.plans([unknown], { fromMs: 0, toMs: 1 })).get(unknown)!, 0)).toEqual([]);
    expect(await t.onCall.schedule(unknown)).toBeNull();
  });

  test('the same command again makes nothing new, and a name that is taken is a conflict, also of one that is retired', async () => {
    const once = change();
    const asked = { scheduleId: id, content: content('amy') };
    expect((await t.onCall.create(asked, once)).repeated).toBe(false);
    expect((await t.onCall.create(asked, once)).repeated).toBe(true);
    await expect(t.onCall.create(asked, change())).rejects.toMatchObject({ code: 'conflict' });
    await t.onCall.retire({ scheduleId: id, ifRev: 1 }, change());
    await expect(t.onCall.create(asked, change())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a change holds from now on: who was on call before is told as it was', async () => {
    await create('amy');
    const beforeMs = now();
    await t.clock.advance(HOUR);
    const rows = await audited();
    const { value } = await t.onCall.change(
      { scheduleId: id, ifRev: 1 },
      { content: content('ben'), reason: 'CANARY left' },
      change(),
    );
    expect([value.rev, await audited()]).toEqual([2, rows + 1]);
    expect([await at(beforeMs), await at(now() - 1), await at(now())]).toEqual([['amy'], ['amy'], ['ben']]);
    expect(await t.onCall.changes(id)).toMatchObject([
      { rev: 2, reason: 'CANARY left', fromMs: now(), toMs: null, by: 'carol' },
      { rev: 1, reason: null, toMs: now() },
    ]);
    expect(await t.holds('CANARY')).toBe(false);
    await expect(t.onCall.change({ scheduleId: id, ifRev: 1 }, { content: content() }, change())).rejects.toMatchObject({
      code: 'revision-moved',
    });
  });

  test('two changes in one moment, and one by a clock that was put back, leave no time to nobody', async () => {
    await create('amy');
    await t.onCall.change({ scheduleId: id, ifRev: 1 }, { content: content('ben') }, change());
    await t.onCall.change(
      { scheduleId: id, ifRev: 2 },
      { content: content('amy', 'ben') },
      { ...change(), wallMs: now() - HOUR },
    );
    expect(await at(now())).toEqual(['amy', 'ben']);
    const plan = (await t.onCall.plans([id], { fromMs: now(), toMs: now() + HOUR })).get(id)!;
    expect(plannedShifts(plan, { fromMs: now(), toMs: now() + HOUR }).gaps).toEqual([]);
  });

  test('what was said by a clock that was ahead holds once somebody changes anything', async () => {
    const ahead = { ...change(), wallMs: now() + 9 * HOUR };
    await t.onCall.create({ scheduleId: id, content: content('amy') }, ahead);
    expect(await at(now())).toEqual([]);
    await t.onCall.change({ scheduleId: id, ifRev: 1 }, { content: content('ben') }, change());
    expect([await at(now()), await at(now() + 20 * HOUR)]).toEqual([['ben'], ['ben']]);
    const from = { fromMs: now(), toMs: now() + 20 * HOUR };
    expect(plannedShifts((await t.onCall.plans([id], from)).get(id)!, from).gaps).toEqual([]);
  });

  test('what was taken back is kept, and a question of now does not read it', async () => {
    await create('amy');
    for (let n = 0; n < 3; n++) {
      const { value } = await override('add', { staffId: 'ben' }, now(), now() + HOUR);
      await t.clock.advance(1);
      await t.onCall.endOverride(value.overrideId, change());
      await t.clock.advance(1);
    }
    const plan = (await t.onCall.plans([id], { fromMs: now(), toMs: now() + 1 })).get(id)!;
    expect(plan.overrides).toEqual([]);
    expect(await t.onCall.overrides(id, { fromMs: now(), toMs: now() + 1 })).toHaveLength(3);
  });

  test('a retired schedule tells nobody from then on, is in no list, and can be changed no more', async () => {
    await create('amy');
    await t.clock.advance(HOUR);
    expect((await t.onCall.retire({ scheduleId: id, ifRev: 1 }, change())).value.retired).toBe(true);
    expect([await at(now() - 1), await at(now())]).toEqual([['amy'], []]);
    expect(await t.onCall.schedules({})).toEqual([]);
    await expect(t.onCall.change({ scheduleId: id, ifRev: 1 }, { content: content() }, change())).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(override('add', { staffId: 'ben' }, now(), now() + HOUR)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('schedules are listed for a care unit, or all', async () => {
    await create('amy');
    const ids = async (careUnitId?: string) =>
      (await t.onCall.schedules({ careUnitId: careUnitId as never })).map(({ scheduleId }) => scheduleId);
    expect([await ids(), await ids('icu'), await ids('imc')]).toEqual([['physicians'], ['physicians'], []]);
  });

  test('an override counts from when it was made until it is taken back, and is kept', async () => {
    await create('amy');
    const beforeMs = now();
    await t.clock.advance(HOUR);
    const once = change();
    const { value } = await override('replace', { staffId: 'ben', instead: 'amy' }, beforeMs, now() + 9 * HOUR, once);
    expect(value).toMatchObject({ reason: 'CANARY is ill', by: 'carol', setMs: now(), voidedMs: null, swapId: null });
    expect((await override('replace', { staffId: 'ben', instead: 'amy' }, beforeMs, now() + 9 * HOUR, once)).repeated).toBe(true);
    expect(await t.holds('CANARY')).toBe(false);
    await t.clock.advance(HOUR);
    const ended = (await t.onCall.endOverride(value.overrideId, change('dan'))).value;
    expect(ended).toMatchObject({ voidedBy: 'dan', voidedMs: now() });
    expect([await at(beforeMs), await at(now() - 1), await at(now())]).toEqual([['amy'], ['ben'], ['amy']]);
    expect(await t.onCall.overrides(id, { fromMs: now(), toMs: now() + 1 })).toEqual([ended]);
    expect((await t.onCall.endOverride(value.overrideId, change())).repeated).toBe(true);
  });

  test('an override that is over, too long or of no time is refused, and one of nowhere is not found', async () => {
    await create('amy');
    const ms = now();
    await expect(override('add', { staffId: 'ben' }, ms - HOUR, ms)).rejects.toMatchObject({ code: 'conflict' });
    await expect(override('add', { staffId: 'ben' }, ms, ms + 367 * 24 * HOUR)).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await expect(override('add', { staffId: 'ben' }, ms + 1, ms + 1)).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(t.onCall.endOverride('nothing', change())).rejects.toMatchObject({ code: 'not-found' });
    const short = (await override('add', { staffId: 'ben' }, ms, ms + HOUR)).value;
    await t.clock.advance(HOUR);
    await expect(t.onCall.endOverride(short.overrideId, change())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('who is on call is changed without a key, then without its reason', async () => {
    await create('amy');
    t.stopKeys(true);
    expect((await override('add', { staffId: 'ben' }, now(), now() + HOUR)).value.reason).toBeNull();
    expect(await at(now())).toEqual(['amy', 'ben']);
    t.stopKeys(false);
  });

  describe('a swap', () => {
    const DAY = 24 * HOUR;
    /** Amy by the one schedule, Ben by the other. */
    const both = async (): Promise<{ readonly asked: AskSwap; readonly tomorrow: number }> => {
      const other = ScheduleId.parse('seniors');
      await create('amy');
      await t.onCall.create({ scheduleId: other, content: content('ben') }, change());
      const tomorrow = (Math.floor(now() / DAY) + 1) * DAY;
      const give = { scheduleId: id, fromMs: tomorrow, toMs: tomorrow + DAY };
      const take = { scheduleId: other, fromMs: tomorrow + DAY, toMs: tomorrow + 2 * DAY };
      return { asked: AskSwap.parse({ give, take, to: 'ben' }), tomorrow };
    };
    const whoAt = async (scheduleId: string, wallMs: number): Promise<readonly string[]> => {
      const plans = await t.onCall.plans([ScheduleId.parse(scheduleId)], { fromMs: wallMs, toMs: wallMs + 1 });
      return plannedAt([...plans.values()][0]!, wallMs);
    };

    test('changes nothing until the other one agrees; then both turns have changed hands', async () => {
      const { asked, tomorrow } = await both();
      const { value } = await t.onCall.askSwap(asked, change('amy'));
      expect(value).toMatchObject({ state: 'open', rev: 1, askedBy: 'amy', to: 'ben', untilMs: tomorrow });
      expect(await whoAt('physicians', tomorrow)).toEqual(['amy']);
      const once = change('ben');
      const target = { swapId: value.swapId, ifRev: 1 };
      expect((await t.onCall.answerSwap(target, 'agree', once)).value).toMatchObject({
        state: 'agreed',
        rev: 2,
        answeredMs: now(),
      });
      expect((await t.onCall.answerSwap(target, 'agree', once)).repeated).toBe(true);
      expect(await whoAt('physicians', tomorrow)).toEqual(['ben']);
      expect(await whoAt('seniors', tomorrow + DAY)).toEqual(['amy']);
      expect(await whoAt('physicians', tomorrow + DAY)).toEqual(['amy']);
      await expect(t.onCall.answerSwap({ ...target, ifRev: 2 }, 'decline', change('ben'))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect((await t.onCall.swaps(ben)).map(({ swapId }) => swapId)).toEqual([value.swapId]);
      expect(await t.onCall.swaps(StaffId.parse('carol'))).toEqual([]);
    });

    test.each(['decline', 'withdraw'] as const)('that ends with "%s" changes nothing', async (answer) => {
      const { asked, tomorrow } = await both();
      const { value } = await t.onCall.askSwap({ ...asked, take: null }, change('amy'));
      await t.onCall.answerSwap({ swapId: value.swapId, ifRev: 1 }, answer, change('ben'));
      expect(await whoAt('physicians', tomorrow)).toEqual(['amy']);
    });

    test('is over once the first turn begins', async () => {
      const { asked, tomorrow } = await both();
      const { value } = await t.onCall.askSwap(asked, change('amy'));
      await t.clock.advance(tomorrow - now());
      expect((await t.onCall.swap(value.swapId))?.state).toBe('expired');
      const target = { swapId: value.swapId, ifRev: 1 };
      await expect(t.onCall.answerSwap(target, 'agree', change('ben'))).rejects.toMatchObject({ code: 'conflict' });
      await expect(t.onCall.askSwap(asked, change('amy'))).rejects.toMatchObject({ code: 'conflict' });
    });

    test('of a turn that somebody else has by now is refused, and nothing of it is done', async () => {
      const { asked, tomorrow } = await both();
      const { value } = await t.onCall.askSwap(asked, change('amy'));
      await override('replace', { staffId: 'carol', instead: 'amy' }, tomorrow + HOUR, tomorrow + 2 * HOUR);
      const target = { swapId: value.swapId, ifRev: 1 };
      await expect(t.onCall.answerSwap(target, 'agree', change('ben'))).rejects.toMatchObject({ code: 'conflict' });
      expect(await whoAt('seniors', tomorrow + DAY)).toEqual(['ben']);
      expect((await t.onCall.swap(value.swapId))?.state).toBe('open');
    });

    test('of a turn that is not theirs, or with somebody who is on call then anyway, is refused', async () => {
      const { asked } = await both();
      await expect(t.onCall.askSwap({ ...asked, to: amy }, change('ben'))).rejects.toMatchObject({ code: 'conflict' });
      await override('add', { staffId: 'ben' }, asked.give.fromMs, asked.give.toMs);
      await expect(t.onCall.askSwap(asked, change('amy'))).rejects.toMatchObject({ code: 'conflict' });
    });

    test('of a swap is a swap', async () => {
      const { asked, tomorrow } = await both();
      const first = (await t.onCall.askSwap({ ...asked, take: null }, change('amy'))).value;
      await t.onCall.answerSwap({ swapId: first.swapId, ifRev: 1 }, 'agree', change('ben'));
      const second = (await t.onCall.askSwap({ ...asked, take: null, to: StaffId.parse('carol') }, change('ben'))).value;
      await t.onCall.answerSwap({ swapId: second.swapId, ifRev: 1 }, 'agree', change('carol'));
      expect(await whoAt('physicians', tomorrow)).toEqual(['carol']);
    });
  });

  test('a hand-over note is sealed, shown newest first, and forgotten after a month', async () => {
    await create('amy');
    const first = (await t.onCall.addNote(id, 'CANARY in bed 3 is restless', change('amy'))).value;
    expect(first).toMatchObject({ by: 'amy', atMs: now(), text: 'CANARY in bed 3 is restless' });
    expect(await t.holds('CANARY')).toBe(false);
    await t.clock.advance(HOUR);
    const second = (await t.onCall.addNote(id, 'all quiet', change('ben'))).value;
    expect((await t.onCall.notes(id)).map(({ noteId }) => noteId)).toEqual([second.noteId, first.noteId]);
    expect((await t.onCall.newestNotes([id], now() - 1)).get(id)).toBe(now());
    expect((await t.onCall.newestNotes([id], now() + 1)).size).toBe(0);
    await t.clock.advance(NOTES_KEPT_MS);
    expect((await t.onCall.notes(id)).map(({ noteId }) => noteId)).toEqual([second.noteId]);
  });
}
