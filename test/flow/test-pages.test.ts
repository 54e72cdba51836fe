/** A page that concerns nobody: to oneself, or to a person of one's care unit, with how far each message has come. */
import { MailServer } from '../support/mail-server.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const mail = new MailServer();
let api: Api;
beforeEach(async () => {
  mail.mails.length = 0;
  api = await startApi({ env: { SMTP_URL: await mail.start() }, pagers: 'as set up' });
});
afterEach(async () => {
  await api.end();
  await mail.stop();
});

const send = async (as: string, to: string) =>
  api.call('POST', `/api/v1/staff/${to}/test-pages`, { as: await api.token(as), headers: { 'idempotency-key': newKey() } });
const look = async (as: string, to: string, testId: string) =>
  api.call('GET', `/api/v1/staff/${to}/test-pages/${testId}`, { as: await api.token(as) });

/** Sending goes on behind the answer. */
async function settled(as: string, to: string, testId: string) {
  for (let i = 0; i < 400; i++) {
    const { body } = await look(as, to, testId);
    if (body.ways.every((way: { receipts: object[] }) => way.receipts.length > 1)) return body;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the test page stays queued');
}

test('a charge nurse sees a test page go to a nurse of her unit; it says TEST and nothing of anybody', async () => {
  let testId = '';
  const rows = await api.audited(async () => {
    const { status, body } = await send('carol', 'amy');
    expect([status, body.name, body.by, body.ways.length]).toEqual([201, 'Amy Nurse', 'carol', 1]);
    testId = body.testId;
  });
  const { ways } = await settled('carol', 'amy', testId);
  expect(ways[0].receipts.map(({ stage }: { stage: string }) => stage)).toEqual(['queued', 'sent']);
  expect(ways[0].problem).toBeNull();
  expect(mail.mails.map(({ to, text }) => [to, /TEST Vigil: this is a test page/.test(text)])).toEqual([
    ['amy@hospital.test', true],
  ]);
  expect(rows.map(({ action, object }) => [action, object])).toEqual(expect.arrayContaining([['contact.test', 'staff:amy']]));
  // What a phone says of it is on the same ladder, once.
  const { pageId } = ways[0];
  expect(await api.stores.escalations.receipt(pageId, 'displayed', api.clock.wallMs())).toBe(true);
  await api.stores.escalations.receipt(pageId, 'displayed', api.clock.wallMs() + 5);
  expect((await look('carol', 'amy', testId)).body.ways[0].receipts.map(({ stage }: { stage: string }) => stage)).toEqual([
    ...['queued', 'sent', 'displayed'],
  ]);
});

test('a message that does not leave says so on the ladder', async () => {
  await mail.stop();
  const { body } = await send('amy', 'amy');
  const { ways } = await settled('amy', 'amy', body.testId);
  expect([ways[0].receipts.at(-1).stage, ways[0].problem]).toEqual(['failed', 'the provider did not take it']);
  await mail.start();
});

test('once a minute to one person, and who has no way is a conflict', async () => {
  expect((await send('amy', 'amy')).status).toBe(201);
  const again = await send('carol', 'amy');
  expect([again.status, again.body.code]).toEqual([429, 'too-many-attempts']);
  await api.clock.advance(61_000);
  expect((await send('carol', 'amy')).status).toBe(201);
  expect((await send('dan', 'dan')).body.code).toBe('conflict');
});

test('nobody of another care unit is tested, and a test of somebody else is not found', async () => {
  expect((await send('ida', 'amy')).status).toBe(404);
  const { body } = await send('amy', 'amy');
  expect((await look('amy', 'ben', body.testId)).status).toBe(404);
});

test('what is a week old is gone', async () => {
  const testId = newKey();
  const old = { testId, staffId: 'amy', by: 'amy', ways: [{ pageId: 'old', channel: 'smtp' }] };
  await api.stores.testPages.begin(old as never, api.clock.wallMs() - 8 * 86_400_000);
  expect((await look('amy', 'amy', testId)).status).toBe(200);
  await send('amy', 'amy');
  expect((await look('amy', 'amy', testId)).status).toBe(404);
});
