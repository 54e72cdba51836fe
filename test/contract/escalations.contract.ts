import { StaffId } from '@vigil/contracts';
import { NOBODY_RETRY_MS, nextPages } from '@vigil/domain';
import type { AlarmState } from '../../src/ports/alarm-state.js';
import type { Alarms } from '../../src/ports/alarms.js';
import { auditEntry, type AuditTrail } from '../../src/ports/audit-trail.js';
import type { DueEscalation, Escalations, NewPage } from '../../src/ports/escalations.js';
import type { LogRelay } from '../../src/ports/log-relay.js';
import { alarmIdNo, batch, ending, transition } from './alarm-fixtures.js';

export interface EscalationsUnderTest {
  readonly escalations: Escalations;
  readonly alarms: Alarms;
  readonly alarmState: AlarmState;
  readonly auditTrail: AuditTrail;
  readonly logRelay: LogRelay;
  nowMs(): number;
  /** Somebody sets the wall clock. */
  jumpWall(byMs: number): void;
  reboot(): void;
  end(): Promise<void>;
}

const LEASE_MS = 30_000;
const ROOMS = new Map([['smtp', 10]] as const);

/** Promises of `Escalations`. amy is the primary nurse of icu-1, carol in charge of its care unit, both by mail. */
export function escalationsContract(open: () => Promise<EscalationsUnderTest>): void {
  let t: EscalationsUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const raise = (more: Record<string, unknown> = {}) => t.alarmState.commit(batch([transition(more)]));
  const dueNow = async (laterMs = 0): Promise<DueEscalation> => (await t.escalations.due(t.nowMs() + laterMs, 10))[0]!;
  const page = (more: Partial<NewPage> = {}): NewPage => ({
    pageId: 'page-1',
    staffId: StaffId.parse('amy'),
    channel: 'smtp',
    address: 'amy@hospital.test',
    step: 0,
    reason: 'step 1: primary nurse of this bed',
    subject: 'TEST',
    text: 'TEST http://127.0.0.1/p/secret',
    tokenHash: 'hash-1',
    expiresAtMs: t.nowMs() + 600_000,
    test: true,
    ...more,
  });
  const advance = async (pages: readonly NewPage[], laterMs = 0): Promise<boolean> => {
    const due = await dueNow(laterMs);
    const wallMs = t.nowMs() + laterMs;
    const step = nextPages(due.escalation, due.route, due.onDuty, wallMs);
    return t.escalations.advance(due, step, pages, wallMs, wallMs);
  };
  const accept = (no = '1') =>
    t.alarms.accept({
      commandId: `00000000-0000-4000-8000-00000000000${no}` as never,
      alarmId: alarmIdNo(1),
      by: StaffId.parse('amy'),
      ifRev: null,
      audit: auditEntry({ actor: 'amy', action: 'alarm.accept', object: '', outcome: 'allowed' }),
      nowMs: t.nowMs(),
      wallMs: t.nowMs(),
    });
  const answer = (how: 'decline' | 'arrive' | 'pass', by: string, no: string, ifRev: number | null = null) =>
    t.alarms[how]({
      commandId: `00000000-0000-4000-8000-0000000000a${no}` as never,
      alarmId: alarmIdNo(1),
      by: StaffId.parse(by),
      ifRev,
      reason: 'busy-with-patient',
      audit: auditEntry({ actor: by, action: 'alarm.accept', object: '', outcome: 'allowed' }),
      nowMs: t.nowMs(),
      wallMs: t.nowMs(),
    });
  const pagesShown = async () => (await t.alarms.get(alarmIdNo(1)))!.escalation.pages;
  const claim = (laterMs = 0) => t.escalations.claimPages(t.nowMs() + laterMs, LEASE_MS, ROOMS);

  test('a new alarm is due at once, with those who answer for its bed', async () => {
    await raise();
    const due = await dueNow();
    expect(due.alarm).toEqual(transition());
    expect(due.onDuty).toEqual([
      { staffId: 'amy', target: 'role:primary', forBed: true },
      { staffId: 'carol', target: 'role:charge', forBed: false },
    ]);
  });

  test('the higher priority comes first, and no more than asked for', async () => {
    await raise({ alarmId: alarmIdNo(1), bedId: 'icu-1' });
    await raise({ alarmId: alarmIdNo(2), bedId: 'icu-2' });
    expect(await t.escalations.due(t.nowMs(), 1)).toHaveLength(1);
    expect((await t.escalations.due(t.nowMs(), 10))[1]!.onDuty.map((p) => p.staffId)).toEqual(['ben', 'carol']);
  });

  test('a step is committed once: with its page, an audit row, and the wait for the next', async () => {
    await raise();
    expect(await advance([page()])).toBe(true);
    expect(await t.escalations.due(t.nowMs() + 29_999, 10)).toEqual([]);
    expect((await dueNow(30_000)).escalation).toMatchObject({ step: 0, rev: 2 });
    expect(await pagesShown()).toMatchObject([{ staffName: 'Amy Nurse', state: 'queued', step: 0, sentAtMs: null }]);
    expect((await t.auditTrail.list({ limit: 1 })).items[0]).toMatchObject({
      actor: 'system:escalation',
      action: 'page.queue',
      object: `alarm:${alarmIdNo(1)}`,
    });
  });

  test('a page that a dead process had claimed is sent at once by its successor', async () => {
    await raise();
    const due = await dueNow();
    const step = nextPages(due.escalation, due.route, due.onDuty, t.nowMs());
    await t.escalations.advance(due, step, [page()], t.nowMs(), t.nowMs());
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toEqual([]);
    await t.escalations.releaseDead();
    expect(await claim()).toHaveLength(1);
  });

  test('when somebody accepts in between nothing is queued', async () => {
    await raise();
    const due = await dueNow();
    await accept();
    const step = nextPages(due.escalation, due.route, due.onDuty, t.nowMs());
    expect(await t.escalations.advance(due, step, [page()], t.nowMs(), t.nowMs())).toBe(false);
    expect(await claim()).toEqual([]);
    expect(await pagesShown()).toEqual([]);
  });

  test('that nobody is on duty reaches the log once, the escalation goes on asking, and the audit trail says why steps told nobody', async () => {
    await raise();
    const due = await dueNow();
    const step = nextPages(due.escalation, due.route, [], t.nowMs());
    await t.escalations.advance(due, step, [], t.nowMs(), t.nowMs());
    const events = (await t.logRelay.next(100)).map((r) => r.event).filter((e) => e.kind === 'escalationExhausted');
    expect(events).toMatchObject([{ id: `exhausted/${alarmIdNo(1)}/2`, key: 'bed:icu-1', priority: 'high' }]);
    const details = (await t.auditTrail.list({ limit: 3 })).items.map((r) => r.detail);
    expect(details).toContain('step 1 told nobody: no usable contact for staff:amy');
    expect((await t.alarms.get(alarmIdNo(1)))!.escalation).toMatchObject({
      state: 'running',
      nextAtMs: t.nowMs() + NOBODY_RETRY_MS,
    });
  });

  test('the end of the alarm that says "not accepted" is told as well: the engine makes no further one of it', async () => {
    await raise({ conditionCode: 'notAccepted', kind: 'technical' });
    const due = await dueNow();
    await t.escalations.advance(due, nextPages(due.escalation, due.route, [], t.nowMs()), [], t.nowMs(), t.nowMs());
    const ends = (await t.logRelay.next(100)).filter((r) => r.event.kind === 'escalationExhausted');
    expect(ends).toMatchObject([{ event: { id: `exhausted/${due.alarm.alarmId}/2` } }]);
  });

  test('a decline of the only one who was told makes the next step due at once, and calls off their page', async () => {
    await raise();
    await advance([page()]);
    await answer('decline', 'amy', '1');
    expect((await dueNow()).escalation).toMatchObject({ step: 0, state: 'running', declines: [{ by: 'amy' }] });
    expect(await pagesShown()).toEqual([]);
    expect((await t.alarms.get(alarmIdNo(1)))!.escalation.declines).toMatchObject([
      { name: 'Amy Nurse', reason: 'busy-with-patient' },
    ]);
  });

  test('who accepted and passes it on is not going any more, and the next step is due at once', async () => {
    await raise();
    await advance([page()]);
    await accept();
    await answer('pass', 'amy', '1');
    expect((await dueNow()).escalation).toMatchObject({ state: 'running', accepts: [] });
    await expect(answer('pass', 'amy', '2')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('who arrives without having accepted has accepted, and the log hears of it', async () => {
    await raise();
    const { alarm } = await answer('arrive', 'carol', '1');
    expect(alarm.escalation).toMatchObject({
      state: 'accepted',
      acceptedByName: 'Carol Charge',
      accepts: [{ staffId: 'carol' }],
    });
    expect(alarm.escalation.accepts[0]!.arrivedAtMs).toBe(t.nowMs());
    expect((await t.logRelay.next(100)).at(-1)!.event).toMatchObject({ kind: 'command', command: 'accept', by: 'carol' });
    await expect(answer('decline', 'amy', '2')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('an answer to what has moved on meanwhile is refused, and the same one again changes nothing', async () => {
    await raise();
    await advance([page()]);
    await expect(answer('decline', 'amy', '1', 1)).rejects.toMatchObject({ code: 'revision-moved' });
    await answer('decline', 'amy', '2', 2);
    expect(await answer('decline', 'amy', '2', 2)).toMatchObject({ repeated: true, alarm: { escalation: { rev: 3 } } });
    await expect(answer('arrive', 'amy', '2', 3)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('two escalators that look at once queue each page once', async () => {
    await raise();
    const wallMs = t.nowMs();
    const both = await Promise.all([t.escalations.due(wallMs, 10), t.escalations.due(wallMs, 10)]);
    const won = await Promise.all(
      both.map(([due], i) => {
        const step = nextPages(due!.escalation, due!.route, due!.onDuty, wallMs);
        return t.escalations.advance(due!, step, [page({ pageId: `page-${i}`, tokenHash: `hash-${i}` })], wallMs, wallMs);
      }),
    );
    expect(won.toSorted()).toEqual([false, true]);
    expect(await claim()).toHaveLength(1);
  });

  test('that nobody was found is a trouble of the care unit until somebody is', async () => {
    await raise();
    const troubles = async () =>
      (await t.logRelay.next(100)).flatMap(({ event }) =>
        event.kind === 'onCallTrouble' ? [[event.trouble, event.active]] : [],
      );
    const due = await dueNow();
    await t.escalations.advance(due, nextPages(due.escalation, due.route, [], t.nowMs()), [], t.nowMs(), t.nowMs());
    expect(await troubles()).toEqual([['nobodyOnCall', true]]);
    await advance([page()], NOBODY_RETRY_MS);
    expect(await troubles()).toEqual([
      ['nobodyOnCall', true],
      ['nobodyOnCall', false],
    ]);
  });

  test.each([3_600_000, -3_600_000, 90_000, -90_000])('a wall clock that is set by %d ms moves no step', async (byMs) => {
    await raise();
    await advance([page()]);
    t.jumpWall(byMs);
    expect(await t.escalations.due(t.nowMs() + 29_000, 10)).toEqual([]);
    expect((await dueNow(30_000)).escalation).toMatchObject({ step: 0, nextAtMs: t.nowMs() + 30_000 });
    // Done again, also by another process, it moves nothing.
    t.jumpWall(0);
    expect(await t.escalations.due(t.nowMs() + 29_000, 10)).toEqual([]);
  });

  test('what is answered or begins while nobody has noticed yet that the wall clock was set waits as long as it said', async () => {
    await raise();
    await advance([page()]);
    t.jumpWall(3_600_000);
    await raise({ alarmId: alarmIdNo(2), bedId: 'icu-2' });
    await answer('decline', 'carol', '7');
    const [second] = await t.escalations.due(t.nowMs(), 10);
    expect(second!.alarm.alarmId).toBe(alarmIdNo(2));
    expect((await t.escalations.due(t.nowMs() + 30_000, 10)).map((each) => each.alarm.alarmId)).toContain(alarmIdNo(1));
    expect((await t.escalations.due(t.nowMs() + 29_000, 10)).map((each) => each.alarm.alarmId)).toEqual([alarmIdNo(2)]);
  });

  test('after a start of the machine wall time counts', async () => {
    await raise();
    await advance([page()]);
    t.reboot();
    t.jumpWall(30_000);
    expect(await t.escalations.due(t.nowMs(), 10)).toHaveLength(1);
  });

  test('a page is claimed by one, and again when its claimer died', async () => {
    await raise();
    await advance([page()]);
    const both = await Promise.all([claim(), claim()]);
    expect(both.flat()).toMatchObject([{ pageId: 'page-1', staffName: 'Amy Nurse', attempts: 1, idempotencyKey: 'page-1' }]);
    expect(await claim(LEASE_MS - 1)).toEqual([]);
    expect(await claim(LEASE_MS)).toMatchObject([{ pageId: 'page-1', attempts: 2, idempotencyKey: 'page-1' }]);
  });

  test('a wall clock that is set forward makes no channel come before its turn, and no page leave twice', async () => {
    await raise();
    await advance([page(), page({ pageId: 'page-2', tokenHash: 'hash-2', notBeforeMs: t.nowMs() + 20_000 })]);
    expect(await claim()).toHaveLength(1);
    t.jumpWall(3_600_000);
    expect(await claim()).toEqual([]);
    expect(await claim(20_000)).toMatchObject([{ pageId: 'page-2' }]);
  });

  test('a sent page is shown as sent and not claimed again', async () => {
    await raise();
    await advance([page()]);
    await claim();
    await t.escalations.pageSent(['page-1'], t.nowMs() + 5, 'receipt');
    expect(await claim(LEASE_MS)).toEqual([]);
    expect(await pagesShown()).toMatchObject([{ state: 'sent', sentAtMs: t.nowMs() + 5 }]);
  });

  test('a failed page waits for its next attempt, or is given up and shown so', async () => {
    await raise();
    await advance([page()]);
    await claim();
    await t.escalations.pageFailed(['page-1'], t.nowMs(), { reason: 'pager-unavailable', retryAtMs: t.nowMs() + 1_000 });
    expect(await claim(999)).toEqual([]);
    expect(await claim(1_000)).toMatchObject([{ attempts: 2 }]);
    await t.escalations.pageFailed(['page-1'], t.nowMs(), { reason: 'pager-unavailable', retryAtMs: null });
    expect(await claim(3_600_000)).toEqual([]);
    expect(await pagesShown()).toMatchObject([{ state: 'failed' }]);
  });

  test('an alarm that rises while its escalation runs is told anew, from the first step', async () => {
    await raise({ priority: 'medium' });
    const first = await dueNow();
    const told = nextPages(first.escalation, first.route, first.onDuty, t.nowMs());
    await t.escalations.advance(first, told, [page()], t.nowMs(), t.nowMs());
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'raised', priority: 'high', atMs: 5_000 })]));
    const again = await dueNow();
    expect(again.escalation).toMatchObject({ state: 'running', step: -1, rev: told.escalation.rev + 1 });
    expect(again.alarm.priority).toBe('high');
  });

  test('a priority that goes down and up again pages nobody twice and starts nothing anew: the next step comes when it was due', async () => {
    await raise();
    const first = await dueNow();
    const told = nextPages(first.escalation, first.route, first.onDuty, t.nowMs());
    await t.escalations.advance(first, told, [page()], t.nowMs(), t.nowMs());
    const lowered = transition({ rev: 2, cause: 'lowered', priority: 'medium', atMs: 3_000 });
    await t.alarmState.commit(batch([lowered, transition({ rev: 3, cause: 'raised', atMs: 5_000 })]));
    expect(await t.escalations.due(t.nowMs(), 10)).toEqual([]);
    const next = await dueNow(30_000);
    expect(next.escalation).toMatchObject({ step: 0, nextAtMs: told.escalation.nextAtMs });
    expect(next.alarm.priority).toBe('high');
  });

  test('an alarm that rises after its escalation ran out is told anew', async () => {
    await raise();
    for (const laterMs of [0, 30_000, 90_000]) await advance([], laterMs);
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'raised', priority: 'high', atMs: 5_000 })]));
    expect((await dueNow()).escalation).toMatchObject({ state: 'running', step: -1 });
  });

  test('who accepted a medium alarm has not accepted the high one that it becomes: all are told anew, and nobody is shown as going', async () => {
    await raise({ priority: 'medium' });
    await advance([page()]);
    await accept();
    const raised = { cause: 'raised', priority: 'high', atMs: 5_000 };
    await t.alarmState.commit(batch([transition({ ...raised, rev: 2 })]));
    const due = await dueNow();
    expect(due.escalation).toMatchObject({
      state: 'running',
      step: -1,
      accepts: [],
      earlier: [{ by: 'amy', why: 'lessUrgent' }],
    });
    const shown = (await t.alarms.get(alarmIdNo(1)))!.escalation;
    expect(shown).toMatchObject({ state: 'running', acceptedBy: null, acceptedByName: null, acceptedAtMs: null });
    await accept('2');
    const lowered = transition({ rev: 3, cause: 'lowered', priority: 'medium', atMs: 6_000 });
    await t.alarmState.commit(batch([lowered, transition({ ...raised, rev: 4, atMs: 7_000 })]));
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
  });

  test('in another care unit it is told anew, to those who are there, and what still waits to be sent says no wrong bed', async () => {
    await raise();
    await advance([page()]);
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'carried', bedId: 'imc-1', atMs: 5_000 })]));
    const due = await dueNow();
    expect(due).toMatchObject({ escalation: { state: 'running', step: -1 }, alarm: { bedId: 'imc-1' }, onDuty: [] });
    expect(await claim(LEASE_MS)).toEqual([]);
    await accept();
    await t.alarmState.commit(batch([transition({ rev: 3, cause: 'carried', bedId: 'icu-1', atMs: 6_000 })]));
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
    expect((await t.alarms.get(alarmIdNo(1)))!.escalation).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
  });

  test.each([
    ['was taken out of a shelf', { cause: 'unshelved' }],
    ['came to another bed', { cause: 'carried', bedId: 'imc-1' }],
  ])('a rise is news although the alarm was as urgent before it %s: nobody who is told since then knows', async (_, began) => {
    const at = { bedId: 'icu-1', ...began };
    await raise();
    await advance([page()]);
    const shelved = { cause: 'shelved', presence: 'off', shelvedUntilMs: 9_000_000, priority: 'medium' };
    const lowered = { cause: 'lowered', priority: 'medium' };
    await raise({ rev: 2, atMs: 2_000, ...(began.cause === 'unshelved' ? shelved : lowered) });
    await raise({ rev: 3, atMs: 3_000, ...at, priority: 'medium' });
    await accept();
    await raise({ rev: 4, atMs: 4_000, ...at, cause: 'raised', priority: 'high' });
    expect((await dueNow()).escalation).toMatchObject({
      state: 'running',
      step: -1,
      earlier: [{ by: 'amy', why: 'lessUrgent' }],
    });
  });

  test('at another bed of the same care unit it is told anew, to who is there, and what still waits to be sent says no wrong bed', async () => {
    await raise();
    await advance([page()]);
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'carried', bedId: 'icu-2', atMs: 5_000 })]));
    const due = await dueNow();
    expect(due).toMatchObject({ escalation: { state: 'running', step: -1 }, alarm: { bedId: 'icu-2' } });
    expect(due.onDuty.map((each) => each.staffId)).toContain('ben');
    expect(await claim(LEASE_MS)).toEqual([]);
  });

  test('a transition that a replay brings again starts nothing anew', async () => {
    await raise({ priority: 'medium' });
    const raised = transition({ rev: 2, cause: 'raised', priority: 'high', atMs: 5_000 });
    await t.alarmState.commit(batch([raised]));
    await accept();
    await t.alarmState.commit(batch([raised]));
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
  });

  test('what a gateway raised by itself waits for the word that it holds, and then pages at once', async () => {
    await t.alarmState.commit(batch([transition({ adopted: 'held' })]));
    expect(await t.escalations.due(t.nowMs() + 59_999, 10)).toEqual([]);
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'confirmed', adopted: 'confirmed' })]));
    expect((await dueNow()).escalation).toMatchObject({ state: 'running', step: -1, startedAtMs: t.nowMs() });
  });

  test('what a gateway raised by itself pages after a minute when nobody says whether it holds', async () => {
    await t.alarmState.commit(batch([transition({ adopted: 'held' })]));
    expect(await t.escalations.due(t.nowMs() + 60_000, 10)).toHaveLength(1);
  });

  test('what a gateway raised a moment ago pages at once: a part of the log may be away for long', async () => {
    await t.alarmState.commit(batch([transition({ adopted: 'held', atMs: t.nowMs() - 9_000 })]));
    expect(await dueNow()).toMatchObject({ escalation: { state: 'running' } });
  });

  test('a rise that waits for the word that it holds postpones no page that was under way', async () => {
    await raise();
    const first = await dueNow();
    await t.escalations.advance(
      first,
      nextPages(first.escalation, first.route, first.onDuty, t.nowMs()),
      [page()],
      t.nowMs(),
      t.nowMs(),
    );
    const dueMs = nextPages(first.escalation, first.route, first.onDuty, t.nowMs()).escalation.nextAtMs!;
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'raised', priority: 'high', atMs: 5_000, adopted: 'held' })]));
    expect(await t.escalations.due(Math.min(dueMs, t.nowMs() + 59_000), 10)).toHaveLength(1);
  });

  test('what a gateway raised by itself and is over pages nobody', async () => {
    const over = transition({ rev: 2, cause: 'end', active: false, presence: 'latched', atMs: 5_000, adopted: 'held' });
    await t.alarmState.commit(batch([transition({ adopted: 'held' })]));
    await t.alarmState.commit(batch([over]));
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
  });

  test('the word that an alarm holds changes nothing for who was told or has accepted', async () => {
    await t.alarmState.commit(batch([transition({ adopted: 'held' })]));
    await accept();
    await t.alarmState.commit(batch([transition({ rev: 2, cause: 'confirmed', adopted: 'confirmed' })]));
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
  });

  test.each(['accept', 'end'])('%s calls off what was not sent yet', async (how) => {
    await raise();
    await advance([page()]);
    if (how === 'accept') await accept();
    else await t.alarmState.commit(batch([ending()]));
    expect(await claim(LEASE_MS)).toEqual([]);
    expect(await pagesShown()).toEqual([]);
    expect(await t.escalations.due(t.nowMs() + 3_600_000, 10)).toEqual([]);
  });

  test('a link is found by the hash of its token only, and used once', async () => {
    await raise();
    await advance([page()]);
    expect(await t.escalations.linkByTokenHash('secret')).toBeNull();
    expect(await t.escalations.linkByTokenHash('hash-1')).toEqual({
      pageId: 'page-1',
      alarmId: alarmIdNo(1),
      staffId: 'amy',
      staffName: 'Amy Nurse',
      expiresAtMs: t.nowMs() + 600_000,
      used: false,
      test: true,
    });
    const uses = await Promise.allSettled([t.escalations.useLink('page-1'), t.escalations.useLink('page-1')]);
    expect(uses.map((u) => u.status)).toEqual(['fulfilled', 'rejected']);
    expect(await t.escalations.linkByTokenHash('hash-1')).toMatchObject({ used: true });
  });
}
