/** Two seconds to the server and back, fifty thousand bytes a second: what is shown meanwhile, and what is sent. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../flow/api-fixture.js';
import { describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard, wait } from './real-ward.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const LATENCY_MS = 2_000;
const BYTES_PER_S = 50_000;
/** A person who presses and sees nothing for longer presses again. */
const AT_ONCE_MS = 1_000;

describeInChromium('a slow network, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  const ward = new RealWard(at);

  async function slowed(page: Page): Promise<void> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', {
      ...{ offline: false, latency: LATENCY_MS, downloadThroughput: BYTES_PER_S, uploadThroughput: BYTES_PER_S },
    });
  }
  async function look(page: Page, name: string): Promise<void> {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/slow-${name}.png` });
  }
  /** How long until it says so. */
  async function saidWithin(page: Page, press: () => Promise<void>, words: RegExp): Promise<number> {
    const fromMs = performance.now();
    await press();
    await page.getByText(words).first().waitFor();
    return performance.now() - fromMs;
  }
  const measured: string[] = [];
  afterAll(() => process.stdout.write(`slow network: ${measured.join(', ')}\n`));

  test('sign-in: the page says at once that it is under way, takes no second press, and never shows an empty ward as a quiet one', async () => {
    const { page } = await at.openBlank({ width: 1280, height: 800 });
    await slowed(page);
    page.setDefaultTimeout(40_000);
    const fromMs = performance.now();
    await page.goto(at.url, { waitUntil: 'commit' });
    await page.getByLabel('Username').waitFor();
    measured.push(`form after ${Math.round(performance.now() - fromMs)} ms`);
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/v1/session')) posts.push(request.url());
    });
    await page.getByLabel('Username').fill('amy');
    await page.getByLabel('Password').fill(PASSWORD);
    const button = page.locator('form button[type=submit]');
    const said = await saidWithin(page, async () => button.click(), /Signing in/i);
    await look(page, 'signing-in');
    await button.click({ force: true });
    await page.getByLabel('Password').press('Enter');
    // Until the picture is there it says that it is not, and never that there is no alarm.
    const quiet: string[] = [];
    const endMs = performance.now() + 40_000;
    while (!(await page.locator('.lamp[data-kind=live]').isVisible())) {
      if (performance.now() > endMs) throw new Error('no live picture');
      const isUp = await page.locator('.lamp').isVisible();
      const text = isUp ? await page.locator('body').innerText() : '';
      if (/No active alarms/.test(text) && !(await page.locator('.lamp[data-kind=live]').isVisible()))
        quiet.push(text.slice(0, 200));
      await wait(100);
    }
    measured.push(`live ${Math.round(performance.now() - fromMs)} ms after the address was typed`);
    expect(posts).toHaveLength(1);
    expect(quiet).toEqual([]);
    expect(said).toBeLessThan(3 * AT_ONCE_MS);
  }, 240_000);

  test('accept says sending at once and accepted when it is so; a bed says that it is loading, by its name', async () => {
    const { page } = await ward.screen('/alarms', { viewport: { width: 1280, height: 800 } });
    const alarmId = await ward.raise();
    const row = page.locator(`.alarm-row[data-alarm-id="${alarmId}"]`);
    await row.getByRole('button', { name: /^Accept/ }).waitFor();
    await wait(900);
    await slowed(page);
    page.setDefaultTimeout(40_000);
    const accepts: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/accept')) accepts.push(request.url());
    });
    const fromMs = performance.now();
    await row.getByRole('button', { name: /^Accept/ }).click();
    await row.getByText('sending…').waitFor();
    measured.push(`accept is being sent after ${Math.round(performance.now() - fromMs)} ms`);
    await look(page, 'accept');
    await page.keyboard.press('a');
    await row
      .getByText(/accepted by Amy Nurse|Amy Nurse is going/i)
      .first()
      .waitFor({ timeout: 20_000 })
      .catch(async () => expect(await row.innerText()).toBe('accepted'));
    measured.push(`accepted after ${Math.round(performance.now() - fromMs)} ms`);
    expect(accepts).toHaveLength(1);
    await page.goto(at.url, { waitUntil: 'commit' });
    await page.locator('.lamp[data-kind=live]').waitFor();
    const bed = page.locator('[data-bed-id=icu-1]').first();
    await bed.waitFor();
    const openMs = performance.now();
    await bed.focus();
    await page.keyboard.press('r');
    await page
      .getByText(/^Loading/)
      .first()
      .waitFor();
    measured.push(`a bed says loading after ${Math.round(performance.now() - openMs)} ms`);
    await look(page, 'bed');
    await page.locator('.bed-banner').getByText('TESTMAN').waitFor();
    measured.push(`a bed stands after ${Math.round(performance.now() - openMs)} ms`);
    await ward.end(alarmId);
  }, 150_000);
});
