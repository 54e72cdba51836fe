import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StaffId } from '@vigil/contracts';
import { nextPages } from '@vigil/domain';
import { signatureOf } from '../../src/adapters/twilio/twilio-callbacks.js';
import { SignedTokens } from '../../src/adapters/signed-tokens/signed-tokens.js';
import { DutyWatch } from '../../src/reachability/duty-watch.js';
import { ReachabilityModule } from '../../src/reachability/reachability.module.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { MailServer } from '../support/mail-server.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const PUBLIC = 'https://vigil.hospital.test';
const TOKEN = 'secret-of-the-account';
const mail = new MailServer();
let sms: Server;
const texts: URLSearchParams[] = [];
let smsStatus = 201;
let api: Api;
let env: Readonly<Record<string, string>>;
const amy = StaffId.parse('amy');

beforeAll(async () => {
  sms = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      texts.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      response.writeHead(smsStatus).end(JSON.stringify(smsStatus === 201 ? { sid: 'SM1' } : { code: 21_211 }));
    });
  });
  await new Promise<void>((resolve) => sms.listen(0, '127.0.0.1', resolve));
  env = {
    SMTP_URL: await mail.start(),
    ...{ SMS_URL: `http://127.0.0.1:${(sms.address() as AddressInfo).port}`, SMS_ACCOUNT: 'AC1', SMS_TOKEN: TOKEN },
    ...{ SMS_FROM: '+431999999', VOICE_FROM: '+431999999', VIGIL_PUBLIC_URL: PUBLIC },
  };
});
afterAll(async () => {
  await mail.stop();
  sms.closeAllConnections();
  await new Promise<void>((resolve) => sms.close(() => resolve()));
});
beforeEach(async () => {
  mail.mails.length = 0;
  texts.length = 0;
  smsStatus = 201;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  api = await startApi({ env, pagers: 'as set up', workers: [ReachabilityModule.from(log as never)] });
});
afterEach(() => api.end());

const create = (more: Record<string, string> = {}) => ({ 'idempotency-key': newKey(), ...more });
const codeIn = (text: string): string => /code is (\d{6})/.exec(text.replace(/=\r\n/g, ''))![1]!;
const ways = async (as: string) => (await api.call('GET', '/api/v1/account/contact-methods', { as })).body;
const contacts = async (priority: 'high' | 'medium' | 'low') =>
  (await api.stores.escalations.contacts(amy, priority)).map(({ channel }) => channel);
const add = (as: string, body: unknown, path = '/api/v1/account/contact-methods') =>
  api.call('POST', path, { as, headers: create(), body });

test('a number that somebody typed is not paged and shown to nobody again, and a demo sends no code there', async () => {
  const as = await api.token('amy');
  const added = await add(as, { channel: 'sms', address: '+43123456789', label: 'my phone' });
  expect([added.status, added.body.state, added.body.address, added.body.label]).toEqual([
    201,
    'unconfirmed',
    '+43…89',
    'my phone',
  ]);
  expect(await contacts('high')).toEqual(['smtp']);
  const path = `/api/v1/account/contact-methods/${added.body.contactId}`;
  // A demo sends only by channels that are marked for it (D22).
  expect((await api.call('POST', `${path}/test`, { as })).body.code).toBe('conflict');
  expect(texts).toEqual([]);
  expect(JSON.stringify(await ways(as))).not.toContain('23456');
});

test('a way is confirmed with the code that came by it: five tries, once a minute', async () => {
  const as = await api.token('amy');
  const added = await add(as, { channel: 'smtp', address: 'amy.private@hospital.test' });
  const path = `/api/v1/account/contact-methods/${added.body.contactId}`;
  const rows = await api.audited(async () => {
    expect((await api.call('POST', `${path}/test`, { as })).status).toBe(204);
    expect((await api.call('POST', `${path}/test`, { as })).body.code).toBe('too-many-attempts');
  });
  expect(mail.mails).toHaveLength(1);
  expect([mail.mails[0]!.to, mail.mails[0]!.text]).toEqual(['amy.private@hospital.test', expect.stringContaining('TEST Vigil')]);
  const code = codeIn(mail.mails[0]!.text);
  const confirm = (given: string) => api.call('POST', `${path}/confirm`, { as, headers: create(), body: { code: given } });
  const wrong = code === '000000' ? '000001' : '000000';
  for (let i = 0; i < 4; i++) expect((await confirm(wrong)).body.code).toBe('wrong-code');
  expect((await confirm(code)).body.state).toBe('works');
  expect((await confirm(code)).body.code).toBe('ticket-expired');
  expect(await contacts('high')).toEqual(['smtp', 'smtp']);
  expect(rows.map((row) => [row.action, row.outcome, row.object])).toEqual([
    ['contact.test', 'allowed', 'staff:amy'],
    ['contact.test', 'refused', 'staff:amy'],
  ]);
  expect(JSON.stringify(rows)).not.toContain('private');
});

