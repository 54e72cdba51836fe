import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '@vigil/clock';
import type { Browser, Page } from 'playwright-core';
import { GatewayMetrics } from '../../edge-gateway/src/metrics.js';
import { servePage } from '../../edge-gateway/src/watch/page-server.js';
import type { AlarmShown, WatchView } from '../../edge-gateway/src/watch/watch-view.js';
import { axeViolations, describeInChromium, launch, open, type Opened } from './browser.js';

const CODE = 'ABCD-EFGH-JKMN';
/** A folder for pictures of the page; none by default. */
const PICTURES = process.env['VIGIL_TEST_WATCH_PICTURES'];

const alarm = (more: Partial<AlarmShown> = {}): AlarmShown => ({
  ...{ alarmId: 'a1', bedLabel: 'ICU 1', conditionCode: 'heartRate.high', kind: 'physiological', priority: 'high' },
  ...{ metricLabel: 'Heart rate', active: true, ageMs: 12_000, recorded: true, origin: 'live' },
  evidence: { value: 148, unit: '/min', limit: 120, side: 'high', samples: null, samplesExpected: null },
  ...more,
});
const numeric = (metric: 'heartRate' | 'spo2', short: string, unit: string, value: number | null, ageMs: number) =>
  ({ metric, short, unit, value, quality: value === null ? 'leadsOff' : 'valid', ageMs, staleMs: 5_000 }) as const;
const CALM: WatchView = {
  ...{ gatewayId: 'gw-1', cloudAwayMs: null, configured: true, failing: false, alarms: [], over: [] },
  beds: ['ICU 1', 'ICU 2', 'ICU 3', 'ICU 4'].map((label, i) => ({
    ...{ bedId: `icu-${i + 1}` as never, label, occupied: i < 3, ageMs: i === 3 ? null : i === 2 ? 40_000 : 400 },
    numerics:
      i === 3
        ? []
        : [
            numeric('heartRate', 'HR', '/min', 72 + i, i === 2 ? 40_000 : 400),
            numeric('spo2', 'SpO₂', '%', i === 1 ? null : 97, i === 2 ? 40_000 : 400),
          ],
  })),
};
const AWAY: WatchView = {
  ...{ ...CALM, cloudAwayMs: 754_000 },
  alarms: [
    alarm(),
    alarm({
      alarmId: 'a2',
      bedLabel: 'ICU 2',
      conditionCode: 'spo2.leadsOff',
      kind: 'technical',
      priority: 'low',
      metricLabel: 'Oxygen saturation',
      recorded: false,
    }),
  ],
  over: [alarm({ alarmId: 'a3', bedLabel: 'ICU 3', priority: 'medium', active: false })],
};

describeInChromium('the page of the local watch in Chromium', () => {
  let browser: Browser;
  let opened: Opened;
  let view = CALM;
  let changed = (): void => undefined;
  let served: Awaited<ReturnType<typeof servePage>>;
  let url: string;

  const serve = async (port: number): Promise<void> => {
    const source = { view: () => view, onAlarm: (listener: () => void) => ((changed = listener), () => undefined) };
    const station = { code: CODE, secret: Buffer.alloc(32, 7) };
    served = await servePage(
      { host: '127.0.0.1', port },
      { source, station, clock: new SystemClock(), metrics: new GatewayMetrics() },
    );
    url = `http://127.0.0.1:${(served.server.address() as AddressInfo).port}`;
  };
  const picture = async (page: Page, name: string): Promise<void> => {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `watch-${name}.png`) });
  };

  beforeAll(async () => {
    await serve(0);
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    served?.close();
  });

  test('a screen signs in, sees alarms at once, is told when sound is off, and looks dead when the gateway is', async () => {
    view = CALM;
    opened = await open(browser, url, { width: 1280, height: 800 });
    const { page } = opened;
    await page.getByLabel('Station code').fill('ABCD-EFGH-JKMM');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('That is not the station code.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture(page, 'sign-in');
    await page.getByLabel('Station code').fill(CODE.toLowerCase().replaceAll('-', ' '));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Central system connected').waitFor();
    await page.getByText('SOUND IS OFF ON THIS SCREEN').waitFor();
    expect(await page.locator('.numeric[data-stale="true"]').count()).toBe(2);
    expect(await axeViolations(page)).toEqual([]);
    await picture(page, 'sound-off');
    await page.getByRole('button', { name: /Turn sound on/ }).click();
    await page.getByRole('button', { name: 'Pause sound 2 min' }).waitFor();
    await picture(page, 'connected');

    view = AWAY;
    const beganMs = performance.now();
    changed();
    await page.getByText('Heart rate 148 /min, above 120 /min').first().waitFor();
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    await page.getByText(/CENTRAL SYSTEM NOT CONNECTED since/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture(page, 'away');
    await page.getByRole('button', { name: 'Pause sound 2 min' }).click();
    await page.getByText(/Sound paused on this screen, (2:00|1:5\d) left/).waitFor();

    const { port } = served.server.address() as AddressInfo;
    served.close();
    await page.getByText('THIS SCREEN IS NOT LIVE').waitFor({ timeout: 5_000 });
    await picture(page, 'frozen');
    await serve(port);
    await page.getByText('THIS SCREEN IS NOT LIVE').waitFor({ state: 'hidden' });
    const broken = opened.broken;
    await opened.context.close();
    expect(broken).toEqual([]);
  }, 60_000);

  test('without the code there is nothing to see, and wrong codes are soon refused', async () => {
    const post = (code: string, more: Record<string, string> = {}) =>
      fetch(`${url}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more },
        body: JSON.stringify({ code }),
      });
    expect((await fetch(`${url}/events`)).status).toBe(401);
    expect((await fetch(`${url}/events`, { headers: { cookie: `vigil_watch=9999999999999.${'A'.repeat(43)}` } })).status).toBe(
      401,
    );
    expect((await post(CODE, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    for (let n = 0; n < 5; n++) await post('wrong');
    expect((await post(CODE)).status).toBe(429);
  });

  test('beyond this machine there is no page without TLS', async () => {
    const parts = {
      source: { view: () => CALM, onAlarm: () => () => undefined },
      station: { code: CODE, secret: Buffer.alloc(32) },
    };
    const more = { clock: new SystemClock(), metrics: new GatewayMetrics() };
    await expect(servePage({ host: '0.0.0.0', port: 0 }, { ...parts, ...more })).rejects.toThrow(/needs TLS/);
  });
});
