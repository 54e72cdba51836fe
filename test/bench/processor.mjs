/**
 * The processor alone against a real hub: engine, history and live reading as one process has them, with what yields under load and
 * a ward that sends beside it; `--busy <n>` has so many processes beside it that do nothing but take processor time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@vigil/clock';
import { cpuSeconds, loadAverage } from './lib/machine.mjs';
import { progress, quantile, report, round, sleep } from './lib/report.mjs';
import { EIGHT_METRICS, root } from './lib/stack.mjs';
import { openStores, OWNER, siteOf } from './lib/stores.mjs';

const WARM_UP_S = 15;
const DRAIN_MS_MAX = 60_000;

export const about =
  'processor: 500 and 5,000 beds x 8 metrics x 1 Hz from a hub through engine, history and live readers of one process';

export async function run({ quick, beds, seconds = quick ? 20 : 60, busy = 0 }) {
  for (const count of beds === undefined ? (quick ? [500] : [500, 5_000]) : [beds]) await measure(count, seconds, busy);
}

async function measure(beds, seconds, busy) {
  progress(`processor: ${beds} beds, ${WARM_UP_S} s to warm up, ${seconds} s measured, ${busy} busy processes beside it`);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-processor-'));
  const hub = await startHub(folder);
  const processor = await startProcessor(folder, hub, beds);
  const neighbours = [];
  try {
    const load = startLoad(hub, beds, WARM_UP_S + seconds);
    await load.begun;
    await sleep(WARM_UP_S * 1_000);
    for (let n = 0; n < busy; n++) neighbours.push(spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }));
    const [cpuBefore, eventsBefore, fromMs] = [cpuSeconds(process.pid), processor.counts.events, Date.now()];
    processor.forget();
    await Promise.race([load.ended, sleep(seconds * 1_000)]);
    const elapsedS = (Date.now() - fromMs) / 1_000;
    const events = processor.counts.events - eventsBefore;
    const cores = (cpuSeconds(process.pid) - cpuBefore) / elapsedS;
    const sums = processor.sums();
    const lags = processor.lags();
    for (const neighbour of neighbours) neighbour.kill('SIGKILL');
    const { failed, lateMsMax } = await load.ended;
    const drainMs = await processor.drained(DRAIN_MS_MAX);
    const parameters = {
      ...{ beds, metrics: EIGHT_METRICS.length, seconds: round(elapsedS), eventsPerS: Math.round(events / elapsedS) },
      ...{ cores: round(cores), cpuUsPerEvent: Math.round((cores * 1e6 * elapsedS) / events), ...sums },
      ...{ ...lags, busy, drainMs, failed, loadLateMs: lateMsMax, loadAverage: loadAverage() },
    };
    report('processor', Math.round((events * EIGHT_METRICS.length) / elapsedS), 'readings/s', parameters);
    report('processor.alarm', sums.alarmP99Ms, 'ms p99', {
      aim: 150,
      beds,
      p50: sums.alarmP50Ms,
      from: 'reading at the gateway to commit',
    });
  } finally {
    for (const neighbour of neighbours) neighbour.kill('SIGKILL');
    await processor.stop();
    hub.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export async function startHub(folder) {
  const args = ['--data-dir', join(folder, 'hub'), '--port', '0', '--http-port', '0'];
  const child = spawn(process.execPath, [join(root, 'packages/event-hub/dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line);
    if (entry.msg !== 'hub ready') continue;
    child.stdout.resume();
    const { keys } = JSON.parse(readFileSync(join(folder, 'hub', 'keys.json'), 'utf8'));
    const of = (name) => {
      const { primary } = keys.find((key) => key.name === name);
      return `Endpoint=sb://127.0.0.1:${entry.port}/;SharedAccessKeyName=${name};SharedAccessKey=${primary};UseDevelopmentEmulator=true`;
    };
    return { child, of };
  }
  throw new Error('the hub did not start');
}

export function startLoad(hub, beds, seconds) {
  const args = [join(root, 'test/bench/lib/hub-load.mjs'), hub.of('gateway'), 'vigil', String(beds), String(seconds)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const begun = next();
  const ended = begun.then(next);
  void once(child, 'exit');
  return { begun, ended };
}

const load = (path) => import(pathToFileURL(join(root, 'dist', path)));

/** @param beside a further reader, of the group of what goes to the hospital's records; null: none */
export async function startProcessor(folder, hub, beds, beside = null) {
  const [
    { EventHubsLog },
    { SqliteObservationStore },
    { AlarmConsumer },
    { HistoryConsumer },
    { StreamMetrics },
    { liveReader },
    live,
    { LoadGovernor },
    { loopDelay },
    { yielding },
    { Attribution },
    { AttributionIndex },
    { AttributionMetrics },
    { liveGate },
  ] = await Promise.all(
    [
      ...['adapters/event-hubs/event-hubs-log.js', 'adapters/history-sqlite/history-sqlite.js', 'stream/alarm-consumer.js'],
      ...['stream/history-consumer.js', 'stream/stream-metrics.js', 'stream/live-consumer.js', 'live/live-vitals.js'],
      ...['stream/load-governor.js', 'stream/load-watch.js', 'stream/shedding-readers.js', 'stream/attribution.js'],
      ...['stream/attribution-index.js', 'stream/attribution-metrics.js', 'stream/live-gate.js'],
    ].map(load),
  );
  const { Registry } = await import('prom-client');
  const clock = new SystemClock();
  const stores = await openStores(folder, { clock, alarmsConsumer: { namespace: '127.0.0.1', hub: 'vigil', group: 'alarms' } });
  await stores.directory.seed(siteOf(beds), new Map(), { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 });
  const history = new SqliteObservationStore(join(folder, 'history.db'), clock);
  const log = new EventHubsLog({
    ...{ connectionString: hub.of('platform'), hubName: 'vigil', ownerId: OWNER, owners: stores.partitionOwners, clock },
    onError: (...facts) => progress(`log: ${facts.join(' ')}`),
  });
  const spy = spyOn(stores.alarmState);
  const metrics = new StreamMetrics(new Registry());
  const onInvariant = (_p, _s, claim) => progress(`engine: ${claim}`);
  const alarms = new AlarmConsumer({ alarms: spy.alarms, clock, metrics, onInvariant });
  const index = new AttributionIndex(assignedTo(beds), clock);
  await index.refresh();
  const attribution = new Attribution({
    ...{ index, clock, metrics: new AttributionMetrics(new Registry()) },
    ...{ log: { append: () => Promise.resolve() }, held: { hold: () => Promise.resolve([]) } },
  });
  const nothing = { note: () => Promise.resolve() };
  const historyReader = new HistoryConsumer({ store: history, attribution, standby: nothing, audit: nothing, clock, metrics });
  const cancelFlush = clock.every(1_000, () => void historyReader.flushDue());
  const governor = new LoadGovernor();
  const isThin = () => governor.shed === 'live';
  const subscriptions = [
    await log.subscribe('alarms', 'checkpoint', spy.reader(alarms)),
    await log.subscribe('history', 'checkpoint', yielding(historyReader, { shed: () => governor.shed, clock })),
    await log.subscribe('live', 'latest', liveReader(new live.LiveVitals(), clock, { isThin, gate: liveGate(index) })),
  ];
  if (beside !== null) await log.subscribe('fhir', 'checkpoint', beside);
  const watched = watch(governor, subscriptions, loopDelay());
  const { lagMs } = watched;
  return {
    ...spy,
    lags: watched.lags,
    forget: () => (spy.forget(), watched.forget()),
    drained: async (mostMs) => {
      const fromMs = Date.now();
      while (Date.now() - fromMs < mostMs && (lagMs() > 0 || Date.now() - spy.counts.lastWallMs < 1_000)) await sleep(100);
      return Math.max(0, Date.now() - fromMs - 1_000);
    },
    stop: async () => {
      cancelFlush();
      watched.stop();
      await log.close();
      history.close();
      await stores.close();
    },
  };
}

