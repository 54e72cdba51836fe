/**
 * Pictures for README and docs, taken from a running demo, so that what they show is what comes out of the product:
 *
 *     VIGIL_BEDS=12 npm start          (and a few minutes, until there are alarms)
 *     npm run screenshots -w @vigil/dashboard -- http://127.0.0.1:3000 .vigil/demo-accounts.json [folder] [names of some]
 *
 * Without names: those that README or docs show. Needs `VIGIL_TEST_CHROMIUM` or /usr/bin/chromium. People of the demo do a day's
 * work first (`Demo.prepare`); it can be taken anew. The page on the phone is the built one on a scripted page (`fixture-server.ts`),
 * because a demo sends none whose address could be read.
 */
import './ts-names.mjs';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Demo } from './demo.mjs';

const [url, accountsFile, folder, only] = process.argv.slice(2);
if (!url || !accountsFile) throw new Error('usage: screenshots.mjs <address> <demo-accounts.json> [folder] [names]');
const ROOT = join(import.meta.dirname, '../../..');
const out = folder || join(ROOT, 'docs/images');
const texts = [join(ROOT, 'README.md'), ...globSync(join(ROOT, 'docs/**/*.md'))].map((file) => readFileSync(file, 'utf8'));
const shownInDocs = texts.flatMap((text) => [...text.matchAll(/images\/([\w-]+)\.webp/g)].map(([, name]) => name));
const wanted = new Set(only ? only.split(',') : shownInDocs);
mkdirSync(out, { recursive: true });

const WALL = { width: 1600, height: 900 };
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const BYTES_MAX = 150_000;

const demo = new Demo(url, accountsFile);
await demo.start();
const painter = await demo.browser.newPage();

const live = (page) => page.locator('.lamp[data-kind=live]').waitFor();

/** As WebP: a third of a PNG. The best quality that stays below the size. */
async function write(name, png) {
  const source = `data:image/png;base64,${png.toString('base64')}`;
  for (const quality of [0.9, 0.8, 0.65, 0.5]) {
    const base64 = await painter.evaluate(
      async ([from, q]) => {
        const image = Object.assign(new Image(), { src: from });
        await image.decode();
        const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
        canvas.getContext('2d').drawImage(image, 0, 0);
        return canvas.toDataURL('image/webp', q).split(',')[1];
      },
      [source, quality],
    );
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length > BYTES_MAX && quality > 0.5) continue;
    writeFileSync(join(out, `${name}.webp`), bytes);
    return process.stdout.write(`${name}: ${Math.round(bytes.length / 1024)} kB\n`);
  }
}

/** Opens the page, lets `act` bring it into its state, and takes the picture. */
async function shoot(name, username, path, viewport, { act = async () => undefined, settings, ...options } = {}) {
  if (!wanted.has(name)) return;
  try {
    const page = await demo.visit(username, path, { viewport, settings, ...options });
    await page.waitForTimeout(2_500);
    await act(page);
    await page.waitForTimeout(700);
    /* Where there is a lamp: a busy machine may have lost the picture meanwhile. */
    const hasLamp = name !== 'not-live' && (await page.locator('.lamp').count()) > 0;
    if (hasLamp) await live(page);
    await page.evaluate(() => document.activeElement?.blur());
    await page.waitForFunction(() => (document.documentElement.dataset.flashHigh ?? 'on') === 'on');
    await write(name, await page.screenshot());
    await page.context().close();
  } catch (error) {
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}

if (wanted.has('pager')) {
  const { FixtureServer } = await import('../../../test/browser/fixture-server.ts');
  const { pagerView } = await import('../../../test/browser/fixture-ward.ts');
  const fixture = new FixtureServer(join(import.meta.dirname, '../dist'));
  demo.url = await fixture.start();
  fixture.pages.set('tok', pagerView({ test: false }));
  await shoot('pager', null, '/p/tok', PHONE, { isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
  await fixture.stop();
  demo.url = url;
  wanted.delete('pager');
}
if (wanted.size === 0) {
  await demo.stop();
  process.exit();
}

if (!only) await demo.prepare();
const { items: alarms = [] } = (await demo.call('amy', 'GET', 'alarms')) ?? {};
const numeric = alarms.filter(({ kind, evidence }) => kind === 'physiological' && evidence.value !== null);
const shown = numeric.find(({ active }) => active) ?? numeric[0];
if (!shown) throw new Error('no alarm yet: wait a minute or two');

await shoot('grid', 'amy', '/', WALL, { act: live });
await shoot('grid-arabic', 'amy', '/', WALL, { act: live, settings: { 'vigil.language': 'ar' } });
await shoot('alarms', 'amy', '/alarms', DESK, { act: live });
await shoot('alarm', 'amy', `/a/${shown.alarmId}`, { width: 1280, height: 1000 });
await shoot('bed', 'amy', '/b/icu-3', { width: 1280, height: 1000 });
await shoot('news2', 'amy', '/b/icu-3/news2', { width: 1280, height: 1150 });
await shoot('review', 'amy', '/b/icu-3/review', { width: 1280, height: 1000 });
await shoot('stay', 'carol', '/admit', DESK);
await shoot('on-call', 'carol', '/on-call', { width: 1280, height: 1000 });
await shoot('rota', 'carol', '/on-call/rota?schedule=seniors', { width: 1280, height: 1000 });
await shoot('limits-off', 'amy', '/alarms/limits-off', DESK);
await shoot('system', 'gil', '/system', { width: 1280, height: 1000 });
await shoot(
  'privacy',
  'eve',
  '/privacy',
  { width: 1280, height: 1100 },
  {
    act: (page) => page.getByRole('button', { name: 'Verify chain' }).click(),
  },
);
await shoot('accounts', 'dan', '/accounts', DESK);
await shoot('security', 'amy', '/security', DESK);
await shoot('sign-in', null, '/', DESK);
await shoot('break-glass', 'ben', '/b/icu-1', DESK, { act: (page) => page.getByLabel(/^Emergency/).check() });
await shoot('not-live', 'amy', '/', WALL, {
  act: async (page) => {
    await live(page);
    await page.context().setOffline(true);
    await page.locator('.banner.not-live').waitFor();
  },
});
await shoot('view-only', 'carol', '/stations', WALL, {
  act: async (page) => {
    await page.getByLabel('Name of the station').fill(`Wall ${Date.now() % 10_000}`);
    await page.getByRole('button', { name: 'Make a code' }).click();
    const code = await page.locator('.big-code').innerText();
    await page.goto(`${url}/station`);
    await page.getByLabel('Code of the station').fill(code);
    await page.getByRole('button', { name: 'Make it a station' }).click();
    await live(page);
    await page.locator('.button.user').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('View only', { exact: true }).waitFor();
  },
});
await demo.stop();
