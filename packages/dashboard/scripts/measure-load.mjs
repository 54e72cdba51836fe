/**
 * How fast a person sees: a cold phone on a slow network from the tap on a notification to Accept (GL-12). JSON lines. The server is
 * the scripted ward of the browser tests, so that the figures are of the page; what the platform takes, `npm run bench -- latency`.
 *
 *     node --import ./scripts/ts-names.mjs scripts/measure-load.mjs [<built dashboard>] [cold starts]
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { FixtureServer } from '../../../test/browser/fixture-server.ts';
import * as ward from '../../../test/browser/fixture-ward.ts';

const [dist = join(import.meta.dirname, '../dist'), starts = '20'] = process.argv.slice(2);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
/** 9 Mbit/s down, 3 up, 100 ms there and back, as the goal says; the processor of a phone is four times slower. */
const NETWORK_4G = { offline: false, latency: 100, downloadThroughput: 9e6 / 8, uploadThroughput: 3e6 / 8 };

const round = (n) => Math.round(n);
const say = (what, figures) => process.stdout.write(`${JSON.stringify({ what, ...figures })}\n`);
function quantiles(all) {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (q) => round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]);
  return { p50: at(0.5), p75: at(0.75), p99: at(0.99), max: round(sorted.at(-1)), n: sorted.length };
}

const fixture = new FixtureServer(dist);
const url = await fixture.start();
const browser = await chromium.launch({
  executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
});

/** A context of its own each time: nothing is kept from the time before. */
async function cold(options, run) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', NETWORK_4G);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const ms = await run(page);
  await context.close();
  return ms;
}

const accept = [];
for (let i = 0; i < Number(starts); i += 1) {
  fixture.pages.set('tok', ward.pagerView({}));
  accept.push(
    await cold(PHONE, async (page) => {
      const startMs = performance.now();
      await page.goto(`${url}/p/tok`, { waitUntil: 'commit' });
      await page.locator('button').filter({ hasText: 'ACCEPT', visible: true }).first().waitFor();
      return performance.now() - startMs;
    }),
  );
}
say('cold phone, 4G: to Accept of the pager', { unit: 'ms', aimP75: 1_000, ...quantiles(accept) });

await browser.close();
await fixture.stop();
process.exit(0);
