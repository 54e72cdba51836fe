import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { PageStage } from '@vigil/contracts';
import { alarmIdNo } from '../../test/contract/alarm-fixtures.js';
import { PagingWard } from '../../test/support/paging-ward.js';
import { tokenHash } from '../access/tokens.js';

let w: PagingWard;
const open = async (more: Parameters<typeof PagingWard.open>[0] = {}): Promise<PagingWard> => (w = await PagingWard.open(more));
afterEach(() => w.end());

const HIGH = 'TEST *** High priority alarm, bed ICU 1';

test('the first channel is used at once, the next one 20 s later, unless somebody answers first', async () => {
  await open({ webhook: true });
  await w.raise();
  await w.after(0);
  expect(await w.pages()).toMatchObject([
    { channel: 'smtp', state: 'sent' },
    { channel: 'webhook', state: 'queued', notBeforeMs: w.stores.clock.wallMs() + 20_000 },
  ]);
  await w.after(19_999);
  expect(w.hook.sent).toEqual([]);
  await w.after(1);
  expect(w.hook.sent.map((page) => page.staffId)).toEqual(['amy']);
});

test.each(['accept', 'decline'] as const)('%s calls off the further channels of whoever answers', async (answer) => {
  await open({ webhook: true });
  await w.raise();
  await w.after(0);
  await w[answer]('amy');
  await w.after(25_000);
  expect(w.hook.sent.map((page) => page.staffId)).not.toContain('amy');
});

test('a second alarm of the same patient is told by the message that has just left, and says so', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(5_000);
  expect(w.sent).toEqual([`amy: ${HIGH}`]);
  const [first] = await w.pages(1);
  const [joined] = await w.pages(2);
  expect(joined).toMatchObject({ state: 'sent', joined: { pageId: first!.pageId, alarmId: alarmIdNo(1) } });
  expect(joined!.reason).toContain(`told with page:${first!.pageId}`);
  // A minute later it is news.
  await w.raise({ alarmId: alarmIdNo(3), conditionCode: 'x' });
  await w.after(25_000);
  expect(w.mail.sent).toHaveLength(3);
});

test('an alarm that is told by another message makes no pages late, for as long as it goes on', async () => {
  await open();
  const { onCallTroubles, clock } = w.stores;
  await w.raise();
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(0);
  // Once the sender stands still, whatever waits by itself is late.
  await clock.advance(60_000);
  expect(await onCallTroubles.channels(0)).toMatchObject([{ channel: 'smtp', sent: 1, waiting: 0 }]);
  expect((await onCallTroubles.overdue(clock.wallMs())).pageMs).toBeNull();
  await w.tell();
  await clock.advance(31_000);
  expect((await onCallTroubles.overdue(clock.wallMs())).pageMs).toBe(31_000);
  await w.send();
  expect((await onCallTroubles.overdue(clock.wallMs())).pageMs).toBeNull();
});

test('an alarm that joined a message is told by itself as soon as that message is about nothing any more', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(1_000);
  await w.endAlarm();
  await w.after(1_000);
  // No "stand down" for the bed that she has to go to.
  expect(w.sent).toEqual([`amy: ${HIGH}`, `amy: ${HIGH}`]);
  expect(await w.pages(2)).toMatchObject([{ state: 'sent', joined: null }]);
});

test('an alarm that joined a message which could not be sent is told by itself', async () => {
  await open();
  await w.raise();
  await w.tell();
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.tell();
  w.mail.failing = { retryable: false };
  await w.send();
  w.mail.failing = null;
  await w.after(1);
  expect(await w.pages(2)).toMatchObject([{ staffId: 'amy', state: 'sent', joined: null }]);
});

test('what waits for one person leaves as one message, the most urgent first, and each page is known by itself', async () => {
  await open();
  await w.raise({ priority: 'medium', encounterId: null });
  await w.raise({ alarmId: alarmIdNo(2), priority: 'high' });
  await w.after(0);
  expect(w.mail.sent).toMatchObject([{ staffId: 'amy', priority: 'high', covers: { length: 2 } }]);
  const [message] = w.mail.sent;
  expect(message!.subject).toBe('TEST *** 2 alarms: bed ICU 1');
  expect(message!.text).toMatch(/^TEST \*\*\* 2 alarms: bed ICU 1\. Open: http:\/\/127\.0\.0\.1:3000\/p\/[\w-]{43}$/);
  expect([await w.pages(1), await w.pages(2)]).toMatchObject([[{ state: 'sent' }], [{ state: 'sent' }]]);
});

