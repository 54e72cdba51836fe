/**
 * What the hub takes and gives: `node packages/event-hub/bench/throughput.mjs [--quick]`, one JSON line per figure.
 *
 * Hub, producer and consumer are processes of their own. `client official` is the unmodified Azure client; `client raw`
 * writes frames that were encoded before, and shows what the hub could do. Beside each rate stands what an event costs
 * hub and client in processor time: whoever costs more is what holds the rate up.
 */
import { newFolder, report, round, run, startClient, startHub } from './lib.mjs';

const isQuick = process.argv.includes('--quick');
const EVENTS = isQuick ? 20_000 : 200_000;
const ACKS = isQuick ? 200 : 2_000;
const LIVE_PER_SECOND = 5_000;
const GROUPS = ['alarms', 'history', 'live'];

/** One job of a client; the line has what both processes used meanwhile. */
async function measure(hub, client, { what, who, ...job }) {
  const before = await hub.usage();
  const { seconds, cpuUs, counted = job.events, ...more } = await client.run({ connection: hub.connection, ...job });
  const after = await hub.usage();
  const facts = Object.fromEntries(
    Object.entries(job).filter(([name]) => ['bytes', 'batch', 'inFlight', 'events'].includes(name)),
  );
  report(what, {
    ...{ client: who, ...facts, perSecond: Math.round(counted / seconds) },
    hubUsPerEvent: round((after.cpuUs - before.cpuUs) / job.events),
    clientUsPerEvent: round(cpuUs / job.events),
    ...{ hubRssMiB: Math.round(after.rss / 2 ** 20), hubLoopMsP99: after.loopMsP99, ...more },
  });
}

async function ingest(hub, producer, raw) {
  // The first sends compile what all others run.
  for (const client of [producer, raw]) {
    await client.run({ job: 'produce', connection: hub.connection, events: EVENTS / 10, bytes: 199, batch: 100, inFlight: 8 });
  }
  for (const bytes of [199, 600]) {
    for (const batch of [100, 500]) {
      for (const inFlight of [1, 8]) {
        const job = { what: 'in', job: 'produce', events: EVENTS, bytes, batch, inFlight };
        await measure(hub, producer, { ...job, who: 'official' });
        if (inFlight === 8) await measure(hub, raw, { ...job, who: 'raw' });
      }
    }
  }
}

/** A log that fits into the hub's memory, read from there; then by a hub that has started anew and has only the disk. */
async function egress(raw, producer) {
  const dataDir = newFolder();
  const events = EVENTS / 2;
  let hub = await startHub({ dataDir });
  await producer.run({ job: 'produce', connection: hub.connection, events, bytes: 199, batch: 100, inFlight: 8 });
  for (const from of ['memory', 'disk']) {
    for (const who of ['official', 'raw']) {
      if (from === 'disk') {
        await hub.stop();
        hub = await startHub({ dataDir });
      }
      const consumer = who === 'raw' ? raw : await startClient();
      await measure(hub, consumer, { what: `out of ${from}`, who, job: 'consume', group: 'fhir', events, bytes: 199 });
      if (who !== 'raw') await consumer.kill();
    }
  }
  await hub.stop();
}

async function live(hub, producer) {
  const events = isQuick ? LIVE_PER_SECOND * 2 : LIVE_PER_SECOND * 20;
  const consumers = await Promise.all(GROUPS.map(() => startClient()));
  const listening = Promise.all(consumers.map((consumer) => consumer.next('listening')));
  const read = consumers.map((c, i) =>
    c.run({ job: 'consume', connection: hub.connection, group: GROUPS[i], events, live: true }),
  );
  await listening;
  const before = await hub.usage();
  await producer.run({
    ...{ job: 'produce', connection: hub.connection, events, bytes: 600, batch: 100, inFlight: 8 },
    ...{ perSecond: LIVE_PER_SECOND, stamp: true },
  });
  const results = await Promise.all(read);
  const after = await hub.usage();
  report('live', {
    ...{ client: 'official', groups: GROUPS.length, perSecond: LIVE_PER_SECOND, bytes: 600, batch: 100 },
    hubUsPerEvent: round((after.cpuUs - before.cpuUs) / events),
    delayMsP50: Math.max(...results.map(({ delayMs }) => delayMs.p50)),
    delayMsP99: Math.max(...results.map(({ delayMs }) => delayMs.p99)),
  });
}

await run(async () => {
  const [producer, another, raw] = await Promise.all([startClient(), startClient(), startClient('./raw-process.mjs')]);
  const hub = await startHub({ dataDir: newFolder() });
  await ingest(hub, producer, raw);
  const single = { what: 'one event, one at a time', job: 'produce', events: ACKS, bytes: 199, batch: 1, inFlight: 1 };
  await measure(hub, producer, { ...single, who: 'official' });
  await live(hub, producer);
  await hub.stop();
  await egress(raw, another);
});
