/** The real dashboard in real Chromium on the whole product: from the device, and from the server's event, to pixels. */
import { join } from 'node:path';
import { startLoad } from '@vigil/simulator';
import { chromium } from 'playwright-core';
import { CHROMIUM, hasChromium } from './lib/chromium.mjs';
import { onEnd } from './lib/cleanup.mjs';
import { startProbe } from './lib/probe.mjs';
import { progress, quantile, report, round, sleep } from './lib/report.mjs';
import { openScreen } from './lib/screen.mjs';
import { EIGHT_METRICS, startStack } from './lib/stack.mjs';

const BEDS = 64;
const PROBES = 32;
/** Two alarms a minute and bed, of two conditions, so that none counts as one that flaps. The limits of the default rules: 36 and 39 Cel. */
const temperatureOf = (seq) => [37, 40, 37, 34][Math.floor(seq / 15) % 4];
const PIXELS_WITHIN_MS = 5_000;

export const about = 'dashboard: in Chromium, device and server event to pixels, snapshot of 64 beds, first load, presses';

export async function run({ quick }) {
  if (!hasChromium('dashboard')) return;
  const { stack, end } = await startStack({ beds: BEDS });
  const load = startLoad({
    mqttUrl: stack.mqttUrl,
    devices: stack.devices.slice(0, -PROBES),
    messagesPerSecond: BEDS - PROBES,
    metrics: EIGHT_METRICS,
    ledgerFile: join(stack.dir, 'ledger'),
  });
  await load.ready;
  const probes = [];
  for (const device of stack.devices.slice(-PROBES)) {
    probes.push({ device, ...(await startProbe({ mqttUrl: stack.mqttUrl, device, perSecond: 1, temperatureOf })) });
    // Spread over the second and over their cycle, so that changes do not share a frame.
    await sleep(1_000 / PROBES + 330);
  }
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  const closeBrowser = onEnd(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  await context.addInitScript(stamps);
  const page = await context.newPage();
  const token = await stack.token();
  await signIn(context, stack);
  await firstLoads(context, stack, quick ? 2 : 10);
  await page.goto(stack.app);
  await page.locator('.lamp[data-kind=live]').waitFor();
  await pixels({ page, stack, token, probes, seconds: quick ? 10 : 120 });
  await snapshots(page, stack, quick ? 2 : 10);
  await presses(page, quick ? 1 : 5);
  for (const probe of probes) await probe.stop();
  await load.stop();
  await closeBrowser();
  await end();
}

async function signIn(context, stack) {
  const { username, password } = stack.account('charge-nurse');
  const answer = await context.request.post(`${stack.app}/api/v1/session`, { data: { username, password } });
  if (!answer.ok()) throw new Error(`sign-in was answered with ${answer.status()}`);
}

/**
 * In the page, before its own code: wall times at which the frame with a change was on its way to the screen (the callback behind
 * the second frame), and what the sockets did.
 */
function stamps() {
  const kept = { rates: [], alarms: [], opens: [], all: [], events: [], lcpMs: 0 };
  window.stamps = kept;
  const wall = () => performance.timeOrigin + performance.now();
  const painted = (keep) => requestAnimationFrame(() => requestAnimationFrame(() => keep(wall())));
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...all) {
      super(...all);
      this.addEventListener('open', () => kept.opens.push(wall()));
    }
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) kept.lcpMs = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.interactionId > 0) kept.events.push([entry.interactionId, entry.duration]);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  const shown = new Map();
  const full = () => document.querySelectorAll('.tile .num.hr[data-state] .num-digits:not(:empty)').length;
  new MutationObserver(() => {
    for (const tile of document.querySelectorAll('.tile[data-bed-id]')) {
      const bedId = tile.dataset.bedId;
      const rate = tile.querySelector('.num.hr .num-digits')?.textContent ?? '';
      const alarm = tile.dataset.priority ?? '';
      const before = shown.get(bedId);
      shown.set(bedId, { rate, alarm });
      if (before?.rate !== rate) painted((atMs) => kept.rates.push({ bedId, rate, atMs }));
      if (before?.alarm !== alarm) painted((atMs) => kept.alarms.push({ bedId, alarm, atMs }));
    }
    if (kept.all.length < kept.opens.length && document.querySelector('.lamp')?.dataset.kind === 'live') {
      const beds = full();
      const at = kept.opens.length;
      if (beds >= kept.wanted) painted((atMs) => kept.all.length < at && kept.all.push(atMs));
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['data-priority', 'data-kind'],
  });
}

/** A page that nobody has been on: nothing of the program is in its memory. */
async function firstLoads(context, stack, count) {
  const state = await context.storageState();
  const all = [];
  for (let i = 0; i < count; i += 1) {
    const fresh = await context.browser().newContext({ viewport: { width: 1920, height: 1080 }, storageState: state });
    await fresh.addInitScript(stamps);
    const page = await fresh.newPage();
    await page.goto(stack.app);
    await page
      .locator(`.tile[data-bed-id]`)
      .nth(BEDS - 1)
      .waitFor();
    await sleep(1_000);
    all.push(await page.evaluate('window.stamps.lcpMs'));
    await fresh.close();
  }
  figures('first-load.lcp', all, { aim: 1_500 });
}

