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
/** Where a picture of each look goes; left out, none is taken. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];
const THEMES = ['dark', 'light', 'night', 'contrast'];
const LANGUAGES = ['en', 'de', 'ar', 'pseudo'];
const DENSITIES = ['roomy', 'middle', 'dense'];

interface AreaOf {
  readonly name: string;
  readonly place?: string;
  readonly states: readonly string[];
}

/** Components that no state shows, each with why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  'screens/beds/beds-screen.tsx Gone': 'a bed that is taken out of the unit while somebody points at the grid',
  'screens/stays/tray-screen.tsx AssignForm': 'behind ten seconds of looking at a device; stays.test.ts',
  'screens/stays/devices-form.tsx TakeAwayForm':
    'behind a press in the list of devices, of the same name as the one at admission; stays.test.ts',
  'screens/account/push-section.tsx NotHere': 'of a browser without web push; push.test.ts',
};
const SOURCES = join(ROOT, 'packages/dashboard/src');
/** Answers that every server can give are shown of each screen; the short form looks at one of these in turn. */
const EVERYWHERE = ['empty', 'loading', 'forbidden', 'failed', 'tooMany', 'unreachable', 'unreadable'];

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

/** What draws: functions with the name of a component, by their file. */
async function components(): Promise<string[]> {
  const folders = await Promise.all(
    ['screens', 'parts', 'shell'].map(async (folder) =>
      (await readdir(join(SOURCES, folder), { recursive: true })).map((file) => `${folder}/${file}`),
    ),
  );
  const files = folders.flat().filter((file) => file.endsWith('.tsx'));
  const named = files.map(async (file) => {
    const text = await readFile(join(SOURCES, file), 'utf8');
    return [...text.matchAll(/^(?:export )?function ([A-Z]\w*[a-z]\w*)/gm)].map(([, name]) => `${file} ${name}`);
  });
  return (await Promise.all(named)).flat();
}

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
    await promisify(execFile)(process.execPath, [vite, 'build', '--config', config, '--outDir', folder], { timeout: 300_000 });
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

  /** Shows it in a look; another hash alone keeps the page. Answers what is wrong on the way. */
  async function show(look: string, where: string): Promise<string[]> {
    const now = new URL(page.url());
    if (now.search === `?${look}`) await page.evaluate(`location.hash = '#/${where}'`);
    else {
      await page.goto('about:blank');
      await page.goto(`${url}/gallery.html?${look}#/${where}`);
    }
    const done = page.locator(`.gallery-page[data-at="${where}"]`).and(page.locator('[data-ready], [data-missing]'));
    await done.waitFor({ state: 'attached', timeout: 20_000 });
    const missing = await done.getAttribute('data-missing');
    return [...(missing === null ? [] : [`nothing to press: ${missing}`]), ...broken.splice(0)].map(
      (each) => `${where}: ${each}`,
    );
  }

  async function wrongAt(theme: string, language: string, density: string, where: string): Promise<string[]> {
    const wrong = await show(`theme=${theme}&language=${language}&density=${density}`, where);
    await page.waitForTimeout(100);
    await picture(where, `${theme}-${language}-${density}`);
    const isOne = where.includes('/');
    /* Many states of one component on a page have many regions of one name; a page of the product has one. */
    const axe = (await axeViolations(page)).filter((found) => isOne || !found.startsWith('landmark-unique'));
    /* Words within words are lengthened twice there, beyond any language; the smallest tile need not hold that. */
    const isBeyond = language === 'pseudo' && density === 'dense';
    const clipped = isBeyond ? [] : await page.evaluate<string[]>(CLIPPED);
    return [...wrong, ...axe, ...clipped.map((text) => `clipped: ${text}`)].map(
      (found) => `${where} ${theme} ${language} ${density}: ${found}`,
    );
  }

  /** `VIGIL_TEST_PICTURES`: the folder that gets a picture of each. */
  async function picture(where: string, look: string): Promise<void> {
    if (PICTURES === undefined) return;
    const path = join(PICTURES, `${where.replaceAll('/', '-')}-${look}.jpeg`);
    await page.screenshot({ path, type: 'jpeg', quality: 70, fullPage: !where.includes('/') });
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
    IS_ALL ? 1_800_000 : 300_000,
  );

  test(
    'no violation and nothing clipped where a state has the page to itself',
    async () => {
      const looks = THEMES.flatMap((theme) => LANGUAGES.map((language) => [theme, language] as const));
      const wrong: string[] = [];
      if (IS_ALL) {
        for (const [theme, language] of looks)
          for (const { name, states } of alone())
            for (const state of states) wrong.push(...(await wrongAt(theme, language, 'roomy', `${name}/${state}`)));
      } else {
        /* Look by look, so that a page is loaded as often as there are looks. */
        const turns = alone().map(
          ({ name, states }, n) => [looks[(n * 5) % looks.length]!, `${name}/${states[n % 2] ?? states[0]}`] as const,
        );
        const inOrder = turns.toSorted(([a], [b]) => looks.indexOf(a) - looks.indexOf(b));
        for (const [[theme, language], where] of inOrder) wrong.push(...(await wrongAt(theme, language, 'roomy', where)));
      }
      expect(wrong).toEqual([]);
    },
    IS_ALL ? 7_200_000 : 180_000,
  );

  test('every component is shown in a state, and every state can be reached', async () => {
    const wrong: string[] = [];
    let n = 0;
    for (const { name, place, states } of areas) {
      const own = place === undefined ? [''] : states.filter((state) => IS_ALL || !EVERYWHERE.includes(state));
      const others = IS_ALL || place === undefined ? [] : states.filter((state) => state === EVERYWHERE[n++ % EVERYWHERE.length]);
      for (const state of [...own, ...others])
        wrong.push(...(await show('theme=dark&language=en&density=roomy', state === '' ? name : `${name}/${state}`)));
    }
    expect(wrong).toEqual([]);
    const drawn = new Set(await page.evaluate<string[]>('[...globalThis.drawn]'));
    const all = await components();
    expect(all.length).toBeGreaterThan(300);
    for (const [name, why] of Object.entries(NOT_SHOWN)) process.stdout.write(`in no state of the gallery: ${name} (${why})\n`);
    expect(all.filter((name) => !drawn.has(name) && !(name in NOT_SHOWN))).toEqual([]);
    expect(Object.keys(NOT_SHOWN).filter((name) => !all.includes(name) || drawn.has(name))).toEqual([]);
  }, 300_000);

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
