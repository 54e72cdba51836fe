/** A site of another country: kPa, Fahrenheit and a clock of twelve hours, on every screen, and one truth behind them. */
import { Site } from '@vigil/contracts';
import type { Page } from 'playwright-core';
import { type Api, PASSWORD, site } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

const MINUTE_MS = 60_000;
const PICTURES = process.env['VIGIL_TEST_PICTURES'];
const DISPLAY = { units: { temperature: '[degF]', bloodPressure: 'kPa', carbonDioxide: 'kPa' }, clock: '12h' };

/** Colours of a cell, and of what it stands on. */
const INK = `(() => {
  const cell = document.querySelector('tr[data-at] td');
  const ground = ['.review', '.table-pane'].map((name) => getComputedStyle(cell.closest(name)).backgroundColor);
  return [getComputedStyle(cell).color, ...ground];
})()`;

/** The ground and the ink of pictures; of a strip as the page of an alarm has it. */
const PICTURE = `(() => {
  const strip = document.createElement('figure');
  strip.className = 'strip';
  strip.append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
  document.querySelector('.review').append(strip);
  const seen = ['.review-pane', '.strip > svg'].map((name) => {
    const style = getComputedStyle(document.querySelector(name));
    return [style.backgroundColor, style.color, style.getPropertyValue('--muted').trim(), style.printColorAdjust];
  });
  strip.remove();
  return seen;
})()`;

