/** Every state of a tile at its smallest, at each density: no number, limit, age or word is cut off above or below, or left out. */
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
    '.tile-age, .tile-nurse, .tile-origin, .tile-standby b, .tile-standby-more, .tile-alarm-what, .tile-alarm-age, .tile-alarm .more, .tile-alarm .mark, ' +
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
  const inks = new Map();
  const parts = '.num-digits, .num-limits, .num-label, .num-full, .num-brief';
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
      if (e.matches(parts)) {
        const num = e.closest('.num');
        const before = inks.get(num) ?? [];
        for (const other of before)
          if (other.e !== e && Math.min(line.right, other.right) - Math.max(line.left, other.left) > 1) {
            const deep = Math.min(bottom, other.bottom) - Math.max(top, other.top);
            if (deep > 1.5) wrong.push(where + ': over "' + other.e.textContent + '" by ' + deep.toFixed(1));
          }
        inks.set(num, [...before, { e, top, bottom, left: line.left, right: line.right }]);
      }
      const hidden = around.some((f) => top >= f.bottom - 1 || bottom <= f.top + 1);
      const over = Math.max(...around.map((f) => Math.max(f.top - top, bottom - f.bottom)));
      if (hidden ? !e.matches(may) : over > 0.75) wrong.push(where + (hidden ? ': out of sight' : ': cut by ' + over.toFixed(1)));
    }
  }
  return wrong;
})()`;

/** What of a state is in sight: numbers that show a value, notes that are cut at their side, the nurse; an alarming value never gives way. */
const SHOWN = `(() => {
  const seen = (e) => e !== null && e.checkVisibility({ visibilityProperty: true }) && e.textContent.trim() !== '';
  const value = '[data-state=live], [data-state=late], [data-state=held], [data-beside=true]';
  return [...document.querySelectorAll('.tile')].map((tile) => {
    const covered = tile.querySelector('.tile-status') !== null;
    const alarming = covered ? [] : [...tile.querySelectorAll('.num[data-alarm]')].filter((num) => num.matches(value));
    /* Of a word an ellipsis stands for the end; half a number is another one. */
    const notes = covered ? [] : [...tile.querySelectorAll('.num :is(.num-full, .num-brief)')].filter((e) => seen(e) && /\\d/.test(e.textContent));
    const wide = notes.filter((note) => {
      const frame = note.closest('.num').getBoundingClientRect();
      return [...note.getClientRects()].some((line) => line.right > frame.right + 1 || line.left < frame.left - 1);
    });
    return {
      name: tile.closest('[data-state-name]')?.dataset.stateName,
      shown: [...tile.querySelectorAll('.num')].filter(seen).map((num) => num.dataset.cell),
      alarmingHidden: alarming.filter((num) => !seen(num)).map((num) => num.dataset.cell),
      wide: wide.map((note) => note.textContent),
      bp: seen(tile.querySelector('.num.bp')) ? tile.querySelector('.num.bp').innerText : '',
      nurse: seen(tile.querySelector('.tile-nurse')),
      standby: seen(tile.querySelector('.tile-standby b')),
    };
  });
})()`;

interface Shown {
  readonly name: string;
  readonly shown: readonly string[];
  readonly alarmingHidden: readonly string[];
  readonly wide: readonly string[];
  readonly bp: string;
  readonly nurse: boolean;
  readonly standby: boolean;
}

/** The small numbers of a dense tile, which has no room for three with their ages while it alarms. */
const SMALL_WHEN_DENSE: Readonly<Record<string, readonly string[]>> = {
  high: ['bp', 'rr'],
  fever: ['bp', 'temp'],
  feverFast: ['rr', 'temp'],
  sepsis: ['bp', 'rr'],
  sepsisLate: ['bp', 'rr'],
  tempOffHigh: ['bp', 'rr'],
  tempRespOffHigh: ['bp', 'rr'],
  respOffFever: ['bp', 'temp'],
};

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
      const all: Shown[] = [];
      for (const theme of THEMES)
        for (const language of LANGUAGES) {
          await page.goto('about:blank');
          await page.goto(`${url}/gallery.html?theme=${theme}&language=${language}&density=${density}#/tile`);
          await page.locator('.tile').first().waitFor();
          await page.waitForTimeout(400);
          wrong.push(...(await page.evaluate<string[]>(CUT)).map((found) => `${theme} ${language}: ${found}`));
          all.push(...(await page.evaluate<Shown[]>(SHOWN)));
          const looks = process.env['VIGIL_TEST_LOOKS'];
          if (looks) await page.screenshot({ path: join(looks, `tiles-${density}-${theme}-${language}.png`), fullPage: true });
        }
      expect(wrong).toEqual([]);
      expect(all.filter(({ wide }) => wide.length > 0).map(({ name, wide }) => [name, ...wide])).toEqual([]);
      // Three that alarm have no room: then the temperature, which changes slowest, is among the alarms that the line counts.
      const hidden = all.filter(({ alarmingHidden }) => alarmingHidden.length > 0);
      const excused =
        density === 'dense'
          ? LANGUAGES.flatMap(() => [
              ['sepsis', 'temp'],
              ['sepsisLate', 'temp'],
            ])
          : [];
      expect(hidden.map(({ name, alarmingHidden }) => [name, ...alarmingHidden])).toEqual(excused);
      for (const { name, shown } of all) {
        const small = shown.filter((cell) => ['bp', 'rr', 'temp'].includes(cell));
        const known = SMALL_WHEN_DENSE[name];
        if (known) expect([name, small]).toEqual([name, density === 'dense' ? known : ['bp', 'rr', 'temp']]);
      }
      // The only current pressure, with its age.
      const besides = all.filter(({ name }) => name.startsWith('cuffInPlace'));
      expect(besides).toHaveLength(5 * LANGUAGES.length);
      for (const { name, bp } of besides)
        expect([name, bp]).toEqual([name, expect.stringMatching(/-\?-[^]*NIBP 118\/63,? (vor )?(6:59|7:0\d)/)]);
      // A patient who is said to be away keeps the name of the nurse; the densest tile never has it.
      const away = all.filter(({ name }) => ['standbySending', 'scoresStandby', 'standbyHigh'].includes(name));
      expect(away).toHaveLength(3 * LANGUAGES.length);
      for (const { name, nurse, standby } of away) expect([name, standby, nurse]).toEqual([name, true, density !== 'dense']);
    },
    60_000,
  );

  test('one patient opened three times in an emergency takes one line from the beds, and says so', async () => {
    await page.goto('about:blank');
    await page.goto(`${url}/gallery.html?theme=dark&language=en#/frame/breakGlassOpen`);
    const banner = page.locator('.banner.emergency');
    await banner.first().waitFor();
    expect(await banner.count()).toBe(1);
    expect(await banner.innerText()).toContain('open 3 times');
    const looks = process.env['VIGIL_TEST_LOOKS'];
    if (looks) await page.screenshot({ path: join(looks, 'emergency.png') });
  }, 30_000);

  test('notices share rows where there is room, and have one each on a phone', async () => {
    const looks = process.env['VIGIL_TEST_LOOKS'];
    const rows = async (width: number, height: number): Promise<{ banners: number; rows: number; px: number; over: boolean }> => {
      await page.setViewportSize({ width, height });
      await page.goto('about:blank');
      await page.goto(`${url}/gallery.html?theme=dark&language=en#/banner/several`);
      await page.locator('.banner').first().waitFor();
      await page.waitForTimeout(400);
      if (looks) await page.screenshot({ path: join(looks, `notices-${width}.png`) });
      return page.evaluate(`(() => {
        const all = [...document.querySelectorAll('.banners .banner')];
        return {
          banners: all.length,
          rows: new Set(all.map((each) => Math.round(each.getBoundingClientRect().top))).size,
          px: Math.round(document.querySelector('.banners').getBoundingClientRect().height),
          over: document.documentElement.scrollWidth > innerWidth || all.some((each) => each.scrollWidth > each.clientWidth),
        };
      })()`);
    };
    const wide = await rows(1280, 800);
    const phone = await rows(390, 844);
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(wide).toMatchObject({ banners: 5, over: false });
    expect(wide.rows).toBeLessThanOrEqual(3);
    expect(wide.px).toBeLessThanOrEqual(190);
    expect(phone).toMatchObject({ banners: 5, rows: 5, over: false });
  }, 30_000);
});