test('a message about several that is refused is tried again one by one, so that one of them holds up no other', async () => {
  await open();
  await w.raise({ priority: 'medium', encounterId: null });
  await w.raise({ alarmId: alarmIdNo(2), priority: 'high' });
  w.mail.failing = { retryable: false };
  await w.after(0);
  w.mail.failing = null;
  await w.after(1);
  expect(w.mail.sent.map((page) => [page.covers.length, page.priority])).toEqual([
    [1, 'high'],
    [1, 'medium'],
  ]);
  expect(new Set(w.mail.sent.map((page) => page.idempotencyKey)).size).toBe(2);
});

test('pages that left together leave together again after a crash, under the same key, and take no other with them', async () => {
  await open();
  const claim = (laterMs: number) =>
    w.stores.escalations.claimPages(w.stores.clock.wallMs() + laterMs, 30_000, new Map([['smtp', 8]] as const));
  await w.raise({ priority: 'medium', encounterId: null });
  await w.raise({ alarmId: alarmIdNo(2), priority: 'high' });
  await w.tell();
  const [before] = await claim(0);
  await w.raise({ alarmId: alarmIdNo(3), bedId: 'icu-2', encounterId: null });
  await w.tell();
  const after = await claim(30_000);
  expect(after.map((page) => [page.idempotencyKey, page.covers])).toContainEqual([before!.idempotencyKey, before!.covers]);
  expect(after).toHaveLength(2);
});

test('a page whose process dies again and again is sent all the same, after every other one', async () => {
  await open();
  await w.raise();
  await w.tell();
  const rooms = new Map([['smtp', 8]] as const);
  for (let crash = 1; crash <= 8; crash++) {
    expect(await w.stores.escalations.claimPages(w.stores.clock.wallMs(), 30_000, rooms)).toHaveLength(1);
    await w.stores.escalations.releaseDead();
  }
  await w.raise({ alarmId: alarmIdNo(2), bedId: 'icu-2', encounterId: null, priority: 'medium' });
  await w.tell();
  await w.send();
  await w.send();
  expect(w.mail.sent.map((page) => page.staffId)).toEqual(['ben', 'amy']);
});

test('whoever was told and need not come hears who is going, once, and who is going does not', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.after(30_000);
  await w.accept('carol');
  await w.after(1_000);
  await w.after(60_000);
  expect(w.sent.slice(2)).toEqual(['amy: TEST ICU, bed ICU 1: stand down, Carol Charge is going']);
  expect(w.mail.sent[2]).toMatchObject({ kind: 'standDown', text: 'TEST ICU, bed ICU 1: stand down, Carol Charge is going.' });
});

test('when it is over, whoever was told and is not there hears of it', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.endAlarm();
  await w.after(1_000);
  await w.after(1_000);
  expect(w.sent.slice(1)).toEqual(['amy: TEST ICU, bed ICU 1: stand down, it is over']);
});

test('nobody who is going to a bed for one alarm is told to stand down there because another is over', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(1_000);
  await w.accept('amy', 2);
  await w.accept('amy', 1);
  await w.endAlarm();
  await w.after(1_000);
  expect(w.sent).toEqual([`amy: ${HIGH}`]);
  await w.endAlarm({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(1_000);
  expect(w.sent.slice(1)).toEqual(['amy: TEST ICU, bed ICU 1: stand down, it is over']);
});

test('that nobody came to an alarm is no word that nobody need come', async () => {
  await open();
  await w.raise();
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  for (const ms of [0, 30_000, 60_000]) await w.after(ms);
  expect((await w.stores.alarms.get(alarmIdNo(2)))!.escalation.state).toBe('ended');
  await w.endAlarm();
  await w.after(1_000);
  expect(w.sent.filter((each) => each.includes('stand down'))).toEqual([]);
});

test('a stand-down that was not true for a while is told when it is true again', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.accept('carol');
  await w.pass('carol');
  await w.send();
  await w.accept('ben');
  await w.after(1_000);
  expect(w.sent.slice(1)).toEqual(['amy: TEST ICU, bed ICU 1: stand down, Ben Nurse is going']);
});