test('of five wrong codes the right one is of no use, and neither is one that is too old', async () => {
  const as = await api.token('amy');
  const added = await add(as, { channel: 'smtp', address: 'a@hospital.test' });
  const path = `/api/v1/account/contact-methods/${added.body.contactId}`;
  await api.call('POST', `${path}/test`, { as });
  const code = codeIn(mail.mails[0]!.text);
  const confirm = (given: string) => api.call('POST', `${path}/confirm`, { as, headers: create(), body: { code: given } });
  const wrong = code === '000000' ? '000001' : '000000';
  for (let i = 0; i < 5; i++) await confirm(wrong);
  expect((await confirm(code)).body.code).toBe('ticket-expired');
  await api.clock.advance(60_000);
  await api.call('POST', `${path}/test`, { as });
  await api.clock.advance(600_000);
  expect((await confirm(codeIn(mail.mails[1]!.text))).body.code).toBe('ticket-expired');
});

test('an order is kept for each priority, and never says that nobody is told of what is high', async () => {
  const as = await api.token('amy');
  const push = { endpoint: 'https://push.example/amy', keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } };
  const browser = (await add(as, push, '/api/v1/account/push-subscriptions')).body;
  expect(browser.state).toBe('works');
  expect(await contacts('high')).toEqual(['webPush', 'smtp']);
  const put = (body: unknown) => api.call('PUT', '/api/v1/account/contact-order', { as, headers: create(), body });
  const order = { high: ['site-smtp', browser.contactId], medium: [browser.contactId], low: [] };
  expect((await put(order)).body.order).toEqual({ ...order, low: [] });
  expect([await contacts('high'), await contacts('medium')]).toEqual([['smtp', 'webPush'], ['webPush']]);
  // Nothing is in place for what is low: the order of what is high holds.
  expect(await contacts('low')).toEqual(['smtp', 'webPush']);
  expect((await put({ ...order, high: [] })).status).toBe(400);
  expect((await put({ ...order, low: [newKey()] })).status).toBe(400);
  expect((await put({ ...order, low: ['site-smtp', 'site-smtp'] })).status).toBe(400);
  // The same browser again is the same way with new keys.
  const again = { ...push, keys: { ...push.keys, auth: 'B'.repeat(22) } };
  expect((await add(as, again, '/api/v1/account/push-subscriptions')).body.contactId).toBe(browser.contactId);
  expect((await ways(as)).items).toHaveLength(2);
});

test('what leads inside, is no address or is somebody else’s is refused; the eleventh is too many', async () => {
  const as = await api.token('amy');
  const hook = (url: string) => ({ channel: 'webhook', address: { url, secret: `whsec_${'A'.repeat(32)}` } });
  for (const url of ['https://169.254.169.254/', 'https://[::ffff:10.0.0.1]/', 'http://hook.example/', 'https://2130706433/']) {
    expect((await add(as, hook(url))).status).toBe(400);
  }
  const inside = { endpoint: 'https://10.0.0.1/', keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } };
  expect((await add(as, inside, '/api/v1/account/push-subscriptions')).status).toBe(400);
  for (const address of ['0664 123', '+0123456789', '+43123\r\n456', '<x@y>']) {
    expect((await add(as, { channel: 'sms', address })).status).toBe(400);
    expect((await add(as, { channel: 'smtp', address })).status).toBe(400);
  }
  const theirs = (await add(await api.token('ben'), { channel: 'sms', address: '+43111111111' })).body.contactId as string;
  const path = `/api/v1/account/contact-methods/${theirs}`;
  expect((await api.call('DELETE', path, { as, headers: create({ 'if-match': '"1"' }) })).status).toBe(404);
  for (let i = 0; i < 10; i++) expect((await add(as, { channel: 'sms', address: `+4312345670${i}` })).status).toBe(201);
  expect((await add(as, { channel: 'sms', address: '+43123456799' })).body.code).toBe('conflict');
});