async function pixels({ page, stack, token, probes, seconds }) {
  const bedOf = ({ deviceId }) => deviceId.replace('sim-', '');
  const deltas = new Map();
  const alarms = [];
  const close = await openScreen({
    app: stack.app,
    token,
    onDelta: ({ beds }, atMs) => {
      for (const { bedId, readings } of beds) {
        const rate = readings.find(({ metric }) => metric === 'heartRate');
        if (rate) deltas.set(`${bedId}/${rate.atMs}`, atMs);
      }
    },
    onAlarm: ({ alarm }, atMs) => alarms.push({ alarm, atMs }),
  });
  await sleep(3_000);
  progress(`dashboard: ${seconds} s of changes, ${PROBES} beds with alarms that come and go`);
  const fromMs = Date.now();
  await sleep(seconds * 1_000);
  const toMs = Date.now() - 2_000;
  const kept = await page.evaluate('({ rates: window.stamps.rates, alarms: window.stamps.alarms })');
  await close();
  const fromDevice = [];
  const fromServer = [];
  let missed = 0;
  for (const { device, publishedMs, heartRates } of probes) {
    const bedId = bedOf(device);
    for (const [atMs, sentMs] of publishedMs) {
      if (sentMs < fromMs || sentMs > toMs) continue;
      const seen = kept.rates.find(
        (each) =>
          each.bedId === bedId &&
          each.rate === String(heartRates.get(atMs)) &&
          each.atMs > sentMs &&
          each.atMs < sentMs + PIXELS_WITHIN_MS,
      );
      if (!seen) missed += 1;
      else fromDevice.push(seen.atMs - sentMs);
      const sent = deltas.get(`${bedId}/${atMs}`);
      if (seen && sent !== undefined) fromServer.push(Math.max(0, seen.atMs - sent));
    }
  }
  figures('value.device-to-pixels', fromDevice, { aim: 2_000, missed });
  figures('value.event-to-pixels', fromServer, { aim: 500 });
  const alarmShown = [];
  const alarmFromDevice = [];
  let alarmMissed = 0;
  const published = new Map(
    probes.flatMap(({ device, publishedMs }) => [...publishedMs].map(([atMs, sent]) => [`${bedOf(device)}/${atMs}`, sent])),
  );
  const arisen = new Set();
  for (const { alarm, atMs } of alarms) {
    const { bedId } = alarm;
    if (atMs < fromMs || atMs > toMs || alarm.metric !== 'temperature' || !alarm.active || arisen.has(alarm.alarmId)) continue;
    arisen.add(alarm.alarmId);
    const seen = kept.alarms.find(
      (each) => each.bedId === bedId && each.alarm !== '' && each.atMs > atMs - 100 && each.atMs < atMs + PIXELS_WITHIN_MS,
    );
    if (!seen) alarmMissed += 1;
    else {
      alarmShown.push(Math.max(0, seen.atMs - atMs));
      const sent = published.get(`${bedId}/${alarm.atMs}`);
      if (sent !== undefined) alarmFromDevice.push(seen.atMs - sent);
    }
  }
  figures('alarm.event-to-pixels', alarmShown, { aim: 250, missed: alarmMissed });
  figures('alarm.device-to-pixels', alarmFromDevice, { aim: 2_000 });
}

/** From the socket's opening until all beds stand there with their numbers. */
async function snapshots(page, stack, count) {
  const all = [];
  await page.addInitScript(`window.stamps.wanted = ${BEDS}`);
  for (let i = 0; i < count; i += 1) {
    await page.goto('about:blank');
    await page.goto(stack.app);
    all.push(await openToPixels(page));
  }
  figures('snapshot.open-to-pixels', all, { aim: 1_500 });
}

/** The page's own security policy lets nobody wait by an expression in it, so it is asked again and again. */
async function openToPixels(page) {
  for (const untilMs = performance.now() + 30_000; performance.now() < untilMs; await sleep(100)) {
    const [openMs, allMs] = await page.evaluate('[window.stamps.opens[0], window.stamps.all[0]]');
    if (allMs !== undefined) return allMs - openMs;
  }
  throw new Error('the beds were not all there after 30 s');
}

/** What a nurse presses while 64 beds go on: a bed and back, alarms and back. */
async function presses(page, rounds) {
  const live = page.locator('.lamp[data-kind=live]');
  for (let i = 0; i < rounds; i += 1) {
    for (const n of [1, 9, 30, 60]) {
      await page.locator(`[data-bed-id=icu-${n}] .tile-name`).click();
      await page.waitForURL(/\/b\//);
      await live.waitFor();
      await page.getByRole('link', { name: 'Beds', exact: true }).click();
      await page.locator(`[data-bed-id=icu-${n}]`).waitFor();
      await page.getByRole('link', { name: /^Alarms/ }).click();
      await page.waitForURL(/\/alarms/);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Beds', exact: true }).click();
      await page.locator(`[data-bed-id=icu-${n}]`).waitFor();
    }
  }
  await sleep(1_000);
  const longest = new Map();
  for (const [id, ms] of await page.evaluate('window.stamps.events')) longest.set(id, Math.max(ms, longest.get(id) ?? 0));
  figures('press.to-paint', [...longest.values()], { aim: 100, note: 'those under 16 ms are not told by the browser' });
}

function figures(name, all, parameters) {
  const of = { n: all.length, max: all.length === 0 ? null : round(Math.max(...all)), beds: BEDS, ...parameters };
  for (const [label, q] of [
    ['p50', 0.5],
    ['p75', 0.75],
    ['p99', 0.99],
  ]) {
    const value = quantile(all, q);
    report(`dashboard.${name}.${label}`, value === null ? null : round(value), 'ms', of);
  }
}
