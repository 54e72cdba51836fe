import { appendFileSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { type DemoInbox, type Mail, MAIL_BYTES_MAX, startDemoInbox } from './index.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-inbox-'));
const page = {
  from: 'vigil@demo.invalid',
  to: 'amy@demo.invalid',
  subject: 'TEST heart rate, icu-1',
  text: 'Accept: http://127.0.0.1:3000/p/abc_1.',
};
let inbox: DemoInbox;
let dataDir: string;

const start = (): Promise<DemoInbox> => startDemoInbox({ smtpPort: 0, httpPort: 0, dataDir });
const send = (mail: object): Promise<unknown> =>
  createTransport({ host: '127.0.0.1', port: inbox.smtpPort, secure: false }).sendMail(mail);
const get = (path: string): Promise<Response> => fetch(new URL(path, inbox.url));
const mails = async (): Promise<Mail[]> => (await (await get('/api/mails')).json()) as Mail[];

beforeEach(async () => {
  dataDir = folder();
  inbox = await start();
});
afterEach(() => inbox.close());

test('a mail that was accepted is on the API and on the page, marked DEMO, with its link to click', async () => {
  await send(page);
  expect(await mails()).toMatchObject([{ from: page.from, to: [page.to], subject: page.subject, text: page.text }]);
  const html = await (await get('/')).text();
  expect(html).toContain('DEMO');
  expect(html).toContain('<a href="http://127.0.0.1:3000/p/abc_1" target="_blank" rel="noopener noreferrer">');
});

test('the newest mail comes first', async () => {
  await send({ ...page, subject: 'first' });
  await send({ ...page, subject: 'second' });
  expect((await mails()).map((mail) => mail.subject)).toEqual(['second', 'first']);
});

test('markup in a mail is shown, never run, and no script is allowed inline', async () => {
  await send({ ...page, subject: '<script>alert(1)</script>', text: '<img src=x onerror=alert(2)> javascript:alert(3)' });
  const answer = await get('/');
  const html = await answer.text();
  expect(html).toContain('&lt;script&gt;alert(1)');
  expect(html).toContain('&lt;img src=x');
  expect(html).not.toMatch(/<img|href="javascript|<script>/);
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
});

test('a mail with HTML only is shown as its words', async () => {
  await send({ ...page, text: undefined, html: '<style>p{}</style><p>Heart rate <b>high</b></p>' });
  expect((await mails())[0]?.text).toMatch(/^Heart rate \*{0,2}high\*{0,2}$/i);
});

test('a restart resumes with its mails, and a line cut short by a crash is left out', async () => {
  await send(page);
  await inbox.close();
  appendFileSync(join(dataDir, 'mails.jsonl'), '{"id":"m-2","receivedAtMs":1,"fr');
  inbox = await start();
  await send({ ...page, subject: 'after' });
  expect((await mails()).map((mail) => [mail.id, mail.subject])).toEqual([
    ['m-2', 'after'],
    ['m-1', page.subject],
  ]);
});

test('the file is for its owner only', async () => {
  await send(page);
  expect(statSync(join(dataDir, 'mails.jsonl')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dataDir, 'mails.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
});

test('a mail over the limit is refused and nothing is kept', async () => {
  await expect(send({ ...page, text: 'x'.repeat(MAIL_BYTES_MAX) })).rejects.toMatchObject({ responseCode: 552 });
  expect(await mails()).toEqual([]);
});

test('a request under a foreign host name is refused', async () => {
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    request(inbox.url, { headers: { host: 'evil.example' } }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(421);
});

test('the list is sent again only when a mail came', async () => {
  const first = await get('/list');
  const etag = first.headers.get('etag') ?? '';
  const again = () => fetch(new URL('/list', inbox.url), { headers: { 'if-none-match': etag } });
  expect((await again()).status).toBe(304);
  await send(page);
  expect((await again()).status).toBe(200);
});

test('a port in use is an error that says so', async () => {
  await expect(startDemoInbox({ smtpPort: inbox.smtpPort, httpPort: 0, dataDir: folder() })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