test('a charge nurse sees whether people of her unit can be reached, and what she changes is told to the person', async () => {
  const [carol, ida] = [await api.token('carol'), await api.token('ida')];
  const seen = await api.call('GET', '/api/v1/staff/amy/reachability', { as: carol });
  expect(seen.body).toMatchObject({ reachability: 'doubtful', ways: [{ channel: 'smtp', state: 'untested' }] });
  expect(JSON.stringify(seen.body)).not.toContain('@');
  expect((await api.call('GET', '/api/v1/staff/amy/reachability', { as: ida })).status).toBe(404);
  const added = await add(carol, { channel: 'sms', address: '+43123456789' }, '/api/v1/staff/amy/contact-methods');
  expect(added.status).toBe(201);
  expect(mail.mails.map(({ to, text }) => [to, /was added by whoever is in charge/.test(text.replace(/=\r\n/g, ''))])).toEqual([
    ['amy@hospital.test', true],
  ]);
  expect(await contacts('high')).toEqual(['smtp']);
});

async function page(): Promise<string> {
  await api.stores.alarmState.commit(batch([transition()]));
  const wallMs = api.clock.wallMs();
  const due = (await api.stores.escalations.due(wallMs, 10))[0]!;
  const step = nextPages(due.escalation, due.route, due.onDuty, wallMs);
  const queued = {
    ...{ pageId: 'page-1', staffId: amy, channel: 'voice', address: '+43123456789', step: 0, reason: 'test' },
    ...{ subject: 'TEST', text: 'TEST', tokenHash: 'x', expiresAtMs: wallMs + 600_000, test: true },
  };
  await api.stores.escalations.advance(due, step, [queued as never], api.clock.nowMs(), wallMs);
  return new SignedTokens(api.stores.siteSecrets, api.clock, 'voice-token').issue('page-1');
}

async function report(path: string, form: Readonly<Record<string, string>>, signature?: string) {
  const response = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature ?? signatureOf(TOKEN, `${PUBLIC}${path}`, form),
    },
    body: new URLSearchParams(form),
  });
  return { status: response.status, text: await response.text() };
}
const escalation = async () => (await api.stores.alarms.get(alarmIdNo(1)))!.escalation;

test('a key pressed in a call accepts for whom the page names: signed, for ten minutes, and twice is once', async () => {
  const token = await page();
  const path = `/api/v1/providers/twilio/voice?token=${encodeURIComponent(token)}`;
  expect((await report(path, { Digits: '1' }, 'c2lnbmF0dXJl')).status).toBe(403);
  expect((await report(path, { Digits: '1' }, signatureOf('another secret', `${PUBLIC}${path}`, { Digits: '1' }))).status).toBe(
    403,
  );
  // Signed, but for another key than the one that is sent.
  expect((await report(path, { Digits: '2' }, signatureOf(TOKEN, `${PUBLIC}${path}`, { Digits: '1' }))).status).toBe(403);
  expect((await escalation()).state).toBe('running');
  expect((await report(path, { Digits: '7' })).text).toMatch(/means nothing/);
  expect((await escalation()).state).toBe('running');
  const rows = await api.audited(async () => {
    expect(await report(path, { Digits: '1' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('You have accepted'),
    });
    expect((await report(path, { Digits: '1' })).status).toBe(200);
  });
  expect(await escalation()).toMatchObject({ state: 'accepted', acceptedBy: 'amy' });
  expect(rows.filter((row) => row.action === 'alarm.accept' && row.outcome === 'allowed')[0]).toMatchObject({ actor: 'amy' });
});

test('a key that comes too late is told so in words, and kept', async () => {
  const token = await page();
  const ben = await api.token('ben');
  const path = `/api/v1/alarms/${alarmIdNo(1)}/accept`;
  const headers = create({ 'if-match': `"${(await escalation()).rev}"` });
  expect((await api.call('POST', path, { as: ben, headers })).status).toBe(200);
  const voice = `/api/v1/providers/twilio/voice?token=${encodeURIComponent(token)}`;
  const rows = await api.audited(async () => {
    expect(await report(voice, { Digits: '2' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('could not be taken'),
    });
  });
  expect(await escalation()).toMatchObject({ state: 'accepted', acceptedBy: 'ben', declines: [] });
  expect(rows.map(({ detail }) => detail)).toContain('page:page-1 by voice, decline: too late');
});

test('a call can be answered for ten minutes, and what a provider reports is shown with the page', async () => {
  const token = await page();
  const status = '/api/v1/providers/twilio/status?page=page-1';
  expect((await report(status, { MessageStatus: 'delivered', To: '+43123456789' })).status).toBe(204);
  expect((await report(status, { MessageStatus: 'delivered', To: '+43123456789' })).status).toBe(204);
  expect((await report(status, { MessageStatus: 'delivered' }, 'forged')).status).toBe(403);
  const shown = (await escalation()).pages.find(({ pageId }) => pageId === 'page-1')!;
  expect(shown.receipts.map(({ stage }) => stage)).toContain('delivered');
  await api.clock.advance(600_000);
  const path = `/api/v1/providers/twilio/voice?token=${encodeURIComponent(token)}`;
  expect((await report(path, { Digits: '1' })).status).toBe(410);
  expect((await escalation()).state).not.toBe('accepted');
});

const troubles = async () =>
  (await api.stores.onCallTroubles.holding()).filter(({ trouble }) => trouble === 'unreachable').map(({ subject }) => subject);
const look = () => api.app.get(DutyWatch, { strict: false }).look();

test('who has a duty and no way is a trouble of the care unit until there is one', async () => {
  await look();
  // ida has no mail in the site's description.
  expect(await troubles()).toEqual(['staff:ida']);
  const as = await api.token('ida');
  const push = { endpoint: 'https://push.example/ida', keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } };
  const { contactId } = (await add(as, push, '/api/v1/account/push-subscriptions')).body;
  await api.stores.contacts.outcome(contactId, 'ok', api.clock.wallMs());
  await look();
  // A demo reaches people only by channels that are marked for it.
  expect(await troubles()).toEqual(['staff:ida']);
});

test('a subscription that is gone is used no more, says so, and its person is a trouble at once', async () => {
  const as = await api.token('amy');
  const push = { endpoint: 'https://push.example/amy', keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) } };
  const { contactId } = (await add(as, push, '/api/v1/account/push-subscriptions')).body;
  const rows = await api.audited(async () => {
    await api.stores.contacts.outcome(contactId, 'gone', api.clock.wallMs());
    await api.stores.contacts.outcome('amy/smtp', 'gone', api.clock.wallMs());
    await api.stores.contacts.outcome('amy/smtp', 'gone', api.clock.wallMs());
  });
  expect(rows.map(({ action, object }) => [action, object])).toEqual([
    ['contact.gone', 'staff:amy'],
    ['contact.gone', 'staff:amy'],
  ]);
  expect(await contacts('high')).toEqual([]);
  expect((await ways(as)).items.map((way: { state: string }) => way.state)).toEqual(['gone', 'gone']);
  await look();
  expect(await troubles()).toContain('staff:amy');
  await api.stores.contacts.outcome('amy/smtp', 'ok', api.clock.wallMs());
  await look();
  expect(await troubles()).not.toContain('staff:amy');
});

