/** Every state of a tile at its smallest, at each density: no number, limit, age or word is cut off above or below. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launch, ROOT } from './browser.js';
import { FixtureServer } from './fixture-server.js';

/* Without Arabic: its letters come from another font than its digits, and the ink of a line can't be told from here. */
const THEMES = ['dark'];
const LANGUAGES = ['en', 'de'];
const DENSITIES = ['roomy', 'middle', 'dense'];

/**
 * Where the ink of a text is, line by line, against everything around it that cuts off. Ink, because the box of a large font is
 * higher than its digits. What has no room at all may be out of sight where it says nothing that another place does not (a unit, a
 * mean, a second score); half of it never is.
 */
const CUT = `(() => {
  const may = '.num-minor, .num-unit, [data-density=dense] .score + .score';
  const said = '.num-digits, .num-minor, .num-unit, .num-limits, .num-label, .num-full, .num-brief, .score, .tile-bed, .tile-name, .tile-birth, ' +
    '.tile-age, .tile-nurse, .tile-origin, .tile-standby, .tile-alarm-what, .tile-alarm-age, .tile-alarm .more, .tile-alarm .mark, ' +
    '.tile-status b, .tile-status span, .tile-empty p, .tile-empty .button';
  const pen = document.createElement('canvas').getContext('2d');
  const clips = (e) => ['hidden', 'clip', 'auto', 'scroll'].includes(getComputedStyle(e).overflowY);
  const frames = (e) => {
    const all = [];
    for (let at = e; at && at.matches('.tile, .tile *'); at = at.parentElement)
      if (clips(at) && at.getClientRects().length > 0) all.push(at.getBoundingClientRect());
    return all;
  };
  const wrong = [];
  for (const e of document.querySelectorAll('.tile ' + said.split(', ').join(', .tile '))) {
    const style = getComputedStyle(e);
    const text = e.textContent.trim();
    /* What a cover over the numbers says is said in their place. */
    if (e.closest('.tile-body:has(.tile-status) .num')) continue;
    if (text === '' || style.visibility === 'hidden' || e.getClientRects().length === 0) continue;
    pen.font = style.fontWeight + ' ' + style.fontSize + ' ' + style.fontFamily;
    const m = pen.measureText(text);
    const range = document.createRange();
    range.selectNodeContents(e);
    const where = e.closest('[data-state-name]')?.dataset.stateName + ' ' + e.className + ' "' + text + '"';
    for (const line of range.getClientRects()) {
      if (line.width < 1) continue;
      const middle = (line.top + line.bottom) / 2;
      const font = m.fontBoundingBoxAscent + m.fontBoundingBoxDescent;
      const top = middle - font / 2 + m.fontBoundingBoxAscent - m.actualBoundingBoxAscent;
      const bottom = middle + font / 2 - m.fontBoundingBoxDescent + m.actualBoundingBoxDescent;
      const around = frames(e);
      const hidden = around.some((f) => top >= f.bottom - 1 || bottom <= f.top + 1);
      const over = Math.max(...around.map((f) => Math.max(f.top - top, bottom - f.bottom)));
      if (hidden ? !e.matches(may) : over > 0.75) wrong.push(where + (hidden ? ': out of sight' : ': cut by ' + over.toFixed(1)));
    }
  }
  return wrong;
})()`;

describeInChromium('tiles at their smallest, in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let server: FixtureServer;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    const built = process.env['VIGIL_TEST_GALLERY_DIR'];
    folder = built ?? (await mkdtemp(join(tmpdir(), 'vigil-tiles-')));
    if (built === undefined) {
      const dashboard = join(ROOT, 'packages/dashboard');
      const vite = join(dirname(createRequire(join(dashboard, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
      const config = join(dashboard, 'vite.gallery.config.ts');
      await promisify(execFile)(process.execPath, [vite, 'build', '--config', config, '--outDir', folder], { timeout: 120_000 });
    }
    server = new FixtureServer(folder);
    url = await server.start();
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    if (folder && process.env['VIGIL_TEST_GALLERY_DIR'] === undefined) await rm(folder, { recursive: true, force: true });
  });

  test.each(DENSITIES)(
    '%s',
    async (density) => {
      const wrong: string[] = [];
      for (const theme of THEMES)
        for (const language of LANGUAGES) {
          await page.goto('about:blank');
          await page.goto(`${url}/gallery.html?theme=${theme}&language=${language}&density=${density}#/tile`);
          await page.locator('.tile').first().waitFor();
          await page.waitForTimeout(400);
          wrong.push(...(await page.evaluate<string[]>(CUT)).map((found) => `${theme} ${language}: ${found}`));
          const looks = process.env['VIGIL_TEST_LOOKS'];
          if (looks) await page.screenshot({ path: join(looks, `tiles-${density}-${theme}-${language}.png`), fullPage: true });
        }
      expect(wrong).toEqual([]);
    },
    60_000,
  );
});
