import { LogEvent } from '@vigil/contracts';
import type { Page } from 'playwright-core';
import { EscalationModule } from '../../src/escalation/escalation.module.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, GATEWAY_TOKEN, PASSWORD, site } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

/** Where pictures go for a person to look at; none are taken without it. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const SIZES = [
  ['wall', { width: 1920, height: 1080 }],
  ['desk', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const;

describeInChromium('system health, self-test, downtime and first run, in Chromium with the real platform', () => {
  const at = platformInChromium(
    { VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000', VIGIL_CANARY_S: '60' },
    {
      pagers: 'as set up',
      workers: [EscalationModule.from({ publicUrl: 'http://127.0.0.1:3000', log })],
      site: {
        ...site,
        staff: [...site.staff, { staffId: 'gil', username: 'gil', name: 'Gil Biomed', roles: ['biomed'] }],
      } as typeof site,
    },
  );
  let api: Api;
  let page: Page;
  let engine: ReturnType<typeof engineOf>;
  let seq = 0;

  beforeAll(async () => {
    api = at.api;
    engine = engineOf(api.stores);
    await engine.relay();
  }, 30_000);

  async function signIn(username: string, path: string): Promise<void> {
    ({ page } = await at.open(path, { width: 1280, height: 800 }));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
  }

  async function pictures(name: string): Promise<void> {
    for (const [size, viewport] of SIZES) {
      await page.setViewportSize(viewport);
      // Of the screen itself; the bar above it is the shell's.
      const wide = await page.evaluate<string[]>(
        `[...document.querySelectorAll('#screen *')].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('.table-pane')).map((e) => e.className || e.tagName)`,
      );
      expect([size, wide]).toEqual([size, []]);
      if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize(SIZES[1][1]);
  }

  /** What the gateway does: asks for its configuration, hears of the test, and sends its alarm. */
  async function gatewayAsks(gatewayId: string): Promise<void> {
    const { headers } = await api.call('GET', `/api/v1/gateways/${gatewayId}/config`, { as: GATEWAY_TOKEN });
    if (headers.get('x-vigil-test-alarm') === null) return;
    const sentWallMs = api.clock.wallMs();
    const event = LogEvent.parse({
      ...{ v: 1, kind: 'canary', id: `canary/${gatewayId}/${++seq}`, key: `gateway:${gatewayId}`, origin: 'canary' },
      ...{ atMs: sentWallMs, gatewayId, bootId: 'boot', seq, sentWallMs },
    });
    await engine.take([event]);
  }

  test('an administrator of a site where nothing has spoken yet sees what is missing, and what to do', async () => {
    await signIn('dan', '/first-run');
    await page.getByRole('heading', { name: 'Set up' }).waitFor();
    const list = page.getByRole('region', { name: 'Set up' });
    await list.getByText('A care unit there').waitFor();
    await list.getByText('First data of a device missing').waitFor();
    await list.getByText('A test alarm that came through missing').waitFor();
    await list.getByText('Press Self-test now under System.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await pictures('first-run');
  }, 30_000);

  test('a charge nurse runs a self-test: what came through says in seconds, what is cut off is named', async () => {
    await signIn('carol', '/system');
    await page.getByText('None was since Vigil began to run here.').waitFor();
    await page.getByRole('button', { name: 'Self-test now' }).click();
    await page.getByText(/Under way: \d+ s of at most 30 s/).waitFor();
    await gatewayAsks('gw-1');
    const rows = page.getByRole('region', { name: 'Result of each gateway' }).locator('tbody tr');
    await rows
      .filter({ hasText: 'gw-1' })
      .getByText(/came through, \d+\.\d s after/)
      .waitFor({ timeout: 15_000 });
    // gw-2 never asks. The platform's own time is moved on: nobody waits half a minute for it.
    await api.clock.advance(30_000);
    await page.getByText('FAILED: an alarm of these gateways would not reach people').waitFor({ timeout: 15_000 });
    expect(await rows.filter({ hasText: 'gw-2' }).innerText()).toContain('it is off, cut off, or of an older version');
    await page.getByText('The watchdog does not look').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await pictures('system');
    const rowsOf = await api.stores.auditTrail.list({ actor: 'carol', action: 'self-test.run', limit: 5 });
    expect(rowsOf.items).toHaveLength(1);
  }, 90_000);

  test('the downtime board has beds, names, values with their times, and prints', async () => {
    await signIn('carol', '/system/downtime');
    const board = page.getByRole('region', { name: 'Downtime board' });
    await board.getByText('TESTMAN').first().waitFor();
    await page.getByText('The screen is live: go by the beds, not by this.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await pictures('downtime');
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/downtime-print.png` });
    await page.emulateMedia({ media: 'screen' });
    const kept = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toMatch(/TESTMAN|pat-1/);
    // The network goes: the board says so and keeps what it knew.
    await page.context().setOffline(true);
    await page.getByText('NOT LIVE. What is below is old.').waitFor({ timeout: 20_000 });
    await board.getByText('TESTMAN').first().waitFor();
    await page.context().setOffline(false);
  }, 60_000);

  test('an engineer sees how the system is, and no name of a patient', async () => {
    await signIn('gil', '/system');
    await page.getByRole('heading', { name: 'The way of a reading and of an alarm' }).waitFor();
    await page.getByText(/of \d+ connected/).waitFor();
    expect(await page.getByText('TESTMAN').count()).toBe(0);
    await page.getByRole('link', { name: 'Downtime board' }).click();
    await page.getByText('whoever works in a care unit sees its board').waitFor();
    for (const path of ['/devices', '/stations', '/way-of-alarms']) {
      await page.goto(`${at.url}${path}`);
      await page.locator('h1').waitFor();
      expect([path, await page.getByText('TESTMAN').count(), await axeViolations(page)]).toEqual([path, 0, []]);
    }
  }, 60_000);
});
