/** HZ-D11: what a screen shows is by the clock of the server, however wrong its own is. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describeInChromium, type Opened } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard } from './real-ward.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const TWO_HOURS_MS = 7_200_000;
/** The clock of the browser is off by so much, in every way that a script can ask for it; what runs evenly stays as it is. */
const wrongBy = (ms: number): string => `{
  const Real = Date;
  const now = () => Real.now() + ${ms};
  globalThis.Date = class extends Real {
    constructor(...given) { if (given.length === 0) super(now()); else super(...given); }
    static now() { return now(); }
  };
}`;

describeInChromium('a screen whose clock is two hours wrong, in Chromium with the real platform', () => {
  // The clock of the platform is that of this machine, or the browser would be wrong by more than is meant.
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' }, { startMs: Date.now() });
  const ward = new RealWard(at);
  let timer: NodeJS.Timeout;
  let keeper: NodeJS.Timeout;
  beforeAll(() => {
    timer = setInterval(() => ward.message('icu-1', 'sim-icu-1', { heartRate: [88, '/min'] }), 1_000);
    // Where this machine is busy the platform's clock would fall behind.
    keeper = setInterval(() => void ward.api.clock.advance(Math.max(0, Date.now() - ward.api.clock.wallMs())), 250);
  });
  afterAll(() => {
    clearInterval(timer);
    clearInterval(keeper);
  });

  async function screen(path: string, offMs: number): Promise<Page> {
    const opened: Opened = await ward.screen(path, { viewport: { width: 1280, height: 800 } });
    await opened.page.addInitScript(wrongBy(offMs));
    await opened.page.reload();
    await opened.page.locator('.lamp[data-kind=live]').waitFor();
    return opened.page;
  }
  const secondsOf = (text: string): number => {
    const [h, m, s] = text.split(':').map(Number) as [number, number, number];
    return h * 3_600 + m * 60 + s;
  };
  /** How far a time of day on the screen is from the server's. */
  const offS = (text: string): number => {
    const shown = secondsOf(/\d\d:\d\d:\d\d/.exec(text)?.[0] ?? '');
    const now = new Date(ward.api.clock.wallMs());
    const is = secondsOf(now.toLocaleTimeString('en-GB', { hour12: false }));
    return Math.min(Math.abs(shown - is), 86_400 - Math.abs(shown - is));
  };

  test.each([
    ['ahead of', TWO_HOURS_MS],
    ['behind', -TWO_HOURS_MS],
  ])(
    'two hours %s the server: ages, times and freshness are the server’s, and it is said',
    async (words, offMs) => {
      const alarmId = await ward.raise({ onsetMs: Math.round(ward.api.clock.nowMs()) - 65_000 });
      const page = await screen('/', offMs);
      const banner = page.getByText(new RegExp(`The clock of this screen is .* ${words} the server’s`));
      await banner.waitFor();
      const said = /(\d+):(\d\d):(\d\d)/
        .exec(await banner.innerText())!
        .slice(1)
        .map(Number) as [number, number, number];
      expect(Math.abs(said[0] * 3_600 + said[1] * 60 + said[2] - 7_200)).toBeLessThan(20);
      // A value that comes each second is fresh: large, and without the mark of an old one.
      const tile = page.locator('[data-bed-id=icu-1]');
      await tile.locator('[data-cell=hr] .num-digits').getByText('88').waitFor();
      expect(await tile.locator('[data-cell=hr]').getAttribute('data-stale')).not.toBe('true');
      expect(await page.locator('.top-alarm-age').innerText()).toMatch(/^[1-3]:\d\d$/);
      expect(offS(await page.locator('.bar').innerText())).toBeLessThan(20);
      if (SHOTS) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: `${SHOTS}/clock-${words.split(' ')[0]}.png` });
      }
      await page.goto(`${at.url}/a/${alarmId}`);
      await page.locator('article.alarm-page').waitFor();
      const began = await page.locator('article.alarm-page').innerText();
      expect(offS(/\d\d:\d\d:\d\d/.exec(began)?.[0] ?? '')).toBeLessThan(240);
      await page.goto(`${at.url}/b/icu-1`);
      await page.locator('.bed-grid [data-cell=hr] .num-digits').getByText('88').waitFor();
      // The monitor falls silent: the value grows old by the server's clock, neither at once nor never.
      clearInterval(timer);
      await page.goto(at.url);
      await tile.locator('[data-cell=hr] .num-digits').getByText('88').waitFor();
      const digits = tile.locator('[data-cell=hr] .num-digits');
      const endMs = performance.now() + 60_000;
      while ((await digits.innerText()).includes('88') && performance.now() < endMs) await page.waitForTimeout(250);
      expect(await digits.innerText()).not.toContain('88');
      timer = setInterval(() => ward.message('icu-1', 'sim-icu-1', { heartRate: [88, '/min'] }), 1_000);
      await ward.end(alarmId);
    },
    240_000,
  );

  test('a form that names a time from now on sends the server’s', async () => {
    const page = await screen('/b/icu-1', TWO_HOURS_MS);
    await page.getByRole('button', { name: 'Change the limits of Heart rate' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^High/).fill('115');
    await dialog.getByLabel('Why (for colleagues)').fill('x');
    await dialog.getByLabel(/^From the wristband/).fill('M1');
    await dialog.getByLabel('Until').selectOption('1');
    const put = page.waitForRequest((request) => request.method() === 'PUT');
    await dialog.getByRole('button', { name: 'Set these limits' }).click();
    const { toMs } = (await put).postDataJSON() as { toMs: number };
    expect(Math.abs(toMs - ward.api.clock.nowMs() - 3_600_000)).toBeLessThan(20_000);
    await dialog.waitFor({ state: 'detached' });
  }, 180_000);
});
