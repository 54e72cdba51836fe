import type { LogEvent } from '@vigil/contracts';
import { emptyPartition, type PartitionState, step } from '@vigil/domain';
import type { Page } from 'playwright-core';
import { batch } from '../contract/alarm-fixtures.js';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

const PICTURES = process.env['VIGIL_TEST_PICTURES'];

describeInChromium('NEWS2, in Chromium with the real platform and the real engine', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  let api: Api;
  let page: Page;
  let engine: PartitionState = emptyPartition();
  let read = 0;

  beforeAll(() => {
    ({ api } = at);
  });

  /** What waits in the relay goes through the engine, and what it tells into the store, as the processor does it. */
  async function engineReads(): Promise<void> {
    const rows = await api.stores.logRelay.next(1_000);
    const events: LogEvent[] = rows.slice(read).map((row) => row.event);
    read = rows.length;
    const result = step(engine, events);
    engine = result.state;
    await api.stores.alarmState.commit(batch([], { scores: result.scores }));
  }

  async function visit(username = 'amy', viewport?: { width: number; height: number }): Promise<void> {
    ({ page } = await at.open('/b/icu-1/news2', viewport));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('[data-box=charted]').waitFor();
    await page.locator('.news-chart').waitFor();
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }

  const total = () => page.locator('[data-box=charted] .news-total b');

  test('without a set it says so, and what is estimated has another name', async () => {
    await visit();
    expect(await page.locator('[data-box=charted]').innerText()).toContain('No complete set is charted');
    expect(await page.locator('[data-box=estimate] h2').innerText()).toBe('Estimate (not charted)');
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('a whole set is entered by keyboard alone, for a patient with two identifiers, and stands on the chart', async () => {
    await visit();
    const startMs = performance.now();
    await page.getByRole('button', { name: 'Enter observations' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.locator('.patient-line').innerText()).toMatch(/TESTMAN[\s\S]*born \d\d-\w{3}-\d{4}[\s\S]*No\. M1/);
    for (const text of ['22', '90', '118', '96', '38.1']) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Tab');
    await page.keyboard.type('2');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await picture('news2-entry');
    expect(await page.locator('.news-preview').innerText()).toBe('This set would score 9, with 3 in one parameter.');
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(performance.now() - startMs).toBeLessThan(60_000);
    await page.getByText('Recorded. The score follows').waitFor();
    await engineReads();
    await total().filter({ hasText: 'NEWS2 9' }).waitFor({ timeout: 15_000 });
    await page.locator('.news-sum b').filter({ hasText: '9' }).waitFor();
    const marks = await page.locator('.news-mark').allInnerTexts();
    expect(marks).toEqual(['22', '90', 'Oxygen', '118', '96', 'A', '38.1']);
    const points = await page
      .locator('tr:has(.news-mark)')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-points')));
    expect(points.map(Number).reduce((sum, each) => sum + each, 0)).toBe(9);
    expect(await page.locator('[data-now=true]').innerText()).toContain('7 or more');
    await picture('news2-1920');
    expect(await axeViolations(page)).toEqual([]);
  }, 90_000);

  test('a set that lacks something, or has what no patient has, is not sent and says where', async () => {
    await visit();
    await page.getByRole('button', { name: 'Enter observations' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Respiration rate').fill('220');
    const rows = await api.audited(async () => {
      await dialog.getByRole('button', { name: 'Chart this set' }).click();
      await dialog.getByText('No patient has this value.').waitFor();
    });
    expect(rows.filter((row) => row.action === 'observation.chart')).toEqual([]);
    expect(await dialog.getByText('Missing.').count()).toBe(6);
    await picture('news2-wrong');
  }, 60_000);

  test('a correction takes the place of the set of that moment', async () => {
    await visit();
    await page.getByRole('button', { name: /^Correct the set of/ }).click();
    const dialog = page.getByRole('dialog');
    for (const [label, text] of [
      ['Respiration rate', '16'],
      ['SpO₂', '97'],
      ['Systolic blood pressure', '121'],
      ['Pulse', '72'],
      ['Temperature', '36,8'],
    ] as const)
      await dialog.getByLabel(label).fill(text);
    await dialog.getByLabel('Air', { exact: true }).check();
    await dialog.getByLabel('A – Alert').check();
    await dialog.getByRole('button', { name: 'Chart this set' }).click();
    await dialog.waitFor({ state: 'detached' });
    await engineReads();
    await total().filter({ hasText: 'NEWS2 0' }).waitFor({ timeout: 15_000 });
    await page.locator('.news-struck s').filter({ hasText: '90' }).waitFor();
    expect(await page.locator('.news-sum').allInnerTexts()).toEqual(['0']);
    expect(await page.locator('[data-box=estimate]').innerText()).toContain('about 0');
    expect(await page.locator('.news-struck').allInnerTexts()).toEqual(['22', '90', 'Oxygen', '118', '96', 'A', '38.1', '9']);
    expect(await page.getByText('Charted anew: counts no more').count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Correct the set of/ }).count()).toBe(1);
    await picture('news2-struck');
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('half a set that is typed stays while the server does not answer, and no value of a device is offered then', async () => {
    await visit();
    await page.getByRole('button', { name: 'Enter observations' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Respiration rate').fill('19');
    await page.route('**/api/v1/encounters/**', (route) => route.abort());
    await page.getByText('What stands here is as it was at').first().waitFor({ timeout: 15_000 });
    expect(await dialog.getByLabel('Respiration rate').inputValue()).toBe('19');
    expect(await dialog.getByRole('button', { name: /^Use / }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await dialog.waitFor({ state: 'detached' });
  }, 60_000);

  test('an estimate for children that cannot be asked for anew is not shown as if it were of now', async () => {
    ({ page } = await at.open('/'));
    const answer = await page.context().request.post(`${at.url}/api/v1/session`, {
      data: { username: 'amy', password: PASSWORD },
      headers: { origin: at.url },
    });
    expect(answer.ok()).toBe(true);
    let isAway = false;
    await page.route(/\/api\/v1\/encounters\/[^/]+(\/scores)?$/, async (route) => {
      if (isAway) return route.abort();
      const response = await route.fetch();
      const json = (await response.json()) as { items?: object[]; nowMs: number; bedId: string; encounterId: string };
      const { items, nowMs: atMs, bedId, encounterId } = json;
      const pews = {
        ...{ bedId, encounterId, score: 'bedsidePews', basis: 'estimate', atMs, sinceMs: atMs, validUntilMs: atMs + 60_000 },
        ...{
          total: null,
          min: 2,
          max: 9,
          singleParameter: false,
          parts: [],
          by: null,
          isValid: true,
          missing: ['capillaryRefill'],
        },
      };
      return route.fulfill({ response, json: items ? { ...json, items: [pews] } : { ...json, ageGroup: 'paediatric' } });
    });
    await page.goto(`${at.url}/b/icu-1/news2`);
    const estimate = page.getByText(/^Bedside PEWS, estimate: between/);
    await estimate.waitFor();
    isAway = true;
    await page.getByText(/What stands here is as it was at/).waitFor({ timeout: 15_000 });
    expect(await estimate.count()).toBe(0);
    expect(await page.getByText('There is no estimate for children now.').count()).toBe(0);
    isAway = false;
    await estimate.waitFor({ timeout: 15_000 });
  }, 60_000);

  test.each([
    ['news2-1280', { width: 1280, height: 800 }],
    ['news2-390', { width: 390, height: 844 }],
  ])(
    '%s loses nothing to the side',
    async (name, viewport) => {
      await visit('amy', viewport);
      await picture(name);
      expect(
        await page.evaluate('(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector(".news"))'),
      ).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
    },
    60_000,
  );
});
