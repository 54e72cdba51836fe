import { StaffId } from '@vigil/contracts';
import { alarmIdNo, batch, ending, transition } from '../../test/contract/alarm-fixtures.js';
import { openTestStores, policy, type TestStores } from '../../test/contract/sql-fixture.js';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
import { auditEntry } from '../ports/audit-trail.js';
import { Escalator } from './escalator.js';
import { ATTEMPTS_MAX, PageSender, retryDelayMs } from './page-sender.js';
import { tokenHash } from '../access/tokens.js';

/** The two loops on a real store, with a clock that stands still and a pager that keeps what it is given. */
class Ward {
  readonly pager = new MemoryPager();
  readonly warnings: string[] = [];
  private readonly loops: (Escalator | PageSender)[];

  constructor(readonly stores: TestStores) {
    const log = {
      warn: (_: unknown, message: string) => void this.warnings.push(message),
      error: (facts: unknown, message: string) => {
        throw new Error(`${message} ${JSON.stringify(facts)}`);
      },
    };
    const shared = { ...stores, feed: stores.alarmFeed, policy, publicUrl: 'http://127.0.0.1:3000', log };
    this.loops = [new Escalator(shared), new PageSender({ ...shared, pagers: new PagerList([this.pager]) })];
    for (const loop of this.loops) loop.start();
  }

  raise(more: Record<string, unknown> = {}) {
    return this.stores.alarmState.commit(batch([transition(more)]));
  }

