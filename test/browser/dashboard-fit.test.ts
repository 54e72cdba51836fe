import type { Browser, Page } from 'playwright-core';
import { axeViolations, builtDashboard, describeInChromium, launch, open, type Opened } from './browser.js';
import { busyWard } from './fixture-scene.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';
import * as ward from './fixture-ward.js';

describeInChromium('the room that the dashboard takes in Chromium', () => {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });

  afterEach(async () => {
    const broken = opened.broken;
    await opened.context.close();
    expect(broken).toEqual([]);
  });

  /** Signs in by the API and waits for a live picture. */
  async function station(path = '/'): Promise<void> {
    opened = await open(browser, 'about:blank');
    page = opened.page;
    await opened.context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
    await page.goto(url + path);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }

  test.each([
    ['the grid', '/'],
    ['the alarm list', '/alarms'],
    ['the recent alarms', '/alarms/recent'],
  ])('%s of a busy ward has no axe violation, wide and on a phone, and nothing runs out of the page', async (_, path) => {
    const { beds, alarms, ended } = busyWard(ward, 32);
    fixture.reset(beds, alarms);
    fixture.ended = ended;
    await station(path);
    await page
      .locator(path === '/' ? '.tile' : '.alarm-row')
      .first()
      .waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  test('at 200 % zoom the alarm bar says what was measured: it ended in "NEWS2 EST…" before the score', async () => {
    const { beds, alarms } = busyWard(ward, 32);
    fixture.reset(beds, alarms);
    await station();
    await page.setViewportSize({ width: 960, height: 540 });
    const what = page.locator('.top-alarm-what');
    expect(await what.innerText()).toMatch(/\d/);
    const isCut = await what.evaluate((node) => [node.scrollWidth > node.clientWidth, node.scrollHeight > node.clientHeight + 1]);
    expect(isCut).toEqual([false, false]);
  });

  test.each([1600, 1280])(
    'on %d pixels the name of a rule gives way to who is told, and nothing covers a button',
    async (width) => {
      const label = 'NEWS2 of 5 or more, or 3 in one parameter, watched closely';
      const part = { part: 'pulse', points: 3, value: 140, atMs: 1, source: 'device' };
      const none = { value: 9, unit: null, limit: 7, side: null, samples: null, samplesExpected: null };
      fixture.reset([ward.bed(1)], [ward.alarm({ n: 1, bed: 1 }, { metric: null, evidence: { ...none, label, parts: [part] } })]);
      await station();
      await page.setViewportSize({ width, height: 600 });
      await page.locator('.bar .button.accept').waitFor();
      const boxes = await page
        .locator('.top-alarm-text, .top-alarm-response, .bar .button.accept, .bar .button.acknowledge')
        .all();
      const edges = await Promise.all(boxes.map(async (box) => (await box.boundingBox())!));
      const ends = edges.slice(0, -1).map(({ x, width: wide }) => Math.floor(x + wide));
      expect(ends.map((end, i) => end <= edges[i + 1]!.x)).toEqual([true, true, true]);
      const cut = `(() => { const e = document.querySelector('.top-alarm-response'); return e.scrollWidth - e.clientWidth; })()`;
      // Less than a pixel is rounding.
      expect(await page.evaluate(cut)).toBeLessThanOrEqual(1);
    },
  );

  test.each([8, 16, 32])('%d beds fit on one screen without scrolling', async (count) => {
    fixture.reset(Array.from({ length: count }, (_, i) => ward.bed(i + 1)));
    await station();
    await page.locator(`[data-bed-id=icu-${count}]`).waitFor();
    expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true);
    const clipped = `[...document.querySelectorAll('.num-digits, .num-limits')]
      .filter((e) => e.getBoundingClientRect().right > e.closest('.tile').getBoundingClientRect().right).length`;
    expect(await page.evaluate(clipped)).toBe(0);
  });
});
