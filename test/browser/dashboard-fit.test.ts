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