test('a stand-down finds the way by which its person was told, also where that is none for what is most urgent', async () => {
  await open({ webhook: true });
  const db = new DatabaseSync(w.stores.file);
  db.exec("UPDATE contact_method SET position_high = NULL WHERE contact_id = 'amy/smtp'");
  db.exec("UPDATE contact_method SET position_high = 1, position_medium = NULL WHERE contact_id = 'amy/webhook'");
  db.close();
  await w.raise({ priority: 'medium' });
  await w.after(0);
  await w.accept('carol');
  await w.after(1_000);
  expect(w.sent).toEqual([
    'amy: TEST ** Medium priority alarm, bed ICU 1',
    'amy: TEST ICU, bed ICU 1: stand down, Carol Charge is going',
  ]);
});

test('what is wrong with the patient joins no message about a technical alarm', async () => {
  await open();
  await w.raise({ kind: 'technical' });
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(1_000);
  expect(w.sent).toEqual(['amy: TEST *** High priority technical alarm, bed ICU 1', `amy: ${HIGH}`]);
});

test('a link is good for ten minutes from when its message leaves, whichever turn that has, and again when it leaves again', async () => {
  await open({ webhook: true });
  const links = async () =>
    Promise.all(
      [...w.mail.sent, ...w.hook.sent].map(async ({ text }) => {
        const link = await w.stores.escalations.linkByTokenHash(tokenHash(text.split('/p/')[1]!));
        return link!.expiresAtMs - w.stores.clock.wallMs();
      }),
    );
  await w.raise();
  await w.after(0);
  await w.after(20_000);
  expect(await links()).toEqual([580_000, 600_000]);
  await w.raise({ alarmId: alarmIdNo(2), bedId: 'icu-2', encounterId: null });
  await w.tell();
  await w.stores.escalations.claimPages(w.stores.clock.wallMs(), 30_000, new Map([['smtp', 8]] as const));
  // It ended before it could send it, and for an hour.
  await w.stores.clock.advance(3_600_000);
  await w.send();
  expect((await links()).at(1)).toBe(600_000);
});

test('when a person puts it away, whoever was told hears of it, and who did it knows; taken out, they are told anew', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.after(30_000);
  const [amyTold, carolTold] = [`amy: ${HIGH}`, `carol: ${HIGH}`];
  const shelved = { rev: 2, cause: 'shelved', presence: 'off', shelvedUntilMs: 3_600_000, atMs: 40_000, by: 'carol' };
  await w.raise(shelved);
  await w.after(1_000);
  await w.after(1_000);
  expect(w.sent).toEqual([amyTold, carolTold, 'amy: TEST ICU, bed ICU 1: stand down, it is shelved for now']);
  await w.raise({ rev: 3, cause: 'unshelved', atMs: 50_000 });
  await w.after(1_000);
  expect(w.sent.slice(3)).toEqual([amyTold]);
});

const claimOne = () => w.stores.escalations.claimPages(w.stores.clock.wallMs(), 30_000, new Map([['smtp', 1]] as const));
const JUMPS = [3_600_000, -3_600_000];

test.each(JUMPS)(
  'a page that is refused just after the wall clock was set by %d ms hurries the next step on all the same',
  async (byMs) => {
    await open();
    // So that people are on duty before and after.
    await w.after(7_200_000);
    await w.raise();
    await w.tell();
    const [claimed] = await claimOne();
    w.stores.clock.jumpWall(byMs);
    await w.stores.escalations.pageFailed(claimed!.covers, w.stores.clock.wallMs(), { reason: 'refused', retryAtMs: null });
    await w.after(0);
    expect(w.sent).toEqual([`carol: ${HIGH}`]);
  },
);

