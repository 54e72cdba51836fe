import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { bed, pagerView } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

/** Turns the direction of what follows round, and back nothing does. */
const OVERRIDE = '\u202e';
const LONG = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(6).slice(0, 200);
const HOSTILE = `<img src=x onerror="window.hit=1">${OVERRIDE}moc.live <b>Vigil</b>`;

/** What of the page's words turns direction round, stands beyond its right edge, or was run. */
async function faults(page: Page): Promise<unknown> {
  return page.evaluate(`({
    hit: window.hit ?? null,
    turned: [...document.querySelectorAll('body *')].flatMap((each) => [
      ...[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent),
      ...['aria-label', 'title', 'aria-description', 'alt'].map((name) => each.getAttribute(name) ?? ''),
    ]).filter((text) => text.includes('\\u202e')),
    title: document.title.includes('\\u202e') || document.title.includes('Wolfe'),
    tags: document.querySelectorAll('img, body b b').length,
    wide: document.documentElement.scrollWidth > innerWidth + 1
      ? [...document.querySelectorAll('body *')].filter((each) =>
          each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.table-pane, .visually-hidden, .tabs'))
          .map((each) => each.className + ': ' + each.textContent.slice(0, 20)).slice(0, 6)
      : [],
  })`);
}
const NONE = { hit: null, turned: [], title: false, tags: 0, wide: [] };

describeInChromium('names that are hostile or very long, on the phone page', () => {
  const ward = wardInChromium();

  test.each([
    ['hostile', HOSTILE],
    ['200 letters', LONG],
  ])(
    '%s on the phone page: Accept is where it always is',
    async (_, name) => {
      const view = { bedLabel: name, careUnitLabel: name, staffName: name, nextName: name };
      ward.fixture.reset([bed(1)]);
      const page = await ward.station('/', { viewport: { width: 390, height: 844 } });
      ward.fixture.pages.set('tok', pagerView({ ...view, acceptsNeeded: 2, accepts: [{ name, arrived: false }] }));
      await page.goto(`${ward.url}/p/tok`);
      const accept = page.getByRole('button', { name: 'ACCEPT' }).first();
      await accept.waitFor();
      expect(await faults(page)).toEqual(NONE);
      expect(await axeViolations(page)).toEqual([]);
      const box = (await accept.boundingBox())!;
      expect([box.x >= 0, box.x + box.width <= 390]).toEqual([true, true]);
      await accept.click();
      await page.getByText(/stand down|you are going/).waitFor();
      expect(await faults(page)).toEqual(NONE);
    },
    40_000,
  );
});
