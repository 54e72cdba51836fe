/** Observations a second from MQTT publish to stored history, and that nothing acknowledged is missing there. */
import { join } from 'node:path';
import { readLedger, startLoad } from '@vigil/simulator';
import { watchCpu } from './lib/machine.mjs';
import { progress, report, round, sleep } from './lib/report.mjs';
import { EIGHT_METRICS, startStack } from './lib/stack.mjs';
import { missingInHistory } from './lib/stored.mjs';

const DEVICES = 100;
const RATES = [10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 80_000];
/** A backlog that stays bounded is gone soon after the last message; history itself waits a second. */
const DRAIN_MS_MAX = 3_000;
const GIVE_UP_MS = 60_000;
/** Share of the asked rate that must be acknowledged: a generator that is held back has met the limit. */
const SHARE_MIN = 0.98;

export const about = 'throughput: highest steady rate of observations from publish to stored history, nothing acknowledged lost';

export async function run({ quick, profileDir, rate }) {
  const rates = rate === undefined ? (quick ? [10_000] : RATES) : [rate];
  const seconds = quick ? 10 : 30;
  const { stack, end } = await startStack({ beds: DEVICES, profileDir });
  let best = null;
  for (const asked of rates) {
    const result = await measure(stack, asked, seconds);
    const isSteady = result.missing === 0 && result.drainMs <= DRAIN_MS_MAX && result.stored >= asked * SHARE_MIN;
    report('throughput.step', result.stored, 'observations/s', { asked, steady: isSteady, ...result });
    if (isSteady) best = { asked, ...result };
    else break;
  }
  report('throughput', best?.stored ?? 0, 'observations/s', {
    aim: 30_000,
    devices: DEVICES,
    metrics: EIGHT_METRICS.length,
    ...best,
  });
  await end();
}

async function measure(stack, asked, seconds) {
  progress(`throughput: ${asked} observations/s for ${seconds} s`);
  const ledgerFile = join(stack.dir, `ledger-${asked}`);
  const samples = () => stack.metric('platform', 'vigil_history_samples_total');
  const before = await samples();
  const load = startLoad({
    mqttUrl: stack.mqttUrl,
    devices: stack.devices,
    messagesPerSecond: asked / EIGHT_METRICS.length,
    metrics: EIGHT_METRICS,
    ledgerFile,
  });
  await load.ready;
  const cores = watchCpu({ ...stack.pids(), bench: process.pid });
  const fromMs = performance.now();
  await sleep(seconds * 1000);
  const elapsedS = (performance.now() - fromMs) / 1000;
  const cpu = cores();
  const atEnd = load.totals();
  const waitingAtEnd = await stack.metric('gateway', 'vigil_gateway_spool_pending');
  const stoppedMs = performance.now();
  const { acked, heldBack } = await load.stop(GIVE_UP_MS);
  while ((await samples()) - before < acked * EIGHT_METRICS.length && performance.now() - stoppedMs < GIVE_UP_MS) await sleep(50);
  const drainMs = Math.round(performance.now() - stoppedMs);
  stack.pids();
  const { missing } = await missingInHistory(stack.historyFile, readLedger(ledgerFile));
  const stored = Math.round((atEnd.acked * EIGHT_METRICS.length) / elapsedS);
  return { stored, missing, drainMs, waitingAtEnd, heldBack, seconds: round(elapsedS), cpu };
}
