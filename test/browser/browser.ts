import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export const ROOT = join(import.meta.dirname, '../..');
/** Another build than the usual one: for trying a change beside others. */
export const DIST = process.env['VIGIL_TEST_DASHBOARD'] ?? join(ROOT, 'packages/dashboard/dist');
export const CHROMIUM = process.env['VIGIL_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** For a machine that does much else: all waits of a page are so many times as long. What is measured stays as it is. */
const PATIENCE = Number(process.env['VIGIL_TEST_PATIENCE'] ?? (process.env['CI'] === undefined ? '1' : '2'));

/* Waits are bounded one by one; a test that waits out a five second limit is longer than jest's own. */
jest.setTimeout(20_000 * (PATIENCE + 1));

const ARGS = [
  // As a hospital sets it for its screens: alarms may sound before anybody has pressed on the page.
  '--autoplay-policy=no-user-gesture-required',
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `describe`, or a skipped one that says why. */
export function describeInChromium(title: string, tests: () => void): void {
  if (existsSync(CHROMIUM)) return describe(title, tests);
  process.stdout.write(`skipped: ${title} (no Chromium at ${CHROMIUM}; set VIGIL_TEST_CHROMIUM)\n`);
  describe.skip(title, tests);
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

/** The built dashboard; built now when it is not there. */
export async function builtDashboard(): Promise<string> {
  if (!existsSync(join(DIST, 'index.html')) || !existsSync(join(DIST, 'pager.html'))) {
    const vite = join(
      dirname(createRequire(join(ROOT, 'packages/dashboard/package.json')).resolve('vite/package.json')),
      'bin/vite.js',
    );
    await promisify(execFile)(process.execPath, [vite, 'build', join(ROOT, 'packages/dashboard')], { timeout: 120_000 });
  }
  return DIST;
}

export interface Opened {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page reported as broken: exceptions and violations of the content policy. */
  readonly broken: string[];
}

export async function open(
  browser: Browser,
  url: string,
  viewport = { width: 1920, height: 1080 },
  more: Omit<BrowserContextOptions, 'viewport'> = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport, ...more });
  context.setDefaultTimeout(10_000 * PATIENCE);
  const page = await context.newPage();
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Minified React error|Warning:/.test(message.text())) broken.push(message.text());
  });
  await page.goto(url);
  return { context, page, broken };
}

const AXE = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rule and first element of each violation of WCAG 2.2 A and AA and of axe's best practices. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(await AXE);
  return page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].target.join(' ') + ' ' + v.nodes[0].failureSummary))`,
  );
}

/** Waits until a value on this side of the wire is as wanted. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 8_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
