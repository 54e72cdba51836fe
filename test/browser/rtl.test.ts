/** GL-23: numbers, units, arrows and axes on screens that run from right to left. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../flow/api-fixture.js';
import { describeInChromium } from './browser.js';
import { alarm, bed, emptyBed, pagerView, reading, score, steady } from './fixture-ward.js';
import { platformInChromium } from './platform.js';
import { RealWard } from './real-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const ARABIC = `localStorage.setItem('vigil.language', 'ar'); Object.defineProperty(navigator, 'languages', { get: () => ['ar'] });`;
const MINUTE_MS = 60_000;

async function look(page: Page, name: string, fullPage = false): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/rtl-${name}.png`, fullPage });
}

/**
 * Texts of which a letter stands to the left of the one before it: turned round, with their signs. A letter of Arabic, begin and
 * end of a text in isolation, and another line begin anew: what is between them runs from left to right.
 */
const TURNED = `(selector) => [...document.querySelectorAll(selector)].filter((at) => {
  const walk = document.createTreeWalker(at, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    let before = -Infinity;
    let line = NaN;
    for (let n = 0; n < node.length; n += 1) {
      if (/^(?:[\\p{Script=Arabic}\\u2068\\u2069]|\\u2066[^0-9])/u.test(node.data.slice(n, n + 2))) before = -Infinity;
      if (!/[0-9A-Za-z/%≤≥<>–.]/.test(node.data[n])) continue;
      const range = document.createRange();
      range.setStart(node, n);
      range.setEnd(node, n + 1);
      const { left, width, top, height } = range.getBoundingClientRect();
      if (width === 0) continue;
      if (Math.abs(top - line) > height / 2) before = -Infinity;
      if (left < before) return true;
      line = top;
      before = left;
    }
  }
  return false;
}).map((at) => at.className + ': ' + at.textContent)`;
/** What is turned round of these, once there is some text in them. */
async function turned(page: Page, selector: string): Promise<string[]> {
  await page.locator(selector).filter({ hasText: /\S/ }).first().waitFor();
  const texts = (await page.locator(selector).allInnerTexts()).join('').replace(/\s/g, '');
  return texts === '' ? [`nothing in ${selector}`] : page.evaluate<string[]>(`(${TURNED})(${JSON.stringify(selector)})`);
}

describeInChromium('from right to left, a scripted ward', () => {
  const ward = wardInChromium();

  function scene(): void {
    const beds = [1, 2, 3, 4, 5, 6, 7].map((n) => bed(n, steady(n), { scores: [score(n, n), score(n, [2, 5])] } as never));
    beds[2] = bed(3, [
      ...steady(3).filter(({ metric }) => metric !== 'heartRate'),
      reading('heartRate', 131),
      reading('spo2', 84),
    ]);
    ward.fixture.reset(
      [...beds, emptyBed(8)],
      [alarm({ n: 1, bed: 3 }), alarm({ n: 2, bed: 5, priority: 'medium' }), alarm({ n: 3, bed: 6, priority: 'low' })],
    );
  }

  test('the central station, the list of alarms and one alarm: no number is turned round, and a limit keeps its sign in front', async () => {
    scene();
    const page = await ward.station('/', { script: ARABIC });
    await page.locator('[data-bed-id=icu-3] .num-digits').getByText('131').waitFor();
    expect(await page.evaluate('document.documentElement.dir')).toBe('rtl');
    for (const each of ['.num-digits', '.num-minor', '.num-unit', '.num-limits'])
      expect([each, await turned(page, each)]).toEqual([each, []]);
    await look(page, 'station');
    expect(await page.locator('[data-bed-id=icu-1] [data-cell=hr] .num-unit').innerText()).toContain('/min');
    await page.goto(`${ward.url}/alarms`);
    for (const each of ['.alarm-short', '.alarm-evidence', '.alarm-duration', '.alarm-onset', '.alarm-response'])
      expect([each, await turned(page, `.alarm-row ${each}`)]).toEqual([each, []]);
    await look(page, 'alarms');
    await page.goto(`${ward.url}/a/${ward.fixture.alarms[0]!.alarmId}`);
    for (const each of ['#alarm-title', '.alarm-what-line', '.alarm-dl dd'])
      expect([each, await turned(page, `.alarm-page ${each}`)]).toEqual([each, []]);
    await look(page, 'alarm', true);
  }, 180_000);

  test('the page on a phone, and the beds on it: no number is turned round', async () => {
    scene();
    const page = await ward.station('/', { script: ARABIC, viewport: { width: 390, height: 844 } });
    ward.fixture.pages.set('tok', pagerView({}));
    await page.goto(`${ward.url}/p/tok`);
    await page.locator('.accept').waitFor();
    expect(await page.evaluate('document.documentElement.dir')).toBe('rtl');
    for (const each of ['h1', '.age', '.state', '.countdown']) expect([each, await turned(page, each)]).toEqual([each, []]);
    await look(page, 'pager');
    await page.goto(ward.url);
    expect(await turned(page, '.num-digits')).toEqual([]);
    await look(page, 'phone-station');
  }, 180_000);
});

