/** GL-15, GL-23: every component in its states, in every theme, language and density, on fixtures and without a server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeViolations, builtDashboard, describeInChromium, launch, ROOT } from './browser.js';
import { FixtureServer } from './fixture-server.js';
import { pairsOf, pairwise } from './pairwise.js';

/** All combinations in place of every two: `VIGIL_TEST_GALLERY=all`. */
const IS_ALL = process.env['VIGIL_TEST_GALLERY'] === 'all';
const THEMES = ['dark', 'light', 'night', 'contrast'];
const LANGUAGES = ['en', 'de', 'ar', 'pseudo'];
const DENSITIES = ['roomy', 'middle', 'dense'];

interface AreaOf {
  readonly name: string;
  readonly place?: string;
  readonly states: readonly string[];
}

/** Numbers, limits and the words of an alarm that do not stand whole within their frame. */
const CLIPPED = `(() => {
  const said = '.num-digits, .num-minor, .num-unit, .num-limits, .num-label, .tile-alarm-what, .alarm-short, .mark, .button';
  const wide = (e) => getComputedStyle(e).display !== 'inline' && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
  const outside = (e) => {
    const own = e.getBoundingClientRect();
    return own.width > 1 && ['.num', '.tile', '.tile-alarm', '.alarm-row', '.bar', '.banner'].some((name) => {
      const frame = e.closest(name)?.getBoundingClientRect();
      return frame && (own.left < frame.left - 1 || own.right > frame.right + 1);
    });
  };
  return [...document.querySelectorAll(said)].filter((e) => wide(e) || outside(e))
    .map((e) => e.closest('[data-state-name]')?.dataset.stateName + ' ' + e.className + ': ' + e.textContent);
})()`;

test('every two values of any two factors meet', () => {
  const factors = [THEMES, LANGUAGES, DENSITIES, ['a', 'b', 'c', 'd', 'e']];
  const rows = pairwise(factors);
  const met = new Set(rows.flatMap(pairsOf));
  const wanted = factors.flatMap((a, i) => factors.slice(i + 1).map((b) => a.length * b.length));
  expect(met.size).toBe(wanted.reduce((sum, n) => sum + n));
  expect(rows.length).toBeLessThan(30);
});

describeInChromium('the gallery, in Chromium', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: FixtureServer;
  let folder: string;
  let url: string;
  let areas: readonly AreaOf[];
  const broken: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-gallery-'));
    const dashboard = join(ROOT, 'packages/dashboard');
    const vite = join(dirname(createRequire(join(dashboard, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
    const config = join(dashboard, 'vite.gallery.config.ts');
    await promisify(execFile)(process.execPath, [vite, 'build', '--config', config, '--outDir', folder], { timeout: 120_000 });
    server = new FixtureServer(folder);
    url = await server.start();
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    page.on('pageerror', (error) => broken.push(error.message));
    await page.goto(`${url}/gallery.html`);
    areas = JSON.parse((await page.locator('[data-areas]').getAttribute('data-areas')) ?? '[]') as AreaOf[];
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function wrongAt(theme: string, language: string, density: string, where: string): Promise<string[]> {
    /* Another search is another page; another hash alone would not be. */
    await page.goto('about:blank');
    await page.goto(`${url}/gallery.html?theme=${theme}&language=${language}&density=${density}#/${where}`);
    /* Nothing to see is a state as well. */
    await page.locator('.gallery-state').first().waitFor({ state: 'attached' });
    await page.waitForTimeout(150);
    const isOne = where.includes('/');
    /* Many states of one component on a page have many regions of one name; a page of the product has one. */
    const axe = (await axeViolations(page)).filter((found) => isOne || !found.startsWith('landmark-unique'));
    /* Words within words are lengthened twice there, beyond any language; the smallest tile need not hold that. */
    const isBeyond = language === 'pseudo' && density === 'dense';
    const clipped = isBeyond ? [] : await page.evaluate<string[]>(CLIPPED);
    return [...axe, ...clipped.map((text) => `clipped: ${text}`), ...broken.splice(0)].map(
      (found) => `${where} ${theme} ${language} ${density}: ${found}`,
    );
  }

  const together = () => areas.filter(({ place }) => place === undefined).map(({ name }) => name);
  const alone = () => areas.filter(({ place }) => place !== undefined);

  test('names every area and its states', () => {
    expect(areas.length).toBeGreaterThan(20);
    expect(areas.find(({ name }) => name === 'tile')?.states).toContain('stale');
    expect(new Set(areas.flatMap(({ name, states }) => states.map((state) => `${name}/${state}`))).size).toBeGreaterThan(200);
  });

  test(
    'no violation and nothing clipped where states stand together',
    async () => {
      const rows = IS_ALL
        ? THEMES.flatMap((theme) =>
            LANGUAGES.flatMap((language) =>
              DENSITIES.flatMap((density) => together().map((of) => [theme, language, density, of])),
            ),
          )
        : pairwise([THEMES, LANGUAGES, DENSITIES, together()]);
      const wrong: string[] = [];
      for (const [theme = '', language = '', density = '', of = ''] of rows)
        wrong.push(...(await wrongAt(theme, language, density, of)));
      expect(wrong).toEqual([]);
    },
    IS_ALL ? 1_800_000 : 120_000,
  );

  test(
    'no violation and nothing clipped where a state has the page to itself',
    async () => {
      const wrong: string[] = [];
      const looks = THEMES.flatMap((theme) => LANGUAGES.map((language) => [theme, language] as const));
      let n = 0;
      for (const { name, states } of alone())
        for (const state of IS_ALL ? states : states.slice(0, 2))
          for (const [theme, language] of IS_ALL ? looks : [looks[(n += 5) % looks.length]!])
            wrong.push(...(await wrongAt(theme, language, 'roomy', `${name}/${state}`)));
      expect(wrong).toEqual([]);
    },
    IS_ALL ? 3_600_000 : 120_000,
  );

  test('names with markup are text, and nothing of them is run', async () => {
    await page.goto('about:blank');
    await page.goto(`${url}/gallery.html#/tile/markup`);
    await page.locator('.tile-name').waitFor();
    expect(await page.locator('.tile-name').innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('.tile img').count()).toBe(0);
  });

  test('is no part of the product', async () => {
    const dist = await builtDashboard();
    expect(await readdir(dist)).not.toContain('gallery.html');
    const assets = await readdir(join(dist, 'assets'));
    const scripts = await Promise.all(
      assets.filter((name) => name.endsWith('.js')).map((name) => readFile(join(dist, 'assets', name), 'utf8')),
    );
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter((text) => /gallery-state|onerror=alert/.test(text))).toEqual([]);
  });
});