test.each(JUMPS)(
  'what is tried again, or queued, just after the wall clock was set by %d ms waits as long as it said',
  async (byMs) => {
    await open();
    // So that people are on duty before and after.
    await w.after(7_200_000);
    await w.raise();
    await w.tell();
    const [claimed] = await claimOne();
    w.stores.clock.jumpWall(byMs);
    const wallMs = w.stores.clock.wallMs();
    await w.stores.escalations.pageFailed(claimed!.covers, wallMs, { reason: 'busy', retryAtMs: wallMs + 1_000 });
    await w.after(999);
    expect(w.sent).toEqual([]);
    await w.after(1);
    expect(w.sent).toEqual([`amy: ${HIGH}`]);
  },
);

test('what is given up of an earlier step hurries nothing on', async () => {
  await open({ webhook: true });
  await w.raise();
  await w.tell();
  const [first] = await claimOne();
  await w.after(30_000);
  const step = async () => (await w.stores.alarms.get(alarmIdNo(1)))!.escalation;
  const before = await step();
  expect(before.step).toBe(1);
  await w.stores.escalations.pageFailed(first!.covers, w.stores.clock.wallMs(), { reason: 'refused', retryAtMs: null });
  expect((await step()).nextAtMs).toBe(before.nextAtMs);
});

test('a page that leaves while somebody accepts is followed by the word that nobody need come', async () => {
  await open();
  await w.raise();
  await w.tell();
  const [claimed] = await w.stores.escalations.claimPages(w.stores.clock.wallMs(), 30_000, new Map([['smtp', 1]]));
  await w.accept('carol');
  await w.stores.escalations.pageSent(claimed!.covers, w.stores.clock.wallMs(), 'taken');
  await w.after(1_000);
  expect(w.sent).toEqual(['amy: TEST ICU, bed ICU 1: stand down, Carol Charge is going']);
});

test('receipts are a ladder of first reports, shown in its order, for all that one message carried', async () => {
  await open();
  await w.raise();
  await w.after(0);
  await w.raise({ alarmId: alarmIdNo(2), conditionCode: 'spo2.low' });
  await w.after(0);
  const { pageId } = (await w.pages())[0]!;
  const at = w.stores.clock.wallMs();
  const { escalations } = w.stores;
  expect(await escalations.receipt(pageId, 'opened', at + 5)).toBe(true);
  expect(await escalations.receipt(pageId, 'delivered', at + 9)).toBe(true);
  expect(await escalations.receipt(pageId, 'opened', at + 7)).toBe(false);
  expect(await escalations.receipt('nobody knows', 'opened', at)).toBe(false);
  const ladder = async (no: number) => (await w.pages(no))[0]!.receipts.map(({ stage, atMs }) => [stage, atMs - at]);
  expect(await ladder(1)).toEqual([
    ['queued', 0],
    ['sent', 0],
    ['delivered', 9],
    ['opened', 5],
  ]);
  expect((await ladder(2)).slice(2)).toEqual((await ladder(1)).slice(2));
  await w.accept('amy');
  expect((await ladder(1)).at(-1)).toEqual(['accepted', 0]);
});

test('whatever is reported of pages, the same people are told by the same ways at the same times', async () => {
  const report = fc.record({
    atMs: fc.integer({ min: 0, max: 99_000 }),
    stage: fc.constantFrom(...PageStage.options),
    no: fc.nat(3),
  });
  const told = async (reports: readonly { atMs: number; stage: PageStage; no: number }[]): Promise<readonly string[]> => {
    await open({ webhook: true });
    await w.raise();
    for (let atMs = 0; atMs <= 99_000; atMs += 1_000) {
      await w.after(atMs === 0 ? 0 : 1_000);
      for (const each of reports.filter(({ atMs: at }) => Math.floor(at / 1_000) === atMs / 1_000)) {
        const page = (await w.pages())[each.no];
        if (page !== undefined) await w.stores.escalations.receipt(page.pageId, each.stage, w.stores.clock.wallMs());
      }
    }
    const { pages, state, step } = (await w.stores.alarms.get(alarmIdNo(1)))!.escalation;
    return [state, String(step), ...pages.map((p) => `${p.staffId} ${p.channel} ${p.state} ${p.queuedAtMs} ${p.sentAtMs}`)];
  };
  const without = await told([]);
  await w.end();
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 12 }), async (reports) => {
      expect(await told(reports)).toEqual(without);
      await w.end();
    }),
    { numRuns: 3 },
  );
  await open();
});
