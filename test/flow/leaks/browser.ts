import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Allowance } from '../../support/canaries.js';
import { BED, PATIENT } from './patients.js';
import type { Scene } from './scene.js';

const CHROMIUM = process.env['VIGIL_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
];
const SHOWN_WITHIN_MS = 30_000;

/** What a page can keep, and what its browser notes of it. */
const KEPT_BY_THE_PAGE = `(async () => {
  const databases = await indexedDB.databases();
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) cached.push(request.url, await (await cache.match(request)).text());
  }
  const loaded = performance.getEntries().map(({ name }) => name);
  return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases, cached, loaded, document.cookie,
    document.title, history.state, location.href]);
})()`;

/** Names no patient, accepts once, and for ten minutes. */
export const IN_THE_HISTORY: Allowance = {
  place: /^(browser\/|urls of the browser$)/,
  canary: /^link of a page$/,
  why: 'a page is opened by its link, which a browser notes like any other',
};

/**
 * A charge nurse signs in on a real browser, sees the patient, opens the link of a page, and leaves. The profile folder is
 * what the next person at the workstation, and whoever takes its disk, can read.
 *
 * @returns false where there is no browser to do it with
 */
export async function browse({ probe, stack }: Scene, link: string): Promise<boolean> {
  if (!existsSync(CHROMIUM)) return false;
  const profile = mkdtempSync(join(tmpdir(), 'vigil-leaks-profile-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: ARGS, locale: 'en-GB' });
  try {
    context.setDefaultTimeout(SHOWN_WITHIN_MS);
    const page = await context.newPage();
    page.on('request', (request) => probe.keep('urls of the browser', `${request.method()} ${request.url()}`));
    page.on('console', (message) => probe.keep('console of the browser', message.text()));
    page.on('pageerror', (error) => probe.keep('console of the browser', error.message));
    await page.goto(stack.url);
    await page.getByLabel('Username').fill('carol');
    await page.getByLabel('Password').fill(stack.password('carol'));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator(`[data-bed-id=${BED}]`).getByText(new RegExp(PATIENT.familyName, 'i')).first().waitFor();
    for (const { name, value } of await context.cookies()) probe.canaries.add(`cookie ${name}`, value);
    probe.keep('storage of the browser', await page.evaluate<string>(KEPT_BY_THE_PAGE));
    await page.goto(`${stack.url}/p/${link}`);
    await page.getByRole('heading', { name: 'ICU 2' }).waitFor();
    probe.keep('text of the pager page', await page.content());
    await page.goto('about:blank');
  } finally {
    await context.close();
  }
  probe.keepFolder(profile, 'browser');
  rmSync(profile, { recursive: true });
  return true;
}