  /** Advances in small steps, so that loops see each moment in turn. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) await this.stores.clock.advance(Math.min(500, left));
    // The store answers in its own time; two more rounds let everything that fell due come through.
    for (let round = 0; round < 4; round++) await this.stores.clock.advance(1);
  }

  get told(): readonly string[] {
    return this.pager.sent.map((p) => p.staffId);
  }

  async accept(by = 'amy'): Promise<void> {
    await this.stores.alarms.accept({
      commandId: '00000000-0000-4000-8000-000000000001' as never,
      alarmId: alarmIdNo(1),
      by: StaffId.parse(by),
      ifRev: null,
      audit: auditEntry({ actor: by, action: 'alarm.accept', object: '', outcome: 'allowed' }),
      nowMs: this.stores.clock.nowMs(),
      wallMs: this.stores.clock.wallMs(),
    });
  }

  async end(): Promise<void> {
    for (const loop of this.loops) await loop.stop();
    await this.stores.end();
  }
}

let ward: Ward | null = null;
const open = async (more: Parameters<typeof openTestStores>[0] = {}): Promise<Ward> =>
  (ward = new Ward(await openTestStores(more)));
afterEach(async () => {
  await ward?.end();
  ward = null;
});

test('the primary nurse is told at once, the charge nurse after 30 s, then it is said that nobody came', async () => {
  const w = await open();
  await w.raise();
  await w.pass(1_000);
  expect(w.told).toEqual(['amy']);
  await w.pass(28_000);
  expect(w.told).toEqual(['amy']);
  await w.pass(2_000);
  expect(w.told).toEqual(['amy', 'carol']);
  await w.pass(61_000);
  expect(w.told).toEqual(['amy', 'carol']);
  expect(w.warnings).toEqual(['nobody accepted and nobody is left to be told']);
  expect((await w.stores.logRelay.next(100)).at(-1)!.event).toMatchObject({ kind: 'escalationExhausted' });
  expect((await w.stores.alarms.get(alarmIdNo(1)))!.text).toMatch(/NOBODY HAS ACCEPTED/);
});

test('somebody whose account is disabled is passed over at once', async () => {
  const w = await open();
  const audit = auditEntry({ actor: 'dan', action: 'test', object: 'test', outcome: 'allowed' });
  await w.stores.accounts.setDisabled(StaffId.parse('amy'), true, { audit, wallMs: w.stores.clock.wallMs() });
  await w.raise();
  await w.pass(1_000);
  expect(w.told).toEqual(['carol']);
});

test('whoever accepts stops it, and nobody else is told', async () => {
  const w = await open();
  await w.raise();
  await w.pass(1_000);
  await w.accept();
  await w.pass(200_000);
  expect(w.told).toEqual(['amy']);
});

test('the end of the condition stops it, and who was told hears so', async () => {
  const w = await open();
  await w.raise();
  await w.pass(1_000);
  await w.stores.alarmState.commit(batch([ending()]));
  await w.pass(200_000);
  expect(w.pager.sent.map((page) => [page.staffId, page.kind])).toEqual([
    ['amy', 'alarm'],
    ['amy', 'standDown'],
  ]);
});

test('a page carries a link whose token is stored nowhere once it is sent', async () => {
  const w = await open();
  await w.raise();
  await w.pass(1_000);
  const { text, subject } = w.pager.sent[0]!;
  const token = /\/p\/([\w-]{43})$/.exec(text)![1]!;
  expect(subject).toBe('TEST *** High priority alarm, bed ICU 1');
  expect(await w.stores.escalations.linkByTokenHash(tokenHash(token))).toMatchObject({ staffId: 'amy', test: true });
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(w.stores.file);
  expect(JSON.stringify(db.prepare('select * from page').all())).not.toContain(token);
  db.close();
});

test('data that are not live page nobody by a channel that is not marked demo, and the trail says so', async () => {
  const w = await open({ demo: false });
  await w.raise();
  await w.pass(1_000);
  expect(w.told).toEqual([]);
  const details = (await w.stores.auditTrail.list({ limit: 5 })).items.map((r) => r.detail);
  expect(details).toContain('step 1 told nobody: no usable contact for staff:amy');
  await w.raise({ alarmId: alarmIdNo(2), origin: 'live' });
  await w.pass(1_000);
  expect(w.told).toEqual(['amy']);
  expect(w.pager.sent[0]!.subject).not.toMatch(/TEST/);
});

test('a failing provider is tried again, later each time; when the page is given up, the next person is told at once', async () => {
  const w = await open();
  w.pager.failing = { retryable: true };
  await w.raise();
  await w.pass(14_000);
  expect([w.pager.attempts, w.warnings.at(-1)]).toEqual([ATTEMPTS_MAX - 1, 'a page failed']);
  await w.pass(2_000);
  const shown = (await w.stores.alarms.get(alarmIdNo(1)))!;
  expect(shown.escalation.pages).toMatchObject([{ state: 'failed' }, { staffId: 'carol', state: 'queued' }]);
  expect(shown.text).toContain('e-mail FAILED');
  w.pager.failing = null;
  await w.pass(3_000);
  expect(w.told).toEqual(['carol']);
});

test('what no page could be sent of is an alarm of the care unit, until one is', async () => {
  const w = await open();
  const troubles = async () =>
    (await w.stores.logRelay.next(100)).map((each) => each.event).filter((event) => event.kind === 'onCallTrouble');
  w.pager.failing = { retryable: false };
  await w.raise();
  await w.pass(500);
  const about = { key: 'unit:icu', trouble: 'undelivered', subject: `alarm:${alarmIdNo(1)}` };
  expect(await troubles()).toMatchObject([{ ...about, active: true }]);
  w.pager.failing = null;
  await w.raise({ rev: 2, cause: 'end', active: false, presence: 'off', atMs: 3_000 });
  await w.raise({ alarmId: alarmIdNo(2) });
  await w.pass(1_000);
  const details = (await w.stores.auditTrail.list({ limit: 50 })).items.map((row) => row.action);
  expect(details).toContain('page.undelivered');
});

test('a refusal for good is not tried again, and a channel that the site lacks is said to be missing when its turn comes', async () => {
  const w = await open({ webhook: true });
  w.pager.failing = { retryable: false };
  await w.raise();
  await w.pass(5_000);
  expect(w.pager.attempts).toBe(1);
  const pages = async () => (await w.stores.alarms.get(alarmIdNo(1)))!.escalation.pages.map((p) => [p.channel, p.state]);
  expect(await pages()).toEqual([
    ['smtp', 'failed'],
    ['webhook', 'queued'],
  ]);
  await w.pass(16_000);
  expect((await pages())[1]).toEqual(['webhook', 'failed']);
});

test('on a site without a mail server an address reaches nobody, and that is said at once', async () => {
  const w = await open({ smtp: false });
  await w.raise();
  await w.pass(1_000);
  expect(w.warnings).toEqual(['nobody accepted and nobody is left to be told']);
});

test('waits double from one second, and end with the last attempt', () => {
  expect([1, 2, 3, 4, 5].map((n) => retryDelayMs(n, true))).toEqual([1_000, 2_000, 4_000, 8_000, null]);
  expect(retryDelayMs(1, false)).toBeNull();
});

test('who accepted a medium alarm is told again when it becomes high, and the next one in time', async () => {
  const w = await open();
  await w.raise({ priority: 'medium' });
  await w.pass(1_000);
  await w.accept('carol');
  await w.raise({ rev: 2, cause: 'raised', priority: 'high', atMs: 5_000 });
  await w.pass(1_000);
  expect(w.told).toEqual(['amy', 'amy', 'carol']);
  await w.pass(31_000);
  expect(w.told).toEqual(['amy', 'amy', 'carol', 'carol']);
});

test('an alarm that ran out, went down and is high again tells the same people in pages of their own', async () => {
  const w = await open();
  await w.raise();
  await w.pass(95_000);
  await w.raise({ rev: 2, cause: 'lowered', priority: 'medium', atMs: 6_000 });
  await w.raise({ rev: 3, cause: 'raised', priority: 'high', atMs: 7_000 });
  await w.pass(1_000);
  expect(w.told).toEqual(['amy', 'carol', 'amy']);
});

test('a page of a bed to which nobody is admitted says so', async () => {
  const w = await open();
  await w.raise({ bedId: 'icu-2', encounterId: null });
  await w.pass(1_000);
  expect(w.pager.sent[0]?.subject).toBe('TEST *** High priority alarm, bed ICU 2, no patient admitted');
  // The patient is on the way to another bed, where the engine does not know of it yet.
  await w.raise({ alarmId: alarmIdNo(2), bedId: 'icu-2' });
  await w.pass(1_000);
  expect(w.pager.sent[1]?.subject).toBe('TEST *** High priority alarm, bed ICU 2');
});
