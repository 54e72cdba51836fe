import { Logger } from '@nestjs/common';
import { FakeClock } from '@vigil/clock';
import { BreakGlassGrant } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import { type BreakGlass, type DueNotice, REVIEW_WITHIN_MS } from '../ports/break-glass.js';
import type { PrivacyMail } from '../ports/privacy-mail.js';
import { BreakGlassMetrics } from './break-glass-metrics.js';
import { BreakGlassNotices, noticeText } from './break-glass-notices.js';

beforeAll(() => Logger.overrideLogger(false));

const clock = new FakeClock();
const grant = BreakGlassGrant.parse({
  grantId: `bg-${'a'.repeat(32)}`,
  staffId: 'ida',
  staffName: 'Ida Nurse',
  patientId: 'pat-1',
  bedId: 'icu-1',
  careUnitId: 'icu',
  reason: 'advice-asked-for',
  text: 'TESTMAN does not breathe',
  openedMs: clock.wallMs(),
  endsMs: clock.wallMs() + 3_600_000,
  state: 'open',
  loud: false,
  reviewDueMs: clock.wallMs() + REVIEW_WITHIN_MS,
  overdue: false,
  review: null,
});

/** One notice, and a mail server that takes it or not. */
function desk(options: { readonly takes: () => boolean; readonly isConfigured?: boolean }) {
  const time = new FakeClock();
  let due: (DueNotice & { readonly atMs: number }) | null = { noticeId: 'n', grant, attempts: 0, atMs: time.wallMs() };
  const outcomes: string[] = [];
  const sent: string[] = [];
  const grants = {
    counts: () => Promise.resolve({ open: 1, unreviewed: 1, overdue: 0 }),
    dueNotices: (wallMs: number) => Promise.resolve(due !== null && due.atMs <= wallMs ? [due] : []),
    noticed: (_id: string, outcome: string, nextMs: number | null) => {
      outcomes.push(outcome);
      due = outcome === 'failed' ? { ...due!, attempts: due!.attempts + 1, atMs: nextMs! } : null;
      return Promise.resolve();
    },
  } as unknown as BreakGlass;
  const mail = {
    isConfigured: options.isConfigured ?? true,
    send: ({ text }: { readonly text: string }) => {
      if (!options.takes()) return Promise.reject(new PlatformError('pager-unavailable', {}, true));
      sent.push(text);
      return Promise.resolve();
    },
  } as PrivacyMail;
  const metrics = new BreakGlassMetrics({ registry: new Registry() });
  const notices = new BreakGlassNotices({ grants, mail, metrics, clock: time as never, publicUrl: () => 'https://vigil.test' });
  return { notices, outcomes, sent, time };
}

test('the text says who, when and why, and nothing that tells the patient', () => {
  const { subject, text } = noticeText(grant, 'https://vigil.test');
  expect(subject).toBe('Vigil: emergency access opened');
  expect(text).toContain('Ida Nurse (ida) opened the record of a patient in an emergency');
  expect(text).toContain('advice asked for');
  expect(`${subject}${text}`).not.toMatch(/pat-1|icu|TESTMAN|breathe/);
  expect(noticeText({ ...grant, loud: true }, 'x').subject).toContain('unusually many');
});

test('a mail leaves once', async () => {
  const { notices, outcomes, sent } = desk({ takes: () => true });
  notices.opened(grant);
  await notices.round();
  await notices.round();
  expect([outcomes, sent.length]).toEqual([['sent'], 1]);
});

test('a mail that nobody takes is tried again at growing distances, and given up after twenty', async () => {
  const { notices, outcomes, time } = desk({ takes: () => false });
  await notices.round();
  await time.advance(29_999);
  await notices.round();
  expect(outcomes).toEqual(['failed']);
  await time.advance(1);
  for (let minute = 0; minute < 60 * 24; minute++) {
    await notices.round();
    await time.advance(60_000);
  }
  expect(outcomes).toHaveLength(20);
  expect(outcomes.at(-1)).toBe('given-up');
});

test('a mail server that comes back late takes no notices that are overdue anyway', async () => {
  const { notices, outcomes, sent, time } = desk({ takes: () => true });
  await time.advance(REVIEW_WITHIN_MS + 1);
  await notices.round();
  expect([outcomes, sent]).toEqual([['given-up'], []]);
});

test('a site without an addressee mails nothing', async () => {
  const { notices, outcomes } = desk({ takes: () => true, isConfigured: false });
  await notices.round();
  expect(outcomes).toEqual([]);
});
