/**
 * Pictures of the screens for docs/images, taken from the fixture server in real Chromium.
 *
 *     npm run build -w @vigil/dashboard && npm run screenshots -w @vigil/dashboard [-- <folder> [all]]
 *
 * Needs `VIGIL_TEST_CHROMIUM` or /usr/bin/chromium, and the built contracts. With `all`, also every state and width.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { busyWard } from '../../../test/browser/fixture-scene.ts';
import { ACCOUNT, FixtureServer } from '../../../test/browser/fixture-server.ts';
import * as ward from '../../../test/browser/fixture-ward.ts';

const root = join(import.meta.dirname, '../../..');
const out = process.argv[2] ?? join(root, 'docs/images');
const all = process.argv[3] === 'all';
const WIDE = { width: 1920, height: 1080 };
const PHONE = { width: 390, height: 844 };
mkdirSync(out, { recursive: true });

const fixture = new FixtureServer(join(root, 'packages/dashboard/dist'));
const url = await fixture.start();
const browser = await chromium.launch({
  executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});

function scene(count) {
  const { beds, alarms, ended } = busyWard(ward, count);
  fixture.reset(beds, alarms);
  fixture.running.delete('icu-7');
  fixture.ended = ended;
  fixture.clock.demo = true;
}

/** Opens the page, lets `act` bring it into its state, and takes the picture. */
async function shoot(name, path, viewport, { signedIn = true, act = async () => {} } = {}) {
  const context = await browser.newContext({ viewport, reducedMotion: 'no-preference' });
  const page = await context.newPage();
  page.on('console', (m) => m.type() === 'error' && process.stderr.write(`${name}: ${m.text()}\n`));
  page.on('pageerror', (e) => process.stderr.write(`${name}: ${e.message}\n`));
  if (signedIn) await context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
  await page.goto(url + path);
  if (signedIn) await page.locator('.lamp[data-kind=live]').waitFor();
  await act(page);
  await page.waitForFunction(
    () => !document.documentElement.dataset.flashHigh || document.documentElement.dataset.flashHigh === 'on',
  );
  await page.screenshot({ path: join(out, `${name}.png`) });
  await context.close();
}

scene(8);
await shoot('grid', '/', WIDE);
await shoot('alarms', '/alarms', WIDE);
await shoot('not-live', '/', WIDE, {
  act: async (page) => {
    fixture.cut();
    await page.locator('.banner.not-live').waitFor();
  },
});
fixture.connect();
fixture.pages.set('t', ward.pagerView());
await shoot('pager', '/p/t', PHONE, { signedIn: false, act: (page) => page.locator('button.accept').waitFor() });

if (all) {
  await shoot('sign-in', '/', WIDE, { signedIn: false });
  await shoot('sign-in-390', '/', PHONE, { signedIn: false });
  await shoot('grid-390', '/', PHONE);
  await shoot('alarms-390', '/alarms', PHONE);
  await shoot('recent', '/alarms/recent', WIDE, { act: (page) => page.locator('.alarm-list.recent').waitFor() });
  await shoot('help', '/', WIDE, { act: (page) => page.keyboard.press('?') });
  await shoot('menu', '/', WIDE, { act: (page) => page.locator('.button.user').click() });
  await shoot('focus', '/', WIDE, {
    act: async (page) => {
      await page.locator('[data-bed-id=icu-1]').focus();
      await page.keyboard.press('ArrowRight');
    },
  });
  for (const [name, view] of [
    ['pager-mine', { state: 'accepted', acceptedByName: 'Karin Novak', acceptedAtMs: Date.now() - 4_000 }],
    ['pager-other', { state: 'accepted', acceptedByName: 'Sam Reed', acceptedAtMs: Date.now() - 4_000 }],
    ['pager-ended', { state: 'ended', nextAtMs: null }],
    ['pager-expired', { state: 'expired', priority: 'medium' }],
  ]) {
    fixture.pages.set(name, ward.pagerView(view));
    await shoot(name, `/p/${name}`, PHONE, { signedIn: false, act: (page) => page.locator('h1:has-text("Bed")').waitFor() });
  }
  await shoot('pager-unknown', '/p/nothing', PHONE, { signedIn: false, act: (page) => page.getByText('not valid').waitFor() });
  fixture.mode = 'silent';
  await shoot('pager-no-answer', '/p/t', PHONE, {
    signedIn: false,
    act: async (page) => {
      await page.locator('button.accept').click();
      await page.locator('.trouble:not([hidden])').waitFor();
    },
  });
  fixture.mode = 'refuse';
  await shoot('not-sent', '/alarms', WIDE, {
    act: async (page) => {
      await page.waitForTimeout(800);
      await page.locator('.alarm-row .accept').first().click();
      await page.getByText('NOT SENT').first().waitFor();
    },
  });
  for (const count of [16, 32]) {
    scene(count);
    await shoot(`grid-${count}`, '/', WIDE);
  }
  scene(32);
  fixture.alarms = [];
  fixture.clock.rate = 60;
  fixture.clock.processing = false;
  await shoot('quiet', '/alarms', WIDE, { act: (page) => page.waitForTimeout(600) });
}
await browser.close();
await fixture.stop();
