import type { Browser } from 'playwright-core';
import { describeInChromium, launch } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard, wait } from './real-ward.js';

/** HZ-D10. */
const FROZEN_S = 60;
const BED = '[data-bed-id=icu-1]';

describeInChromium('a tab that the browser freezes, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  const ward = new RealWard(at);

  const measures = (heartRate: number): void => ward.message('icu-1', 'sim-icu-1', { heartRate: [heartRate, '/min'] });

  /** All pages of a browser stand still, or go on: its network does all the time. Freezing by CDP does nothing in a headless browser. */
  async function renderers(browser: Browser, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const cdp = await browser.newBrowserCDPSession();
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
    for (const { type, id } of processInfo) if (type === 'renderer') process.kill(id, signal);
    await cdp.detach();
  }

  test('is blank first, asks anew, and then shows what is so now; what waited is never painted as live', async () => {
    const stays = await ward.raise();
    const ends = await ward.raise({ conditionCode: 'spo2.low', metric: 'spo2' });
    measures(100);
    const browser = await launch();
    await at.openBlank();
    const { page, broken } = await ward.screen('/', { browser });
    await page.locator(`${BED} .num.hr .num-digits`).getByText('100').waitFor();
    // What is seen from now on: each change of the lamp and of the digits, with the moment.
    await page.evaluate(`(() => {
      window.__seen = [];
      const look = () => {
        const lamp = document.querySelector('.lamp')?.dataset.kind;
        const cell = document.querySelector('${BED} .num.hr');
        const text = lamp + ' ' + (cell?.querySelector('.num-digits').textContent ?? '');
        if (window.__seen.at(-1)?.text !== text) window.__seen.push({ atMs: performance.now(), text });
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    })()`);
    const stoppedMs = await page.evaluate<number>('performance.now()');
    await renderers(browser, 'SIGSTOP');
    let heartRate = 100;
    let arose = '';
    let gone = '';
    for (let s = 1; s <= FROZEN_S; s += 1) {
      measures((heartRate += 1));
      if (s === 20) arose = await ward.raise();
      if (s === 25) gone = await ward.raise();
      if (s === 30) await ward.end(ends);
      if (s === 40) await ward.end(gone);
      await wait(1_000);
    }
    const feed = setInterval(() => measures(heartRate), 1_000);
    const fromMs = performance.now();
    await renderers(browser, 'SIGCONT');
    const isBack = page.locator('.away').waitFor();
    await isBack.then(() => page.locator('.lamp[data-kind=live]').waitFor()).finally(() => clearInterval(feed));
    const backMs = performance.now() - fromMs;
    await wait(1_500);

    const seen = await page.evaluate<readonly { atMs: number; text: string }[]>('window.__seen');
    const after = seen.filter(({ atMs }) => atMs > stoppedMs);
    process.stdout.write(
      `frozen ${FROZEN_S} s, shown again ${Math.round(backMs)} ms after: ${after.map(({ text }) => text).join(', ')}\n`,
    );
    const backlog = Array.from({ length: FROZEN_S - 1 }, (_, n) => `live ${101 + n}`);
    expect(after.map(({ text }) => text).filter((text) => backlog.includes(text))).toEqual([]);
    expect(after.findIndex(({ text }) => text.startsWith('lost'))).toBeGreaterThanOrEqual(0);
    expect(after.at(-1)?.text).toBe(`live ${heartRate}`);
    expect(await page.locator('.away').innerText()).toMatch(/[12] alarms? arose, 1 ended/);
    await page.goto(`${at.url}/alarms`);
    await page.locator(`.alarm-row[data-alarm-id="${stays}"]`).waitFor();
    await page.locator(`.alarm-row[data-alarm-id="${arose}"]`).waitFor();
    expect(await page.locator(`.alarm-row[data-alarm-id="${ends}"]`).count()).toBe(0);
    expect(broken).toEqual([]);
    await browser.close();
  }, 180_000);
});
