import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, until } from './browser.js';
import { platformInChromium } from './platform.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Where pictures go; nowhere where it is not said. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];

/** What a bed measured in the last hours: a heart that peaks for one second, a gap, a cuff, and then nothing. */
function samplesUntil(nowMs: number) {
  const of = (metric: string, stepMs: number, value: (i: number) => number, fromMs: number, toMs: number) =>
    Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, i) => ({
      ...{ bedId: 'icu-1', metric, deviceId: 'sim-icu-1' },
      ...{ atMs: fromMs + i * stepMs, value: Math.round(value(i) * 10) / 10 },
    }));
  const startMs = nowMs - 3 * HOUR_MS;
  const gapMs = nowMs - 90 * MINUTE_MS;
  const wave = (i: number): number => 82 + 9 * Math.sin(i / 90) + (i % 7);
  return [
    ...of('heartRate', 2_000, wave, startMs, gapMs),
    ...of('heartRate', 2_000, (i) => (i === 600 ? 191 : wave(i)), gapMs + 10 * MINUTE_MS, nowMs),
    ...of('spo2', 2_000, (i) => 96 + Math.sin(i / 200) * 2, startMs, nowMs),
    ...of('respirationRate', 2_000, (i) => 16 + Math.sin(i / 50) * 3, startMs, nowMs),
    ...of('nibpSystolic', 15 * MINUTE_MS, (i) => 118 + i, startMs, nowMs),
    ...of('nibpDiastolic', 15 * MINUTE_MS, (i) => 70 + i, startMs, nowMs),
    ...of('temperature', 60_000, (i) => 36.8 + i / 400, startMs, nowMs),
  ];
}

