import { AlarmId, StaffId } from '@vigil/contracts';
import { type BurstPage, burstHost } from './page-bursts.js';

const alarm = (no: number) => AlarmId.parse('abcdefghijklmnopqrstuvwxy'.concat('abcd'[no]!));
const page = (more: Partial<BurstPage> = {}): BurstPage => ({
  pageId: 'new',
  alarmId: alarm(2),
  staffId: StaffId.parse('amy'),
  contactId: 'amy/smtp',
  channel: 'smtp',
  kind: 'alarm',
  alarmKind: 'physiological',
  test: false,
  state: 'queued',
  isJoined: false,
  rank: 1,
  queuedMs: 30_000,
  subject: 'enc-1',
  ...more,
});
const host = (more: Partial<BurstPage> = {}): BurstPage =>
  page({ pageId: 'host', alarmId: alarm(1), queuedMs: 10_000, state: 'sent', rank: 2, ...more });

test('a second alarm of the patient is told by the message that has just told this person of the first', () => {
  expect(burstHost(page(), [host()], 30_000)?.pageId).toBe('host');
  expect(burstHost(page(), [host({ state: 'queued', rank: 1 })], 30_000)?.pageId).toBe('host');
});

test('of several messages it joins the newest', () => {
  const hosts = [host({ pageId: 'old', queuedMs: 5_000 }), host({ pageId: 'new-one', queuedMs: 20_000 }), host()];
  expect(burstHost(page(), hosts, 30_000)?.pageId).toBe('new-one');
});

test.each<[string, Partial<BurstPage>]>([
  ['of the same alarm: to be told anew is news', { alarmId: alarm(2) }],
  ['of another patient', { subject: 'enc-2' }],
  ['to somebody else', { staffId: StaffId.parse('ben') }],
  ['by another channel', { channel: 'sms' }],
  ['by another way of the same channel', { contactId: 'another' }],
  ['that says to stand down', { kind: 'standDown' }],
  ['that is a test', { test: true }],
  ['that joined another', { isJoined: true }],
  ['that failed', { state: 'failed' }],
  ['that was called off', { state: 'cancelled' }],
  ['that is less urgent', { rank: 0 }],
  ['that speaks of a technical alarm', { alarmKind: 'technical' }],
  ['that is older', { queuedMs: 0 }],
])('it joins no message %s', (_, more) => {
  expect(burstHost(page(), [host(more)], 30_000)).toBeNull();
});

test('a technical alarm joins a message about the patient', () => {
  expect(burstHost(page({ alarmKind: 'technical' }), [host()], 30_000)?.pageId).toBe('host');
  expect(burstHost(page({ alarmKind: 'technical' }), [host({ alarmKind: 'technical' })], 30_000)?.pageId).toBe('host');
});

test('only what tells of an alarm joins one, and none where the policy says so', () => {
  expect(burstHost(page({ kind: 'canary' }), [host()], 30_000)).toBeNull();
  expect(burstHost(page(), [host()], 0)).toBeNull();
});
