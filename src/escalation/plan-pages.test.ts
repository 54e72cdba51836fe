import { StaffId } from '@vigil/contracts';
import { startEscalation } from '@vigil/domain';
import { transition } from '../../test/contract/alarm-fixtures.js';
import type { ContactMethod, DueEscalation } from '../ports/escalations.js';
import { tokenHash } from '../access/tokens.js';
import { type PlanContext, planPages } from './plan-pages.js';
import { sitePolicy } from './site-policy.js';

const [amy, bob] = [StaffId.parse('amy'), StaffId.parse('bob')];
const policy = sitePolicy({
  steps: [
    { tell: 'primary', waitS: 30 },
    { tell: 'charge', waitS: 60 },
  ],
  priorities: ['high'],
});
const mail = (demo: boolean): ContactMethod => ({
  contactId: 'amy/smtp',
  channel: 'smtp',
  address: 'someone@hospital.test',
  demo,
});
const due = (more: Record<string, unknown> = {}): DueEscalation => ({
  escalation: startEscalation(transition(more), policy, 1_000),
  alarm: transition(more),
  onDuty: [
    { staffId: amy, target: 'role:primary', forBed: true },
    { staffId: bob, target: 'role:charge', forBed: false },
  ],
  policy,
  route: policy.routes[1]!,
});
const context = (contacts: ReadonlyMap<StaffId, readonly ContactMethod[]>): PlanContext => ({
  publicUrl: 'http://127.0.0.1:3000',
  place: 'bed ICU 3',
  contacts,
  wallMs: 1_000,
  newToken: () => 'token',
});
const everybody = new Map([
  [amy, [mail(true)]],
  [bob, [mail(true)]],
]);

test('a page says how urgent and where, and nothing about the patient', () => {
  const { pages } = planPages(due(), context(everybody));
  expect(pages).toMatchObject([
    {
      staffId: 'amy',
      subject: 'TEST *** High priority alarm, bed ICU 3',
      text: 'TEST *** High priority alarm, bed ICU 3. Open: http://127.0.0.1:3000/p/token',
      tokenHash: tokenHash('token'),
      expiresAtMs: 601_000,
      test: true,
      reason: 'step 1: primary nurse of this bed',
    },
  ]);
  expect(JSON.stringify(pages)).not.toMatch(/148|heartRate|enc-1/);
});

test('live data page by every channel and without TEST; technical alarms say what they are', () => {
  const { pages } = planPages(due({ origin: 'live', kind: 'technical' }), context(new Map([[amy, [mail(false)]]])));
  expect(pages[0]).toMatchObject({ subject: '*** High priority technical alarm, bed ICU 3', test: false });
});

test('data that are not live never leave by a channel that is not marked demo: the next step follows at once', () => {
  const { step, pages } = planPages(
    due(),
    context(
      new Map([
        [amy, [mail(false)]],
        [bob, [mail(true)]],
      ]),
    ),
  );
  expect(step).toMatchObject({ skipped: [0], exhausted: false });
  expect(pages.map((p) => p.staffId)).toEqual(['bob']);
});

test('where nothing can reach anybody that is said at once', () => {
  const { step, pages } = planPages(due(), context(new Map()));
  expect(step).toMatchObject({ skipped: [0, 1], exhausted: true });
  expect(pages).toEqual([]);
});

test('a person with two channels gets a page by each, with a link of its own', () => {
  let n = 0;
  const both = new Map([
    [amy, [mail(true), { contactId: 'amy/webhook', channel: 'webhook', address: 'amy', demo: true } as const]],
  ]);
  const { pages } = planPages(due(), { ...context(both), newToken: () => `token-${n++}` });
  expect(pages.map((p) => p.channel)).toEqual(['smtp', 'webhook']);
  expect(new Set(pages.flatMap((p) => [p.pageId, p.tokenHash])).size).toBe(4);
});

test('a label adds a line to no page, whatever is in it', () => {
  const { pages } = planPages(due(), { ...context(everybody), place: 'bed 1\r\nBcc: all@hospital.test\r\n\r\nx' });
  for (const { subject, text, place } of pages) expect([subject, text, place].join('')).not.toMatch(/[\r\n]/);
});

test('each further channel of a person waits for its turn; two phones of one channel take theirs together', () => {
  const way = (contactId: string, channel: ContactMethod['channel']): ContactMethod => ({
    contactId,
    channel,
    address: 'x',
    demo: true,
  });
  const ways = [way('phone', 'webPush'), way('desk', 'webPush'), way('mail', 'smtp')];
  const { pages } = planPages(due(), context(new Map([[amy, ways]])));
  expect(pages.map((page) => [page.contactId, page.notBeforeMs, page.expiresAtMs - page.notBeforeMs!])).toEqual([
    ['phone', 1_000, 600_000],
    ['desk', 1_000, 600_000],
    ['mail', 21_000, 600_000],
  ]);
  expect(new Set(pages.map((page) => page.pageId)).size).toBe(3);
  expect(pages[2]!.reason).toContain('channel 2');
});
