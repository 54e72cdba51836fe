/**
 * Keeps what the platform answers to the screens, for the gallery (src/gallery/recorded.json), from a running demo:
 *
 *     VIGIL_BEDS=12 npm start
 *     node packages/dashboard/scripts/record-answers.mjs http://127.0.0.1:3000 .vigil/demo-accounts.json
 *
 * To be done again when a contract has changed so that the gallery says of a screen that it can't be read. People of the demo are
 * invented. Nothing that opens something is kept: no code, password, ticket or key.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Demo } from './demo.mjs';

const [url, accountsFile] = process.argv.slice(2);
if (!url || !accountsFile) throw new Error('usage: record-answers.mjs <address> <demo-accounts.json>');
const file = join(import.meta.dirname, '../src/gallery/recorded.json');

/** Asked by POST and changing nothing. */
const READS = /\/(search|audit\/patients|preview|simulate|verifications)$/;
const SECRET = /\/(session|station-session|account\/totp|account\/push-key)(\/|$)/;
const ITEMS_MAX = 30;

const kept = new Map();
const brief = (body) =>
  Array.isArray(body?.items) && !('metric' in body) ? { ...body, items: body.items.slice(0, ITEMS_MAX), next: null } : body;

async function keep(response) {
  const request = response.request();
  const { pathname, searchParams } = new URL(request.url());
  const method = request.method();
  if (!/^\/(api\/v1|health)\//.test(pathname) || SECRET.test(pathname) || !response.ok()) return;
  if (method !== 'GET' && !(method === 'POST' && READS.test(pathname))) return;
  const metric = searchParams.get('metric');
  const body = await response.json().catch(() => undefined);
  if (body !== undefined) kept.set(`${method} ${pathname}${metric === null ? '' : ` ${metric}`}`, brief(body));
}

const demo = new Demo(url, accountsFile);
await demo.start();
await demo.prepare();

async function look(username, paths, act = async () => undefined) {
  const page = await demo.visit(username, '/');
  page.on('response', (response) => void keep(response).catch(() => undefined));
  for (const path of paths) {
    await page.goto(url + path);
    await page.waitForLoadState('networkidle', { timeout: 6_000 }).catch(() => undefined);
    await page.waitForTimeout(700);
  }
  await act(page);
  await page.waitForTimeout(1_000);
  await page.context().close();
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
/** One that somebody can learn from: of a number, with people told. */
const { items: alarms = [] } = (await demo.call('amy', 'GET', 'alarms')) ?? {};
const shown = alarms.find(({ kind, evidence }) => kind === 'physiological' && evidence.value !== null) ?? alarms[0];
if (!shown) throw new Error('no alarm yet: wait a minute or two');

await look('amy', [
  ...['/', '/alarms', '/alarms/recent', '/alarms/limits-off', `/a/${shown.alarmId}`, '/b/icu-3', '/b/icu-3/review'],
  ...['/b/icu-3/review?tab=table', '/b/icu-3/review?tab=events', '/b/icu-3/news2', '/b/icu-3/stay', '/on-call', '/on-call/rota'],
  ...['/on-call/test', '/security', '/tray', '/system'],
]);
await look('amy', [`/a/${shown.alarmId}`], async (page) => {
  const tabs = page.getByRole('tab');
  for (let i = 0; i < (await tabs.count()); i += 1) {
    await tabs.nth(i).click();
    await page.waitForTimeout(800);
  }
});
await look('carol', [
  '/on-call',
  '/on-call/rota',
  '/on-call/policies',
  '/tasks',
  '/stations',
  '/alarm-load',
  '/admit',
  '/reviews',
]);
await look('amy', ['/b/icu-2/stay', '/b/icu-6/stay', '/b/icu-11', '/b/icu-11/stay', '/b/icu-2', '/tray']);
await look('carol', ['/on-call/rota?schedule=physicians', '/on-call/policies'], async (page) => {
  await page
    .getByRole('link', { name: /sooner at night/ })
    .first()
    .click();
});
await look('dan', ['/accounts', '/devices', '/system', '/first-run', '/way-of-alarms', '/on-call/policies']);
await look('gil', ['/devices', '/system', '/stations', '/tray', '/way-of-alarms']);
await look('eve', ['/privacy', '/privacy/holds', '/reviews', '/privacy?tab=chain'], async (page) => {
  await page.goto(`${url}/privacy`);
  await page.waitForTimeout(1_000);
  for (const name of ['Search', 'Verify', 'Check now', 'Who looked']) await press(page, name).catch(() => undefined);
});
const nowMs = Date.now();
const { mrn } = (await demo.call('amy', 'GET', 'patients/demo-3')) ?? {};
const WEEK_MS = 7 * 86_400_000;
const verified = await demo.call('eve', 'POST', 'audit/verifications', {});
for (const [username, method, path, body] of [
  ['amy', 'GET', 'care-units/icu/limits-off'],
  ['amy', 'GET', 'device-assignments?bed=icu-3&limit=50'],
  ['amy', 'POST', 'patients/search', { mrn }],
  ['eve', 'POST', 'audit/patients', { mrn }],
  ['carol', 'POST', 'on-call/preview', { scheduleId: 'physicians', fromMs: nowMs, toMs: nowMs + WEEK_MS }],
  ['carol', 'GET', 'devices/sim-icu-11/check'],
  ['carol', 'GET', 'encounters/demo-stay-3/profile'],
  ['carol', 'GET', 'beds/icu-3/place'],
  ['eve', 'GET', `audit/verifications/${verified?.verificationId}`],
  ['gil', 'GET', 'self-tests/newest'],
  ['carol', 'GET', 'on-call/schedules/physicians/changes'],
]) {
  const answer = await demo.call(username, method, path, body);
  if (answer) kept.set(`${method} /api/v1/${path.split('?')[0]}`, brief(answer));
}
await demo.stop();

const lines = [...kept]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([key, body]) => `${JSON.stringify(key)}:${JSON.stringify(body)}`);
writeFileSync(file, `{"atMs":${Date.now()},"alarmId":${JSON.stringify(shown.alarmId)},"answers":{\n${lines.join(',\n')}\n}}\n`);
process.stdout.write(`${kept.size} answers in ${file}\n`);
process.stdout.write([...kept].map(([key, body]) => `${key}  ${JSON.stringify(body).length}\n`).join(''));
