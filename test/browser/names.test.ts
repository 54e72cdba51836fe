/** Names of people from outside on the list of alarms, the page of an alarm and a bed: text, apart from what stands beside it, in its place. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
/** Turns the direction of what follows round, and back nothing does. */
const OVERRIDE = '\u202e';
const ARABIC = 'محمد عبد الله';
const NAMES = [
  ['hostile', `<img src=x onerror="window.hit=1">${OVERRIDE}moc.live <b>Vigil</b>`],
  ['two hundred letters', 'Wolfeschlegelsteinhausenbergerdorff'.repeat(6).slice(0, 200)],
  ['from right to left', `${ARABIC} 84`],
] as const;

/** What is wrong with how text stands on the page. */
const FAULTS = `(() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('script, style, .visually-hidden, option, svg, [hidden], .frozen')) continue;
    const style = getComputedStyle(parent);
    if (style.visibility === 'hidden' || style.opacity === '0') continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
      for (let each = parent; each; each = each.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(each);
        const box = each.getBoundingClientRect();
        if (overflowX !== 'visible') [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        if (overflowY !== 'visible') [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
      }
      if (right - left > 1 && bottom - top > 6) texts.push({ node, parent, left, top, right, bottom, said: node.textContent.trim().slice(0, 24) });
    }
  }
  const overlaps = [];
  for (const [n, a] of texts.entries())
    for (const b of texts.slice(n + 1)) {
      if (a.node === b.node) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // Lines of a paragraph touch; what covers half a line hides it.
      if (across > 3 && down > 0.5 * Math.min(a.bottom - a.top, b.bottom - b.top)) overlaps.push(a.said + ' / ' + b.said);
    }
  // A sentence of the server is one text; words of its language stand around each name in it.
  const isApart = (text, at) => at.closest('bdi, [dir=auto], .alarm-text, q') !== null || text.includes('\\u2068');
  return {
    hit: window.hit ?? null,
    turned: texts.filter(({ node }) => /[\\u202a-\\u202e]/.test(node.textContent)).map(({ said }) => said),
    tags: document.querySelectorAll('#app img:not([alt]), main img, body b b').length,
    title: /[\\u202e]|Wolfe|${ARABIC}/.test(document.title),
    notApart: [...new Set(texts.filter(({ node, parent }) => node.textContent.includes('${ARABIC}') && !isApart(node.textContent, parent)).map(({ parent }) => parent.tagName + '.' + parent.className))],
    overlaps: [...new Set(overlaps)].slice(0, 8),
    wide: [...document.querySelectorAll('main *')].filter((e) => !e.closest('.table-pane > *, .attention *, svg, .visually-hidden') && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className || e.tagName).slice(0, 6),
  };
})()`;
const NONE = { hit: null, turned: [], tags: 0, title: false, notApart: [], overlaps: [], wide: [] };

describeInChromium('names that are hostile, very long or of the other direction, among alarms and at a bed', () => {
  const ward = wardInChromium();

  function scene(name: string): string {
    const encounter = {
      encounterId: 'enc-1',
      patientId: 'pat-1',
      displayName: name,
      birthDate: '1958-03-04',
      sinceMs: 1_700_000_000_000,
    };
    const nurses = [{ staffId: 'staff-1', name, role: 'primary' }];
    const first = bed(1, undefined, { encounter, nurses } as never);
    const nowMs = Date.now();
    const escalation = {
      nextName: name,
      ...{
        acceptedBy: 'staff-2',
        acceptedByName: name,
        acceptedAtMs: nowMs - 4_000,
        arriveByMs: nowMs + 60_000,
        state: 'accepted',
      },
      accepts: [{ staffId: 'staff-2', name, atMs: nowMs - 4_000, arrivedAtMs: null }],
      declines: [{ staffId: 'staff-3', name, atMs: nowMs - 6_000, reason: 'too-far' }],
    };
    const text = `TEST Bed 1: oxygen saturation below 90. ${name} was told.`;
    const alarms = [
      alarm({ n: 1, bed: 1 }, { text, acknowledgedBy: 'staff-1', acknowledgedByName: name }),
      alarm({ n: 2, bed: 2, priority: 'medium' }, { text }),
      alarm({ n: 3, bed: 1, priority: 'low', escalation: { nextName: name } }, {
        conditionCode: 'heartRate.high',
        metric: 'heartRate',
      } as never),
    ];
    ward.fixture.reset([first, bed(2)], alarms);
    const taken = { ...ward.fixture.alarms[0]!, escalation: { ...ward.fixture.alarms[0]!.escalation, ...escalation } };
    const own = { low: 55, high: 110, reason: name, setBy: 's', setByName: name, fromMs: 1, toMs: nowMs + 3_600_000 };
    const line = { metric: 'heartRate', low: 55, high: 110, unit: { low: 50, high: 120 }, own, rev: 1 };
    const who = { patientId: 'pat-1', mrn: 'M-22', familyName: name, givenName: name, birthDate: '1958-03-04', sex: 'male' };
    const course = { bedId: 'icu-1', metric: 'heartRate', unit: '/min', items: [], gaps: [], nextMs: null, next: null };
    ward.fixture.rest.set('GET /api/v1/beds/icu-1', [200, first]);
    ward.fixture.rest.set('GET /api/v1/patients/pat-1', [200, who]);
    ward.fixture.rest.set('GET /api/v1/beds/icu-1/history', [200, course]);
    ward.fixture.rest.set('GET /api/v1/encounters/enc-1/limits', [200, { items: [line], next: null }]);
    ward.fixture.announce(taken as never);
    return taken.alarmId;
  }

  async function look(page: Page, name: string): Promise<void> {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/names-${name.replace(/\W+/g, '-')}.png`, fullPage: true });
  }

  test.each(NAMES.flatMap(([what, name]) => [[what, 1280, name] as const, [what, 390, name] as const]))(
    '%s, %i px wide: nothing runs, nothing is turned round, nothing covers anything',
    async (what, width, name) => {
      const alarmId = scene(name);
      const page = await ward.station('/alarms', { viewport: { width, height: width === 390 ? 844 : 800 } });
      for (const path of ['/alarms', `/a/${alarmId}`, '/b/icu-1', '/']) {
        if (path !== '/alarms') await page.goto(ward.url + path);
        await page.locator('.lamp[data-kind=live]').waitFor();
        await page.locator('main :is(h1, h2, [data-bed-id], .alarm-row)').first().waitFor();
        await page.waitForTimeout(900);
        await look(page, `${what} ${width} ${path.slice(0, 3)}`);
        expect([path, await page.evaluate(FAULTS)]).toEqual([path, NONE]);
        expect([path, await axeViolations(page)]).toEqual([path, []]);
      }
    },
    180_000,
  );
});