/** Each device of the load at its bed, always. */
export function assignedTo(beds) {
  const spans = new Map(
    Array.from({ length: beds }, (_, n) => [
      `sim-icu-${n + 1}`,
      [{ assignmentId: `a-${n}`, bedId: `icu-${n + 1}`, fromMs: 0, toMs: null, channels: null }],
    ]),
  );
  return { rev: () => Promise.resolve(1), snapshot: () => Promise.resolve({ rev: 1, spans }) };
}

/** Looks each second at how far each group is behind, as the product does, and lets the governor decide. */
function watch(governor, [alarms, history], delay) {
  const lagOf = (subscription) => Math.max(0, ...[...subscription.health().partitions.values()].map((p) => p.lagMs ?? 0));
  let looks = [];
  const look = () => {
    const seen = { alarmLagMs: lagOf(alarms), historyLagMs: lagOf(history), loopDelayMs: delay.readMs() };
    governor.look(seen, Date.now());
    looks.push({ ...seen, level: governor.shedLevel });
  };
  const timer = setInterval(look, 1_000);
  const lags = () => ({
    ...{ alarmLagMsMax: Math.max(...looks.map((l) => l.alarmLagMs)), alarmLagMsEnd: looks.at(-1).alarmLagMs },
    ...{ historyLagMsMax: Math.max(...looks.map((l) => l.historyLagMs)), historyLagMsEnd: looks.at(-1).historyLagMs },
    ...{
      loopDelayP50Ms: Math.round(
        quantile(
          looks.map((l) => l.loopDelayMs),
          0.5,
        ),
      ),
    },
    ...{ loopDelayMaxMs: Math.round(Math.max(...looks.map((l) => l.loopDelayMs))) },
    shedS: [1, 2].map((level) => looks.filter((l) => l.level === level).length),
  });
  const stop = () => {
    clearInterval(timer);
    delay.stop();
  };
  return { lagMs: () => lagOf(alarms), lags, stop, forget: () => (looks = []) };
}

