/**
 * What the central station costs: 64 beds whose readings are renewed once a second by a scripted socket stream, in real Chromium.
 * JSON lines: frame rate, share of one core by process, share of scripting, growth of the heap.
 *
 *     node --import ./scripts/ts-names.mjs scripts/measure-grid.mjs [<built dashboard>] [seconds] [seconds of an hour, accelerated]
 *
 * The hour is sent as 3 600 deltas as fast as the given time allows; times in them are those of now, so the picture stays live.
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ACCOUNT, FixtureServer } from '../../../test/browser/fixture-server.ts';
import * as ward from '../../../test/browser/fixture-ward.ts';

const [dist = join(import.meta.dirname, '../dist'), seconds = '20', hourS = '60'] = process.argv.slice(2);
const BEDS = 64;
const say = (what, figures) => process.stdout.write(`${JSON.stringify({ what, ...figures })}\n`);
const round = (n) => Math.round(n * 100) / 100;

const fixture = new FixtureServer(dist);
const url = await fixture.start();
fixture.reset(
  Array.from({ length: BEDS }, (_, i) => ward.bed(i + 1)),
  [ward.alarm({ n: 1, bed: 3 })],
);
const browser = await chromium.launch({
  executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--enable-precise-memory-info'],
});
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
const page = await context.newPage();
await context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
await page.goto(url);
await page.locator('.lamp[data-kind=live]').waitFor();
await page.locator(`[data-bed-id=icu-${BEDS}]`).waitFor();
const cdp = await context.newCDPSession(page);
const system = await browser.newBrowserCDPSession();
await cdp.send('Performance.enable');

async function counters() {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  const cpu = (type) => processInfo.filter((each) => each.type === type).reduce((sum, each) => sum + each.cpuTime, 0);
  return {
    atS: performance.now() / 1000,
    script: of.ScriptDuration,
    task: of.TaskDuration,
    style: of.RecalcStyleDuration,
    layout: of.LayoutDuration,
    renderer: cpu('renderer'),
    gpu: cpu('GPU'),
  };
}
async function heapMb() {
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6;
}
const frames = (ms) =>
  page.evaluate(
    (forMs) =>
      new Promise((done) => {
        const times = [];
        const step = (at) => (times.push(at), at - times[0] < forMs ? requestAnimationFrame(step) : done(times));
        requestAnimationFrame(step);
      }),
    ms,
  );
async function measured(what, run) {
  const before = await counters();
  const more = await run();
  const after = await counters();
  const s = after.atS - before.atS;
  const pct = (name) => round((100 * (after[name] - before[name])) / s);
  say(what, {
    seconds: round(s),
    scriptPct: pct('script'),
    mainThreadPct: pct('task'),
    stylePct: pct('style'),
    layoutPct: pct('layout'),
    rendererPct: pct('renderer'),
    gpuProcessPct: pct('gpu'),
    ...more,
  });
}

await new Promise((resolve) => setTimeout(resolve, 3_000));
await measured('64 beds at 1 Hz', async () => {
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1_000));
  return {};
});
await measured('64 beds at 1 Hz, frames counted', async () => {
  const times = await frames(10_000);
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  gaps.sort((a, b) => a - b);
  return {
    fps: round((1_000 * gaps.length) / (times.at(-1) - times[0])),
    frameP95Ms: round(gaps[Math.floor(gaps.length * 0.95)]),
  };
});
const heapBefore = await heapMb();
await measured('an hour accelerated', async () => {
  const everyMs = (1_000 * Number(hourS)) / 3_600;
  for (let i = 0; i < 3_600; i += 1) {
    for (let n = 1 + (i % 8); n <= BEDS; n += 8) {
      fixture.send(`icu-${n}`, [ward.reading('heartRate', 60 + ((i + n) % 40)), ward.reading('spo2', 92 + ((i + n) % 8))]);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return {};
});
const heapAfter = await heapMb();
say('heap', {
  beforeMb: round(heapBefore),
  afterMb: round(heapAfter),
  growthPct: round((100 * (heapAfter - heapBefore)) / heapBefore),
});
say('live at the end', { lamp: await page.locator('.lamp').getAttribute('data-kind') });
await browser.close();
await fixture.stop();
process.exit(0);
