/** What somebody is typing outlives a reload of the list around it that fails; what is old says so. */
import { mkdirSync } from 'node:fs';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard } from './real-ward.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const DESK = { width: 1280, height: 800 };
const OLD = /What stands here is as it was at \d\d:\d\d:\d\d/;

/** A form within a list that is asked for again and again, or after each press. */
interface Case {
  readonly path: string;
  /** Opens the form and types something into it; answers where that stands. */
  readonly type: (page: Page) => Promise<{ readonly read: () => Promise<string>; readonly typed: string }>;
  /** Makes the page ask anew where it does not by itself. */
  readonly ask?: (page: Page) => Promise<void>;
  /** After which time it asks anew, where that is longer than a test waits. */
  readonly everyMs?: number;
}

const fill = async (page: Page, label: string | RegExp, typed: string) => {
  const field = page.getByLabel(label).first();
  await field.fill(typed);
  return { read: () => field.inputValue(), typed };
};

const CASES: readonly Case[] = [
  {
    path: '/b/icu-1/stay?do=standby',
    type: async (page) => fill(page, 'Why, for colleagues (may be left empty)', 'to imaging, with Ned'),
  },
  {
    path: '/b/icu-1/stay?do=correct',
    type: async (page) => fill(page, 'Family name', 'PROBE'),
  },
  {
    path: '/b/icu-1/news2',
    type: async (page) => {
      await page.getByRole('button', { name: 'Enter observations' }).first().click();
      return fill(page, /^Respiration rate/, '21');
    },
  },
  {
    path: '/stations',
    type: async (page) => fill(page, 'Name of the station', 'Corridor north'),
    everyMs: 60_000,
  },
  {
    path: '/on-call/rota',
    type: async (page) => fill(page, 'For the next shift', 'Bed 1 goes to theatre at six'),
    ask: async (page) => {
      await page.getByRole('button', { name: 'Leave the note' }).click();
    },
  },
];

describeInChromium('forms while what is around them cannot be asked for, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  const ward = new RealWard(at);
  let context: BrowserContext;

  beforeAll(async () => {
    await ward.api.clock.advance(5_000);
    const turn = { rotationId: 'first', label: 'Nights', unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' };
    const rotations = [{ ...turn, participants: ['carol', 'amy'] }];
    const content = { v: 1, label: 'Charge nurses', careUnitId: 'icu', timeZone: 'Europe/Vienna', rotations };
    await ward.write('carol', 'POST', '/on-call/schedules', { scheduleId: 'charge', content });
  });

  async function look(page: Page, name: string): Promise<void> {
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}/kept-${name}.png`, fullPage: true });
    }
    expect(await axeViolations(page)).toEqual([]);
  }

  const isRead = (route: Route): boolean => route.request().method() === 'GET';
  /** Reads find nothing there; whether one is signed in is known all the same. */
  const away = async (route: Route, how: 'refused' | 'nothing'): Promise<void> => {
    const isSession = /\/(session|station-session|display)$/.test(new URL(route.request().url()).pathname);
    if (!isRead(route) || isSession) return route.continue();
    return how === 'nothing' ? route.abort() : route.fulfill({ status: 503, json: {} });
  };

  test.each(['refused', 'nothing'] as const)(
    'five forms stand as they were while reads are answered by %s, and go on when it is over',
    async (how) => {
      const first = await ward.screen('/', { username: 'carol', viewport: DESK });
      context = first.context;
      const forms = [];
      for (const each of CASES) {
        const page = await context.newPage();
        if (each.everyMs !== undefined) await page.clock.install();
        await page.goto(at.url + each.path);
        await page.locator('.button.user').waitFor();
        forms.push({ ...each, page, ...(await each.type(page)) });
      }
      await context.route('**/api/v1/**', (route) => away(route, how));
      for (const { ask, everyMs, page } of forms) {
        if (ask) await ask(page);
        if (everyMs !== undefined) await page.clock.fastForward(everyMs + 1_000);
      }
      for (const { path, page, read, typed, ask } of forms) {
        await page
          .getByText(OLD)
          .first()
          .waitFor({ timeout: 40_000 })
          .catch(async () => expect([path, await page.locator('main').innerText()]).toEqual([]));
        if (ask) continue;
        expect([path, await read()]).toEqual([path, typed]);
        await look(page, `${how}-${path.replace(/\W+/g, '-')}`);
      }
      await context.unroute('**/api/v1/**');
      for (const { path, page, read, typed, ask } of forms) {
        // What is asked for once, and not again and again, is asked for by a press.
        await page.bringToFront();
        for (let tries = 0; tries < 20 && (await page.getByText(OLD).count()) > 0; tries += 1) {
          const again = page.getByRole('button', { name: 'Try again' });
          if ((await again.count()) > 0)
            await again
              .first()
              .click({ timeout: 2_000 })
              .catch(() => undefined);
          await page.waitForTimeout(1_000);
        }
        expect([path, await page.getByText(OLD).count()]).toEqual([path, 0]);
        if (ask === undefined) expect([path, await read()]).toEqual([path, typed]);
      }
    },
    180_000,
  );

  test('an emergency access to somebody else that ends takes nothing away of what is typed about this patient', async () => {
    const patient = { mrn: 'L1', familyName: 'Other', givenName: 'Anna', birthDate: '1960-01-02', sex: 'female' };
    const { patientId } = (await ward.write('carol', 'POST', '/patients', patient)).body;
    await ward.write('carol', 'POST', '/encounters', { patientId, bedId: 'icu-2' });
    const forms = {
      '/b/icu-1/news2': async (page: Page) => {
        await page.getByRole('button', { name: 'Enter observations' }).first().click();
        return fill(page, /^Respiration rate/, '21');
      },
      '/b/icu-1': async (page: Page) => {
        await page.getByRole('button', { name: 'Change the limits of Heart rate' }).click();
        return fill(page, 'Why (for colleagues)', 'septic');
      },
      '/b/icu-1/review': async (page: Page) => {
        await page.getByRole('button', { name: 'Export…' }).click();
        const why = page.getByLabel('Why');
        await why.selectOption({ label: 'review of a case' });
        return { read: () => why.inputValue(), typed: await why.inputValue() };
      },
    };
    const { page } = await ward.screen('/', { viewport: DESK });
    for (const [path, type] of Object.entries(forms)) {
      await ward.write('amy', 'POST', '/break-glass', { bedId: 'icu-2', reason: 'emergency' });
      await page.goto(at.url + path);
      const banner = page.getByRole('group', { name: 'Emergency access' });
      await banner.waitFor();
      const { read, typed } = await type(page);
      // It ends beside what is typed, as by its time: nobody presses behind a dialog.
      await banner.getByRole('button', { name: 'End now' }).dispatchEvent('click');
      await banner.waitFor({ state: 'detached' });
      await page.waitForTimeout(1_000);
      expect([path, await read()]).toEqual([path, typed]);
    }
  }, 180_000);

  test('what the server refuses is not shown any longer, as old as it may be', async () => {
    const { page } = await ward.screen('/b/icu-1/stay?do=standby', { username: 'carol', viewport: DESK });
    const note = page.getByLabel('Why, for colleagues (may be left empty)');
    await note.fill('to imaging');
    await page.route('**/api/v1/beds/icu-1', (route) => route.fulfill({ status: 404, json: {} }));
    await page.getByText('There is no such thing, or it is not for you.').waitFor({ timeout: 25_000 });
    expect(await note.count()).toBe(0);
  }, 180_000);
});
