import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiRoutes } from '../../support/api-routes.js';
import { rawGet } from '../../support/raw-http.js';
import { type Api, startApi } from '../api-fixture.js';

/** CK-S21: ways out of a folder, sent as they are: a client that mends paths would hide what the server does. */

const SECRET = 'outside-of-the-root-7f3a';

let folder: string;
let api: Api;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-paths-'));
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), SECRET);
  writeFileSync(join(dist, 'index.html'), 'app');
  writeFileSync(join(dist, 'pager.html'), 'pager');
  writeFileSync(join(dist, 'assets', 'app-1.js'), 'x');
  api = await startApi({ dashboardDir: dist });
});
afterAll(async () => {
  await api.end();
  rmSync(folder, { recursive: true, force: true });
});

const DOTS = [
  '..',
  '%2e%2e',
  '.%2e',
  '%2e.',
  '%2E%2E',
  '%252e%252e',
  '%25252e%25252e',
  '..;',
  '..%00',
  '%c0%ae%c0%ae',
  '%e0%80%ae%e0%80%ae',
  '%uff0e%uff0e',
  '....',
  '. .',
];
const SLASHES = ['/', '%2f', '%2F', '\\', '%5c', '%252f', '%c0%af', '//', '/./'];
const TARGETS = ['secret.txt', 'etc/passwd'];

/** More than a hundred: each way to write two dots with each way to write a slash. */
const FORMS = DOTS.flatMap((dots) =>
  SLASHES.map((slash, i) => {
    const target = TARGETS[i % TARGETS.length]!;
    const up = target === 'secret.txt' ? `${dots}${slash}` : `${dots}${slash}`.repeat(8);
    return `${up}${target.replace('/', slash)}`;
  }),
);
const MORE = [
  'secret.txt%00.js',
  '%00',
  'C:%5cWindows%5cwin.ini',
  'file:///etc/passwd',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  '.git/config',
  '.env',
  '%',
  '%zz',
  'a%0d%0aset-cookie:%20x=1',
  'x'.repeat(8_000),
];
const ALL = [...FORMS, ...MORE];

const isLeak = (text: string): boolean => text.includes(SECRET) || /root:.*:0:0:/.test(text) || /^set-cookie: x=1/im.test(text);

test.each(['/', '/assets/', '/p/', '/alarms/', '/socket.io/'])('nothing outside of the root is served under %s', async (base) => {
  const wrong: string[] = [];
  for (const form of ALL) {
    const { status, text } = await rawGet(api.url, `${base}${form}`);
    // Three dots or four are a name like any other, which the dashboard's page takes.
    const isPage = status === 200 && /\r\n\r\n(app|pager)$/.test(text);
    const isOdd = isPage && !/^[\w./-]*$/.test(form) && !/^(\.{4}|\. \.)/.test(form);
    if (isLeak(text) || status >= 500 || isOdd) wrong.push(`${form}: ${status}`);
  }
  expect(ALL.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test('no parameter of any route takes one', async () => {
  const token = await api.token('carol');
  const routes = (await apiRoutes(api)).filter(({ method, path }) => method === 'GET' && path.includes('{'));
  expect(routes.length).toBeGreaterThan(5);
  const wrong: string[] = [];
  for (const { path } of routes) {
    for (const form of ALL) {
      const url = path.replace(/\{\w+\}/g, () => form);
      const { status, text } = await rawGet(api.url, url, { authorization: `Bearer ${token}` });
      const isShown = status < 400 && !/\r\n\r\n(app|pager)$/.test(text);
      if (isLeak(text) || status >= 500 || isShown) wrong.push(`${path} ${form}: ${status}`);
    }
    await api.clock.advance(60_000);
  }
  expect(wrong).toEqual([]);
}, 60_000);

test('what is really there is still served', async () => {
  expect((await rawGet(api.url, '/assets/app-1.js')).text).toMatch(/\r\n\r\nx$/);
  expect((await rawGet(api.url, '/alarms/recent')).text).toMatch(/\r\n\r\napp$/);
});