/** Counts what the engine reads, and how long after the gateway had it everything of its batch was decided and stored. */
function spyOn(alarmState) {
  const counts = { events: 0, lastWallMs: 0 };
  let [delays, alarmDelays, batches, commits] = [[], [], [], []];
  let transitions = 0;
  const alarms = Object.create(alarmState);
  alarms.commit = async (batch) => {
    const fromMs = performance.now();
    const changes = await alarmState.commit(batch);
    commits.push(performance.now() - fromMs);
    transitions += batch.transitions.length;
    return changes;
  };
  const reader = (consumer) => ({
    open: (partition) => consumer.open(partition),
    close: (partition) => consumer.close(partition),
    read: async (partition, batch, malformed) => {
      const before = transitions;
      await consumer.read(partition, batch, malformed);
      if (batch.length === 0) return;
      const wallMs = Date.now();
      counts.events += batch.length;
      counts.lastWallMs = wallMs;
      batches.push(batch.length);
      const oldest = batch.find(({ event }) => event.kind === 'deviceMessage')?.event.gatewayAtMs;
      if (oldest === undefined) return;
      delays.push(wallMs - oldest);
      if (transitions > before) alarmDelays.push(wallMs - oldest);
    },
  });
  const sums = () => ({
    ...{ batchMean: round(batches.reduce((a, b) => a + b, 0) / batches.length), batchMax: Math.max(...batches) },
    ...{ delayP50Ms: quantile(delays, 0.5), delayP99Ms: quantile(delays, 0.99), delayMaxMs: Math.max(...delays) },
    ...{ alarms: alarmDelays.length, alarmP50Ms: quantile(alarmDelays, 0.5), alarmP99Ms: quantile(alarmDelays, 0.99) },
    ...{ commits: commits.length, commitP50Ms: round(quantile(commits, 0.5)), commitP99Ms: round(quantile(commits, 0.99)) },
  });
  return { counts, alarms, reader, sums, forget: () => void ([delays, alarmDelays, batches, commits] = [[], [], [], []]) };
}