describeInChromium('from right to left, the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  const ward = new RealWard(at);
  let timer: NodeJS.Timeout;

  beforeAll(async () => {
    const nowMs = Math.floor(ward.api.clock.nowMs());
    const of = (metric: string, value: (i: number) => number) =>
      Array.from({ length: 1_800 }, (_, i) => ({
        ...{ bedId: 'icu-1', metric, deviceId: 'sim-icu-1', atMs: nowMs - 60 * MINUTE_MS + i * 2_000 },
        value: Math.round(value(i)),
      }));
    const samples = [...of('heartRate', (i) => 70 + i / 30), ...of('spo2', (i) => 98 - i / 300)];
    const gap = { gapId: 'g', bedId: 'icu-1', deviceId: 'sim-icu-1', seqs: [1, 300], count: 300, reason: 'evicted' };
    const gaps = [{ ...gap, fromMs: nowMs - 50 * MINUTE_MS, toMs: nowMs - 45 * MINUTE_MS }];
    await ward.api.observations.write(0, { samples, gaps } as never, '1');
    timer = setInterval(() => ward.message('icu-1', 'sim-icu-1', { heartRate: [131, '/min'], spo2: [92, '%'] }), 1_000);
  });
  afterAll(() => clearInterval(timer));

  test('a bed and its chart of observations turn no number round; in its history earlier stands to the left, as on paper', async () => {
    const { page } = await at.open('/', { width: 1280, height: 800 });
    await page.evaluate(ARABIC);
    await page.reload();
    await page.locator('input[autocomplete~="username"]').fill('amy');
    await page.locator('input[type="password"]').fill(PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.locator('.lamp[data-kind=live]').waitFor();
    for (const [path, there, numbers] of [
      ['/b/icu-1', '.num-limits', ['.num-digits', '.num-unit', '.num-limits']],
      ['/b/icu-1/review', '.trend canvas', []],
      ['/b/icu-1/review?tab=table&rows=5', 'tr[data-at]', ['tr[data-at] td']],
      ['/b/icu-1/review?tab=events', '.events li', ['.events time']],
      ['/b/icu-1/news2', '.news-chart', ['.news-range > span']],
    ] as const) {
      await page.goto(at.url + path);
      await page.locator('.lamp[data-kind=live]').waitFor();
      await page.locator(there).first().waitFor();
      for (const each of numbers) expect([path, each, await turned(page, each)]).toEqual([path, each, []]);
      await look(page, path.slice(3).replace(/\W+/g, '-'), true);
      if (!path.includes('/review')) continue;
      expect(await page.evaluate<string>("getComputedStyle(document.querySelector('.review-body')).direction")).toBe('rtl');
      const [earlier, later] = await page
        .locator('.review-steps button')
        .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().left));
      expect(earlier).toBeLessThan(later!);
    }
  }, 240_000);
});
