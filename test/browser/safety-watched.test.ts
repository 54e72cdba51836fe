import { type Browser, type BrowserServer, chromium } from 'playwright-core';
import { engineOf } from '../support/engine-of.js';
import { CHROMIUM, describeInChromium, launch } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard, wait } from './real-ward.js';

/** HZ-D2, in time of the server; its clock of these tests is turned on by a timer and never runs faster than the wall's. */
const MISSED_WITHIN_MS = 15_000;
const HANGS_MS = 20_000;
const SILENT = 'onCall.stationSilent';

describeInChromium('a shared screen that goes dark, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  const ward = new RealWard(at);
  let engine: ReturnType<typeof engineOf>;
  let doomed: BrowserServer;
  let browser: Browser;
  let peer: Browser;
  const stations: string[] = [];

  beforeAll(async () => {
    engine = engineOf(ward.api.stores);
    peer = await launch();
  });
  beforeEach(async () => {
    doomed = await chromium.launchServer({
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    browser = await chromium.connect(doomed.wsEndpoint());
  });
  afterEach(async () => {
    await doomed.kill();
    for (const id of stations.splice(0)) await ward.write('carol', 'DELETE', `/stations/${id}`);
  });
  afterAll(() => peer?.close());

  /** Time on the clock of the server and on the wall until it is so; the engine reads the log meanwhile. */
  async function took(
    holds: () => Promise<boolean>,
    atMostMs: number,
  ): Promise<{ readonly serverMs: number; readonly wallMs: number }> {
    const from = { serverMs: ward.api.clock.wallMs(), wallMs: performance.now() };
    for (;;) {
      await engine.relay();
      const serverMs = ward.api.clock.wallMs() - from.serverMs;
      if (await holds()) return { serverMs, wallMs: Math.round(performance.now() - from.wallMs) };
      if (serverMs > atMostMs) throw new Error(`not after ${serverMs} ms: ${holds.toString()}`);
      await wait(100);
    }
  }

  const isAlarm = async (is: boolean): Promise<boolean> =>
    (await ward.open()).some(({ conditionCode }) => conditionCode === SILENT) === is;

  async function twoStations(label: string) {
    const desk = await ward.station(label, browser);
    const wall = await ward.station(`${label} wall`, peer);
    stations.push(desk.stationId, wall.stationId);
    const watcher = (await ward.screen('/alarms')).page;
    await took(() => isAlarm(false), 60_000);
    // Both have said that they draw.
    await wait(7_000);
    const banner = watcher.locator('.banner').filter({ hasText: new RegExp(`${label}(?! wall)`) });
    expect(await banner.count()).toBe(0);
    return { desk, wall, banner, watcher };
  }

  async function missed(how: string, { banner, watcher }: Awaited<ReturnType<typeof twoStations>>): Promise<void> {
    const alarm = await took(() => isAlarm(true), MISSED_WITHIN_MS);
    const shown = await took(async () => (await banner.count()) > 0, 3_000);
    const listed = await took(async () => (await watcher.locator('.alarms').getByText('STATION SILENT').count()) > 0, 3_000);
    process.stdout.write(
      `${how}: alarm after ${alarm.serverMs} ms (${alarm.wallMs} ms of wall time), banner on another screen ${shown.serverMs} ms later, the alarm itself ${listed.serverMs} ms later\n`,
    );
    expect(alarm.serverMs).toBeLessThanOrEqual(MISSED_WITHIN_MS);
  }

  test('the renderer crashes: an alarm and a banner, which end by themselves once the screen draws again', async () => {
    const screens = await twoStations('Crashed');
    const { page, context } = screens.desk;
    const cdp = await context.newCDPSession(page);
    cdp.send('Page.crash').catch(() => undefined);
    await missed('renderer crashed', screens);
    const again = await context.newPage();
    await again.goto(at.url);
    await again.locator('.lamp[data-kind=live]').waitFor();
    const ended = await took(() => isAlarm(false), 30_000);
    await screens.banner.first().waitFor({ state: 'detached' });
    process.stdout.write(`ended ${ended.serverMs} ms after the screen was live again\n`);
    await screens.wall.context.close();
  }, 120_000);

  test('the whole browser is killed', async () => {
    const screens = await twoStations('Killed');
    process.kill(doomed.process().pid!, 'SIGKILL');
    await missed('browser killed', screens);
    await screens.wall.context.close();
  }, 120_000);

  test('the main thread hangs for twenty seconds: missed although its line is open, and well again by itself', async () => {
    const screens = await twoStations('Hanging');
    const { page, context } = screens.desk;
    const cdp = await context.newCDPSession(page);
    await cdp.send('Runtime.evaluate', {
      expression: `setTimeout(() => { const end = performance.now() + ${HANGS_MS}; while (performance.now() < end); }, 0)`,
    });
    await missed('main thread hangs', screens);
    await page.locator('.lamp[data-kind=live]').waitFor({ timeout: 30_000 });
    const ended = await took(() => isAlarm(false), 60_000);
    process.stdout.write(`ended ${ended.serverMs} ms after the screen was live again\n`);
    await screens.wall.context.close();
  }, 120_000);
});
