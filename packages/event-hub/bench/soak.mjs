/**
 * The hub over a while at a rate that a ward has: `node packages/event-hub/bench/soak.mjs [--minutes 10]`, one JSON line.
 *
 * One producer, three consumer groups, all with the official client. Memory is sampled; the slope is that of the line through
 * the samples behind the first fifth, in which caches fill and code is compiled.
 */
import { parseArgs } from 'node:util';
import { newFolder, report, round, run, startClient, startHub } from './lib.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const MINUTES = Number(values.minutes);
const PER_SECOND = 5_000;
const GROUPS = ['alarms', 'history', 'live'];
const SAMPLES = 60;
const events = Math.round(MINUTES * 60 * PER_SECOND);
const mib = (bytes) => bytes / 2 ** 20;

/** Change of `y` for each `x`, by least squares. */
function slope(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean((p) => p.x), mean((p) => p.y)];
  const top = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return top / points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}

async function sample(hub, points, startMs) {
  const { rss, cpuUs, loopMsP99, loopMsMax } = await hub.usage();
  points.push({ x: (performance.now() - startMs) / 60_000, y: mib(rss), cpuUs, loopMsP99, loopMsMax });
}

await run(async () => {
  const hub = await startHub({ dataDir: newFolder() });
  const producer = await startClient();
  const consumers = await Promise.all(GROUPS.map(() => startClient()));
  const listening = Promise.all(consumers.map((consumer) => consumer.next('listening')));
  const connection = hub.connection;
  const read = consumers.map((c, i) => c.run({ job: 'consume', connection, group: GROUPS[i], events, live: true }));
  await listening;
  const points = [];
  const startMs = performance.now();
  const timer = setInterval(() => void sample(hub, points, startMs), (MINUTES * 60_000) / SAMPLES);
  const load = { events, bytes: 600, batch: 100, inFlight: 8, perSecond: PER_SECOND, stamp: true };
  const { ackMs, seconds } = await producer.run({ job: 'produce', connection, ...load });
  const results = await Promise.all(read);
  clearInterval(timer);
  const steady = points.slice(Math.ceil(points.length / 5));
  const first = steady[0];
  const last = steady.at(-1);
  report('soak', {
    ...{ minutes: MINUTES, perSecond: Math.round(events / seconds), groups: GROUPS.length, events },
    rssMiBPerHour: round(slope(steady) * 60, 1),
    ...{
      rssMiBFirst: Math.round(first.y),
      rssMiBLast: Math.round(last.y),
      rssMiBMax: Math.round(Math.max(...points.map((p) => p.y))),
    },
    hubUsPerEvent: round((last.cpuUs - first.cpuUs) / ((last.x - first.x) * 60 * PER_SECOND)),
    loopMsP99: round(Math.max(...steady.map((p) => p.loopMsP99))),
    loopMsMax: round(Math.max(...steady.map((p) => p.loopMsMax))),
    ...{ ackMsP50: ackMs.p50, ackMsP99: ackMs.p99 },
    delayMsP50: Math.max(...results.map(({ delayMs }) => delayMs.p50)),
    delayMsP99: Math.max(...results.map(({ delayMs }) => delayMs.p99)),
  });
  await hub.stop();
});
