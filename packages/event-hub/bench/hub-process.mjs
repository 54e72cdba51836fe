/**
 * The hub as the benches run it: the built package in a process of its own, which tells over IPC what it has used so far.
 * Started with one JSON argument, the options of `startEventHub`. Linux ticks processor time in 10 ms; this does not.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startEventHub } from '../dist/index.js';
import { keepYoungGenerationSmall } from '@vigil/process-log';

keepYoungGenerationSmall();
const options = JSON.parse(process.argv[2]);
const startMs = performance.now();
const hub = await startEventHub({ port: 0, ...options, onFailure: () => process.exit(1) });
const LOOP_STEP_MS = 5;
const loop = monitorEventLoopDelay({ resolution: LOOP_STEP_MS });
loop.enable();
/** By how much the event loop was held up; the histogram counts the step itself too. */
const ms = (nanoseconds) => Math.max(0, Math.round((nanoseconds / 1e6 - LOOP_STEP_MS) * 100) / 100);

process.on('message', async (message) => {
  if (message === 'stop') {
    await hub.stop();
    process.exit(0);
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const usage = { cpuUs: user + system, rss, heapUsed, external, rssMaxKb: process.resourceUsage().maxRSS };
  process.send({ usage: { ...usage, loopMsP99: ms(loop.percentile(99)), loopMsMax: ms(loop.max) } });
  loop.reset();
});
process.once('disconnect', () => process.exit(1));
process.send({ connection: hub.connectionString('platform'), recoveryMs: performance.now() - startMs, bootMs: startMs });
