/** GL-23, FR-V12: the screens in German and in Arabic, which is written from right to left. */
import { mkdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { newKey, PASSWORD } from '../flow/api-fixture.js';
import { ar } from '../../packages/dashboard/src/words/ar/index.js';
import { de } from '../../packages/dashboard/src/words/de/index.js';
import { en } from '../../packages/dashboard/src/words/en/index.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

/** A folder for a picture of every screen, to be looked at. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];

const WARD = ['/', '/alarms', '/b/icu-1', '/b/icu-1/review', '/b/icu-1/news2', '/b/icu-1/stay', '/admit', '/patients'];
const OFFICE = [
  '/on-call',
  '/stations',
  '/reviews',
  '/system',
  '/system/downtime',
  '/way-of-alarms',
  '/screen',
  '/alarms/limits-off',
  '/on-call/rota',
  '/security',
];
const ADMIN = ['/accounts', '/devices', '/first-run', '/alarm-load'];
const SECURITY = ['/privacy', '/privacy/holds'];

const NO_PAGE = { de: de.shell.unknownPage, ar: ar.shell.unknownPage };

/** What stands on the screen that no language says: the key of words that are missing, or a name still in braces. */
const UNSAID = new RegExp(`\\b(${Object.keys(en).join('|')}):[a-z]\\w+|\\{\\{\\w+\\}\\}`);

describeInChromium('the screens in other languages, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '10000' });

  beforeAll(async () => {
    const carol = await at.api.token('carol');
    const post = (path: string, body: unknown) =>
      at.api.call('POST', path, { as: carol, body, headers: { 'idempotency-key': newKey() } });
    const patient = { mrn: 'L1', familyName: 'Müller-Lüdenscheidt', givenName: 'Anna', birthDate: '1960-01-02', sex: 'female' };
    const made = await post('/api/v1/patients', patient);
    await post('/api/v1/encounters', { patientId: made.body.patientId, bedId: 'icu-2' });
    if (PICTURES !== undefined) await mkdir(PICTURES, { recursive: true });
  }, 60_000);

  async function signIn(username: string, language: string, viewport: { width: number; height: number }): Promise<Page> {
    const { page } = await at.open('/', viewport);
    await page.evaluate(`localStorage.setItem('vigil.language', '${language}')`);
    await page.reload();
    await page.locator('input[autocomplete~="username"]').fill(username);
    await page.locator('input[type="password"]').fill(PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.locator('.button.user').waitFor();
    return page;
  }

  const phone = { width: 390, height: 844 };
  const station = { width: 1920, height: 1080 };

  test.each([
    ['ar', 'rtl', 'carol', station, [...WARD, ...OFFICE]],
    ['ar', 'rtl', 'carol', phone, [...WARD, ...OFFICE]],
    ['de', 'ltr', 'carol', phone, [...WARD, ...OFFICE]],
    ['ar', 'rtl', 'dan', phone, ADMIN],
    ['ar', 'rtl', 'eve', station, SECURITY],
    ['de', 'ltr', 'eve', phone, SECURITY],
  ] as const)(
    '%s, %s, %s: every screen fits and says what it has to (%j)',
    async (language, dir, who, viewport, paths) => {
      const page = await signIn(who, language, viewport);
      const wrong: unknown[] = [];
      for (const path of paths) {
        await page.goto(`${at.url}${path}`);
        await page.locator('.button.user').waitFor();
        await page.waitForTimeout(600);
        if (PICTURES !== undefined)
          await page.screenshot({ path: `${PICTURES}/${language}-${viewport.width}-${who}${path.replaceAll('/', '_')}.png` });
        const found = await page.evaluate<{ dir: string; over: number; text: string }>(
          `({ dir: document.documentElement.dir, text: [...document.body.querySelectorAll('code, .detail')].reduce((text, code) => text.replace(code.innerText, ''), document.body.innerText),
              over: document.documentElement.scrollWidth - document.documentElement.clientWidth })`,
        );
        if (found.dir !== dir || found.over > 0) wrong.push([path, found.dir, found.over]);
        if ((await page.getByText(NO_PAGE[language]).count()) > 0) wrong.push([path, 'no such page']);
        const unsaid = UNSAID.exec(found.text)?.[0];
        if (unsaid !== undefined) wrong.push([path, unsaid]);
        const axe = await axeViolations(page);
        if (axe.length > 0) wrong.push([path, axe]);
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});