describeInChromium('a site with kPa, °F and twelve hours, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' }, { site: Site.parse({ ...site, display: DISPLAY }) });
  let api: Api;
  let page: Page;
  let fromMs: number;

  beforeAll(async () => {
    ({ api } = at);
    const nowMs = Math.floor(api.clock.nowMs());
    fromMs = Math.floor(nowMs / (5 * MINUTE_MS)) * 5 * MINUTE_MS - 30 * MINUTE_MS;
    const of = (metric: string, value: number) =>
      Array.from({ length: 20 }, (_, i) => ({
        bedId: 'icu-1',
        metric,
        deviceId: 'sim-icu-1',
        atMs: fromMs + i * MINUTE_MS,
        value,
      }));
    const samples = [...of('temperature', 38.1), ...of('nibpSystolic', 90), ...of('heartRate', 80)];
    await api.observations.write(0, { samples } as never, '1');
  });

  async function visit(path: string): Promise<void> {
    ({ page } = await at.open(path));
    await page.getByLabel('Username').fill('amy');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }
  const picture = async (name: string): Promise<void> => {
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  };

  test('the table of the history, on the screen and on paper, is in them; a file says in each row what it is in', async () => {
    await visit('/b/icu-1/review?tab=table&rows=5&span=3600000');
    await page.locator('tr[data-at]').first().waitFor();
    const head = await page.locator('.table-pane thead').innerText();
    for (const words of ['Temp °F', 'NIBP sys kPa', 'HR /min']) expect(head).toContain(words);
    const row = await page.locator('tr[data-at]').last().innerText();
    for (const words of ['100.6', '12.0', '80']) expect(row).toContain(words);
    for (const words of ['38.1', '90']) expect(row).not.toContain(words);
    expect(row).toMatch(/\d\s?[AP]M/i);
    await picture('units-table');
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.print-only').first().innerText()).toMatch(/\d\s?[AP]M/i);
    await picture('units-print');
    // Paper has no dark theme: the table was black on nearly black where a browser prints backgrounds.
    const ink = await page.evaluate<readonly string[]>(INK);
    expect(ink).toEqual(['rgb(0, 0, 0)', 'rgba(0, 0, 0, 0)', 'rgba(0, 0, 0, 0)']);
    const query = `metric=temperature,nibpSystolic&from=${fromMs}&to=${fromMs + MINUTE_MS}&reason=transfer`;
    const { body } = await api.call('GET', `/api/v1/beds/icu-1/history/export?${query}`, { as: await api.token('amy') });
    const lines = String(body).split('\r\n');
    expect(lines.find((line) => line.startsWith('# units'))).toContain('UCUM as measured and stored');
    const cells = lines.map((line) => line.split(',')).filter(([first]) => first?.startsWith('20'));
    expect(cells.map((row) => row.slice(3, 6))).toEqual([
      ['temperature', 'Cel', '38.1'],
      ['nibpSystolic', 'mm[Hg]', '90'],
    ]);
  }, 90_000);

  test('curves on paper keep the ground that they are drawn for, and what else is printed is dark on white', async () => {
    await visit('/b/icu-1/review?span=3600000');
    await page.locator('.review-pane canvas').first().waitFor();
    await page.emulateMedia({ media: 'print' });
    await picture('units-print-curves');
    const dark = ['rgb(7, 11, 16)', 'rgb(238, 243, 248)', '#94a3b3', 'exact'];
    expect(await page.evaluate<readonly string[][]>(PICTURE)).toEqual([dark, dark]);
    const marks = `getComputedStyle(document.documentElement).getPropertyValue('--replay-text').trim()`;
    expect(await page.evaluate<string>(marks)).toBe('#5b1170');
  }, 60_000);

  test('a set is written in them, converted once, and the chart keeps the units of its table', async () => {
    await visit('/b/icu-1/news2');
    await page.getByRole('button', { name: 'Enter observations' }).click();
    const dialog = page.getByRole('dialog');
    const field = (part: string) => dialog.locator(`[data-part=${part}] input`);
    expect(await dialog.locator('[data-part=temperature] label').innerText()).toContain('°F');
    expect(await dialog.locator('[data-part=systolic] label').innerText()).toContain('kPa');
    for (const [part, text] of [
      ['respirationRate', '16'],
      ['spo2', '97'],
      ['systolic', '12'],
      ['pulse', '80'],
      ['temperature', '100.6'],
    ] as const)
      await field(part).fill(text);
    expect(await dialog.locator('[data-part=temperature]').innerText()).toContain('On the chart: 38.1 °C.');
    expect(await dialog.locator('[data-part=systolic]').innerText()).toContain('On the chart: 90 mmHg.');
    await dialog.getByLabel('Air', { exact: false }).first().check();
    await dialog.locator('[data-part=consciousness] input').first().check();
    // 3 for the pressure, 1 for the temperature.
    expect(await page.locator('.news-preview').innerText()).toContain('score 4, with 3 in one parameter');
    await picture('units-entry');
    expect(await axeViolations(page)).toEqual([]);
    // What was typed by habit in the other unit is of no patient.
    await field('temperature').fill('38.1');
    await dialog.getByRole('button', { name: 'Chart this set' }).click();
    await dialog.getByText('No patient has this value.').waitFor();
    await field('temperature').fill('100.6');
    const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/observations'));
    await dialog.getByRole('button', { name: 'Chart this set' }).click();
    const { items } = (await sent).postDataJSON() as {
      readonly items: readonly { readonly metric?: string; readonly value: unknown }[];
    };
    expect(items.filter(({ metric }) => metric === 'temperature' || metric === 'nibpSystolic').map(({ value }) => value)).toEqual(
      [90, 38.1],
    );
    await dialog.waitFor({ state: 'detached' });
  }, 90_000);

  test('events name who set limits and who moved the patient', async () => {
    const body = { low: null, high: 110, reason: 'fever', toMs: Math.round(api.clock.nowMs()) + 3_600_000 };
    const headers = { 'idempotency-key': '00000000-0000-4000-8000-000000000077', 'if-match': '"0"' };
    const set = await api.call('PUT', '/api/v1/encounters/enc-1/limits/heartRate', { as: await api.token('amy'), headers, body });
    expect(set.status).toBe(200);
    await visit('/b/icu-1/review?tab=events&span=3600000');
    const event = page.locator('.events li[data-kind=change]').first();
    await event.waitFor();
    expect(await event.innerText()).toMatch(/[AP]M[\s\S]*limits of HR set by .*Amy/i);
    await picture('units-events');
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);
});