test('before a duty its ways are tried once, and who can’t be reached then is a trouble only once it begins', async () => {
  await look();
  mail.mails.length = 0;
  const carol = await api.token('carol');
  const fromMs = Math.round(api.clock.wallMs()) + 2 * 60_000;
  const duty = { staffId: 'ben', careUnitId: 'icu', bedId: null, role: 'primary', fromMs, toMs: fromMs + 2 * 60_000 };
  const made = await api.call('POST', '/api/v1/assignments', { as: carol, headers: create(), body: duty });
  expect(made.status).toBe(201);
  await look();
  await look();
  expect(mail.mails.map(({ to }) => to)).toEqual(['ben@hospital.test']);
  expect(mail.mails[0]!.text).toContain('TEST Vigil: your duty begins soon');
  // dan has no way at all.
  await api.call('POST', '/api/v1/assignments', { as: carol, headers: create(), body: { ...duty, staffId: 'dan' } });
  await look();
  expect(await troubles()).not.toContain('staff:dan');
  await api.clock.advance(2 * 60_000);
  await look();
  expect(await troubles()).toContain('staff:dan');
  await api.clock.advance(2 * 60_000);
  await look();
  expect(await troubles()).not.toContain('staff:dan');
  expect(mail.mails).toHaveLength(1);
});

test('a turn of a schedule is a duty too', async () => {
  const rotation = {
    ...{ rotationId: 'r', label: 'Days', unit: 'day', every: 1, startDate: '2000-01-01', handoverTime: '00:00' },
    participants: ['dan'],
  };
  const content = { v: 1, label: 'ICU', careUnitId: 'icu', timeZone: 'UTC', rotations: [rotation] };
  const made = await api.call('POST', '/api/v1/on-call/schedules', {
    ...{ as: await api.token('carol'), headers: create(), body: { scheduleId: 'icu', content } },
  });
  const carol = await api.token('carol');
  const dan = '/api/v1/staff/dan/reachability';
  expect((await api.call('GET', dan, { as: carol })).body).toMatchObject({ reachability: 'unreachable', ways: [] });
  expect(made.status).toBe(201);
  await look();
  expect(await troubles()).toContain('staff:dan');
});