describeInChromium('what was, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  let api: Api;
  let page: Page;
  let nowMs: number;

  beforeAll(async () => {
    ({ api } = at);
    nowMs = Math.floor(api.clock.nowMs());
    const gap = { gapId: 'g', bedId: 'icu-1', deviceId: 'sim-icu-1', seqs: [1, 300], count: 300, reason: 'evicted' };
    const gaps = [{ ...gap, fromMs: nowMs - 90 * MINUTE_MS, toMs: nowMs - 80 * MINUTE_MS }];
    await api.observations.write(0, { samples: samplesUntil(nowMs), gaps } as never, '1');
  });

  async function visit(path: string, viewport?: { width: number; height: number }, username = 'amy'): Promise<void> {
    ({ page } = await at.open(path, viewport));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.review').waitFor();
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }

  const charts = () => page.locator('.trend');
  const ready = () => page.locator('.trend canvas').first().waitFor();

  test('a gap is hatched, is no line, and says why', async () => {
    await visit('/b/icu-1/review');
    await ready();
    await picture('review-1920');
    const rate = charts().first();
    expect(await rate.getAttribute('data-holes')).toMatch(/^[1-9]/);
    expect(await rate.locator('.visually-hidden').innerText()).toContain('messages were given up by the full gateway');
    // Colour of the line in the columns of pixels of the gap: none; beside it: some.
    const [inGap, before] = await page.evaluate<number[]>(pixels('--ecg', [0.635, 0.4]));
    expect(inGap).toBe(0);
    expect(before).toBeGreaterThan(0);
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('it says HISTORY, whose, and how the bed is now', async () => {
    await visit('/b/icu-1/review');
    await ready();
    expect(await page.locator('.review-stamp').innerText()).toMatch(/HISTORY/);
    expect(await page.locator('.patient-line').innerText()).toMatch(/born \d{2}-\w{3}-\d{4}/);
    expect(await page.locator('.live-chip').innerText()).toMatch(/NOW/);
    expect(await page.title()).toBe('Vigil');
  }, 60_000);

  test('the cursor by keyboard reads out time and value, and the same in every picture', async () => {
    await visit('/b/icu-1/review');
    await ready();
    await page.locator('.trend-plot').first().focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.trend-readout').nth(1).filter({ hasText: 'SpO₂' }).waitFor();
    expect(await page.locator('.trend-readout').first().innerText()).toMatch(/HR \d+ \(\d+–\d+\) \/min/);
  }, 60_000);

  test('alarms that come after the values leave the cursor where it is', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    ({ page } = await at.open('/b/icu-1/review'));
    await page.route(/\/api\/v1\/alarms\?/, async (route) => {
      await held;
      await route.continue();
    });
    await page.getByLabel('Username').fill('amy');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await ready();
    const chart = await page.locator('.trend canvas').first().elementHandle();
    await page.locator('.trend-plot').first().focus();
    await page.keyboard.press('End');
    const readout = (): Promise<string> => page.locator('.trend-readout').first().innerText();
    await page.locator('.trend-readout').first().filter({ hasText: 'HR' }).waitFor();
    const said = await readout();
    letGo();
    await page.waitForFunction((each) => each?.isConnected === false, chart);
    expect(await readout()).toBe(said);
  }, 60_000);

  test('the table has what the file has, with the peak that the mean hides', async () => {
    await visit(`/b/icu-1/review?tab=table&rows=5&span=${2 * HOUR_MS}`);
    await page.locator('tr[data-at]').first().waitFor();
    await picture('review-table');
    expect(await axeViolations(page)).toEqual([]);
    const table = await page.locator('.table-pane').innerText();
    expect(table).toContain('–191)');
    const rows = await page.evaluate<readonly { readonly at: number; readonly rate: string }[]>(ROWS);
    const [fromMs, toMs] = [rows.at(-1)!.at, rows[0]!.at + 5 * MINUTE_MS];
    const query = `metric=heartRate&from=${fromMs}&to=${toMs}&every=${5 * MINUTE_MS}&reason=transfer`;
    const file = await api.call('GET', `/api/v1/beds/icu-1/history/export?${query}`, { as: await api.token('amy') });
    const lines = (file.body as string)
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','))
      .filter((line) => line[3] === 'heartRate');
    const said = lines.map(
      (line) => `${Math.round(Number(line[5]))} (${Math.round(Number(line[6]))}–${Math.round(Number(line[7]))})`,
    );
    expect(rows.toReversed().flatMap((row) => (row.rate === '–' ? [] : [row.rate.replace('≈ ', '')]))).toEqual(said);
  }, 60_000);

  test('a file is saved for a reason, and the audit trail has both', async () => {
    await visit('/b/icu-1/review');
    await ready();
    const rows = await api.audited(async () => {
      await page.getByRole('button', { name: 'Export…' }).click();
      await page.getByLabel('Why').selectOption({ label: 'review of a case' });
      expect(await axeViolations(page)).toEqual([]);
      await picture('review-export');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save as CSV' }).click();
      expect((await saved).suggestedFilename()).toBe('vigil-history.csv');
      await (await saved).path();
    });
    expect(rows.filter((row) => row.detail.includes('export for case-review'))).toHaveLength(1);
  }, 60_000);

  test('for research nobody is to be recognised: the reason is there once the file is de-identified, and the file is one for programs', async () => {
    await visit('/b/icu-1/review');
    await ready();
    const rows = await api.audited(async () => {
      await page.getByRole('button', { name: 'Export…' }).click();
      const reasons = () => page.getByLabel('Why').locator('option').allInnerTexts();
      expect(await reasons()).not.toContain('research');
      await page.getByLabel(/^De-identified/).check();
      await page.getByLabel('Why').selectOption({ label: 'research' });
      await page.locator('.review-export select').first().selectOption({ label: 'Parquet, for programs' });
      expect(await axeViolations(page)).toEqual([]);
      await picture('review-export-research');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save as Parquet' }).click();
      expect((await saved).suggestedFilename()).toBe('vigil-history.parquet');
      const bytes = readFileSync(await (await saved).path());
      expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
      // No longer named so, no longer for research.
      await page.getByRole('button', { name: 'Export…' }).click();
      await page.getByLabel(/^De-identified/).check();
      await page.getByLabel('Why').selectOption({ label: 'teaching' });
      await page.getByLabel(/^De-identified/).uncheck();
      expect(await page.getByLabel('Why').inputValue()).toBe('transfer');
      await page.keyboard.press('Escape');
    });
    expect(rows.filter((row) => row.detail.includes('de-identified export for research'))).toHaveLength(1);
  }, 60_000);

  test('events stand on one time line and lead to the trend', async () => {
    await visit(`/b/icu-1/review?tab=events&span=${4 * HOUR_MS}`);
    const gap = page.locator('.events li[data-kind=gap]');
    await gap.waitFor();
    await picture('review-events');
    expect(await axeViolations(page)).toEqual([]);
    await gap.getByRole('button', { name: 'Show in trend' }).click();
    await ready();
    expect(page.url()).toContain('cursor=');
  }, 60_000);

  test('events of which a part cannot be had say so and offer to try again; until all have come nothing is said to be nothing', async () => {
    let how: 'fails' | 'waits' | 'goes' = 'fails';
    const waiting: (() => void)[] = [];
    await visit('/b/icu-1/review');
    await page.route(/\/(changes|news2\/history)\?/, async (route) => {
      if (how === 'fails') return route.abort();
      if (how === 'waits') await new Promise<void>((resolve) => void waiting.push(resolve));
      return route.continue();
    });
    await page.goto(`${at.url}/b/icu-1/review?tab=events&span=${4 * HOUR_MS}`);
    const changes = page.locator('.state-note').filter({ hasText: 'What people changed' });
    await changes.waitFor();
    const charted = page.locator('.state-note').filter({ has: page.getByRole('button', { name: 'Try again' }) });
    expect(await charted.count()).toBe(2);
    expect(await axeViolations(page)).toEqual([]);
    how = 'goes';
    await changes.getByRole('button', { name: 'Try again' }).click();
    await changes.waitFor({ state: 'detached' });
    expect(await charted.count()).toBe(0);
    how = 'waits';
    await page.reload();
    await until(() => waiting.length >= 2, 'both are asked for');
    await page.waitForTimeout(500);
    expect(await page.locator('.events').count()).toBe(0);
    await page.locator('.state-note').getByText('Loading').waitFor();
    for (const go of waiting) go();
    await page.locator('.events li').first().waitFor();
  }, 60_000);

  test('nothing says why it is nothing, and the keys go through time', async () => {
    await visit(`/b/icu-1/review?to=${nowMs - 48 * HOUR_MS}`);
    await page.locator('[data-empty]').waitFor();
    await picture('review-empty');
    expect(await page.locator('[data-empty]').innerText()).toContain('No values from');
    await page.getByRole('button', { name: 'Now', exact: true }).click();
    await page.locator('[data-empty]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Show less time' }).click();
    await page.waitForURL(/span=/);
  }, 60_000);

  test('whoever does not treat the patient sees nothing of them, and how to open it in an emergency', async () => {
    await visit('/b/icu-1/review', undefined, 'ben');
    await page.locator('.break-glass').waitFor();
    await picture('review-not-mine');
    expect(await page.locator('.trend').count()).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('a server that fails is said, with a way on, and draws nothing', async () => {
    await visit('/b/icu-1/review');
    await ready();
    await page.route('**/history?*', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.getByRole('button', { name: 'Earlier' }).click();
    await page.locator('.review .trouble').waitFor();
    expect(await page.locator('.trend').count()).toBe(0);
    await page.unroute('**/history?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await ready();
  }, 60_000);

  test.each([
    ['review-1280', { width: 1280, height: 800 }],
    ['review-390', { width: 390, height: 844 }],
    ['review-320', { width: 320, height: 640 }],
  ])(
    '%s loses nothing to the side',
    async (name, viewport) => {
      await visit('/b/icu-1/review', viewport);
      await ready();
      await picture(name);
      expect(
        await page.evaluate('(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector(".review"))'),
      ).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
    },
    60_000,
  );
});

/** How many pixels of the first picture are of the line's colour, in the columns at parts of its width. */
const pixels = (colour: string, at: readonly number[]): string => `(({ colour, at }) => {
  const canvas = document.querySelector('.trend canvas');
  const wanted = getComputedStyle(document.documentElement).getPropertyValue(colour).trim();
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(wanted.slice(i, i + 2), 16));
  return at.map((part) => {
    const { data } = canvas.getContext('2d').getImageData(Math.round(canvas.width * part), 0, 4, canvas.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (Math.abs(data[i] - r) < 12 && Math.abs(data[i + 1] - g) < 12 && Math.abs(data[i + 2] - b) < 12 && data[i + 3] > 200) found += 1;
    return found;
  });
})(${JSON.stringify({ colour, at })})`;

/** Rows of the table as they stand there: when, and the heart rate. */
const ROWS = `[...document.querySelectorAll('tr[data-at]')].map((row) => ({ at: Number(row.dataset.at), rate: row.querySelector('td').innerText }))`;
