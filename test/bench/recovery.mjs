/** The processor starts anew after a crash: states from the database, then the events of up to 30 s, through the real consumer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FakeClock } from '@vigil/clock';
import { readLogEvent } from '@vigil/contracts';
import { fullRuleSet, messageAt, openWard, wanderingReadings } from './lib/engine-log.mjs';
import { progress, report, round } from './lib/report.mjs';
import { EIGHT_METRICS, root } from './lib/stack.mjs';
import { Spent } from './lib/spent.mjs';
import { CONSUMER, openStores, OWNER, siteOf } from './lib/stores.mjs';

const PARTITIONS = 8;
const BATCH = 256;
const BEFORE_S = 60;
/** What a replay can need: the longest time between two checkpoints of a bed, and a little. */
const KEPT_S = 40;
const AIM_MS = 10_000;

export const about =
  'recovery: a processor with 500 and 5,000 beds: cost of a second of the ward; states from SQL and the replay until it has caught up';

export async function run({ quick, beds }) {
  for (const count of beds === undefined ? (quick ? [500] : [500, 5_000]) : [beds]) await measure(count);
}

async function measure(beds) {
  progress(`recovery: ${beds} beds, ${BEFORE_S} s before the crash`);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-recovery-'));
  const clock = new FakeClock(Date.now());
  const stores = await openStores(folder, { clock });
  try {
    await stores.directory.seed(siteOf(beds), new Map(), { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 });
    await claimAll(stores);
    const live = new Spent();
    const log = await liveUntilCrash(stores, clock, beds, live);
    const { clockMs, cpuMs } = live.ms();
    const perSecond = { ofCpuMs: round(cpuMs / BEFORE_S), beds, messagesPerSecond: beds, metrics: EIGHT_METRICS.length };
    report('processor', round(clockMs / BEFORE_S), 'ms for one second of the ward', {
      aim: 1_000,
      ...perSecond,
      without: 'hub client',
    });
    const fromMs = performance.now();
    const consumer = await consumerOn(stores, clock);
    for (let p = 0; p < PARTITIONS; p++) await consumer.open(p);
    const loadMs = performance.now() - fromMs;
    let events = 0;
    for (let p = 0; p < PARTITIONS; p++) events += await catchUp(stores, consumer, log[p], p);
    const tookMs = performance.now() - fromMs;
    const parameters = { aim: AIM_MS, beds, metrics: EIGHT_METRICS.length, loadMs: round(loadMs), events };
    report('recovery', round(tookMs), 'ms', { ...parameters, without: 'start of the process and the way from the hub' });
  } finally {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function consumerOn(stores, clock) {
  const { AlarmConsumer } = await import(pathToFileURL(join(root, 'dist/stream/alarm-consumer.js')));
  const { StreamMetrics } = await import(pathToFileURL(join(root, 'dist/stream/stream-metrics.js')));
  const { Registry } = await import('prom-client');
  const onInvariant = (_partition, _sequence, claim) => {
    throw new Error(claim);
  };
  return new AlarmConsumer({ alarms: stores.alarmState, clock, metrics: new StreamMetrics(new Registry()), onInvariant });
}

/** A minute of a ward, with its staggered checkpoints. Answers the last part of the log, as it stands on the disk of a hub. */
async function liveUntilCrash(stores, clock, beds, spent) {
  const consumer = await consumerOn(stores, clock);
  const log = Array.from({ length: PARTITIONS }, () => ({ next: 0, events: [] }));
  const opening = openWard(await fullRuleSet(), beds);
  const [rules, ...rest] = opening;
  for (let p = 0; p < PARTITIONS; p++) {
    await consumer.open(p);
    await feed(consumer, log[p], p, [rules, ...rest.filter((_, i) => Math.floor(i / 2) % PARTITIONS === p)], clock);
  }
  for (let second = 0; second < BEFORE_S; second++) {
    await clock.advance(1_000);
    for (let p = 0; p < PARTITIONS; p++) {
      const messages = [];
      for (let bed = p; bed < beds; bed += PARTITIONS) {
        messages.push(messageAt(bed, second, wanderingReadings(EIGHT_METRICS, bed, second)));
      }
      await feed(consumer, log[p], p, messages, clock, spent);
      if (second === BEFORE_S - KEPT_S) log[p].events.length = 0;
    }
  }
  return log;
}

async function feed(consumer, part, partition, events, clock, spent = new Spent()) {
  for (let at = 0; at < events.length; at += BATCH) {
    const bodies = events.slice(at, at + BATCH).map((event) => ({ sequence: part.next++, body: JSON.stringify(event) }));
    part.events.push(...bodies);
    await spent.onAsync(() => consumer.read(partition, located(bodies, partition, clock.wallMs()), []));
  }
}

/** As they come off the wire: text, which is checked. */
function located(bodies, partition, hubAtMs) {
  return bodies.map(({ sequence, body }) => {
    const { event } = readLogEvent(JSON.parse(body));
    return { event, partition, offset: `o${sequence}`, sequence, hubAtMs };
  });
}

async function catchUp(stores, consumer, { events }, partition) {
  const { replayFrom } = await stores.alarmState.load(partition);
  const from = events.findIndex(({ sequence }) => sequence > (replayFrom?.sequence ?? -1));
  if (from < 0) return 0;
  if (events[0].sequence > (replayFrom?.sequence ?? -1) + 1) throw new Error('more is replayed than the bench keeps');
  for (let at = from; at < events.length; at += BATCH) {
    await consumer.read(partition, located(events.slice(at, at + BATCH), partition, 0), []);
  }
  return events.length - from;
}

async function claimAll({ partitionOwners }) {
  const store = partitionOwners.storeFor(OWNER);
  const at = { fullyQualifiedNamespace: CONSUMER.namespace, eventHubName: CONSUMER.hub, consumerGroup: CONSUMER.group };
  const claims = Array.from({ length: PARTITIONS }, (_, p) => ({ ...at, partitionId: String(p), ownerId: OWNER }));
  const won = await store.claimOwnership(claims);
  if (won.length !== PARTITIONS) throw new Error('the partitions belong to somebody else');
}
