/**
 * How long a start takes and how much memory a hub needs with a log of many segments:
 * `node packages/event-hub/bench/recovery.mjs [--mib 1024]`, one JSON line per figure.
 *
 * The log is written by the raw producer in one go, then the hub stops cleanly and starts, is killed under load and
 * starts, twice each. `recoveryMs` is what `startEventHub` takes; the start of Node comes on top, as `bootMs`.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newFolder, report, round, run, startClient, startHub } from './lib.mjs';

const { values } = parseArgs({ options: { mib: { type: 'string', default: '1024' } } });
const LOG_MIB = Number(values.mib);
const BYTES = 600;
/** What an event of 600 bytes takes in the log, near enough. */
const LOG_BYTES_PER_EVENT = 700;
const ROUNDS = 2;
const KILL_AFTER_MS = 1500;
const SAMPLE_MS = 200;

const mib = (bytes) => Math.round(bytes / 2 ** 20);
const load = { job: 'produce', bytes: BYTES, batch: 100, inFlight: 8 };

function logMib(dataDir) {
  const folder = join(dataDir, 'vigil', 'log');
  return mib(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0));
}

/** The most memory that the hub had while `work` was under way; the kernel's own mark never goes back. */
async function peakOf(hub, work) {
  let rss = 0;
  let busy = true;
  const done = work.finally(() => (busy = false));
  while (busy) {
    rss = Math.max(rss, (await hub.usage()).rss);
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))]);
  }
  await done;
  return rss;
}

async function startAndReport(dataDir, after) {
  const hub = await startHub({ dataDir });
  const { rss, rssMaxKb } = await hub.usage();
  report(`start after ${after}`, {
    ...{ logMiB: logMib(dataDir), recoveryMs: round(hub.recoveryMs, 0), bootMs: round(hub.bootMs, 0) },
    ...{ rssMiB: mib(rss), rssPeakMiB: mib(rssMaxKb * 1024) },
  });
  return hub;
}

await run(async () => {
  const dataDir = newFolder();
  const raw = await startClient('./raw-process.mjs');
  let hub = await startHub({ dataDir });
  const events = Math.round((LOG_MIB * 2 ** 20) / LOG_BYTES_PER_EVENT);
  const writePeak = await peakOf(hub, raw.run({ ...load, connection: hub.connection, events }));
  report('write', { logMiB: logMib(dataDir), events, rssPeakMiB: mib(writePeak), rssMiB: mib((await hub.usage()).rss) });
  for (let i = 0; i < ROUNDS; i++) {
    await hub.stop();
    hub = await startAndReport(dataDir, 'a clean stop');
  }
  for (let i = 0; i < ROUNDS; i++) {
    const busy = await startClient('./raw-process.mjs');
    void busy.run({ ...load, connection: hub.connection, events: 1e9 }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS));
    await hub.kill('SIGKILL');
    await busy.kill();
    hub = await startAndReport(dataDir, 'kill -9');
  }
  let read;
  const readPeak = await peakOf(
    hub,
    raw.run({ job: 'consume', connection: hub.connection, group: 'fhir', events }).then((result) => (read = result)),
  );
  report('read all', {
    ...{ logMiB: logMib(dataDir), events, perSecond: Math.round(events / read.seconds) },
    ...{ rssPeakMiB: mib(readPeak), rssMiB: mib((await hub.usage()).rss) },
  });
  await hub.stop();
});
