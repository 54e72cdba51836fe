/**
 * What goes to the hospital's FHIR server: readings from the log through attribution, minutes and mapping to a sink that answers at
 * once, and to a real server where `VIGIL_TEST_HAPI` names one (`node scripts/hapi.mjs build`), which does not validate here. And how
 * long alarms take in one process with it: without a FHIR server, with one that refuses connections, and with one that is slow.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@vigil/clock';
import { METRICS } from '@vigil/contracts';
import { Registry } from 'prom-client';
import { progress, report, round, sleep } from './lib/report.mjs';
import { EIGHT_METRICS, root } from './lib/stack.mjs';
import { startHub, startLoad, startProcessor } from './processor.mjs';

export const about =
  'fhir-out: readings/s to a sink that answers at once and to HAPI (needs VIGIL_TEST_HAPI); alarms beside a dead and a slow one';

const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const BEDS = 100;
const BATCH = 100;
/** Of the ward whose alarms are measured. One bed in 50 has four changes a minute. */
const ALARM_BEDS = 500;
const WARM_UP_MS = 15_000;
const SLOW_MS = 5_000;
const START_MS = Date.UTC(2026, 10, 20, 10);

export async function run({ quick }) {
  for (const mode of ['minute', 'every']) {
    const seconds = quick ? 180 : 600;
    const { sink, sent } = await answeringSink();
    const { readings, tookMs } = await send({
      mode,
      seconds,
      beds: BEDS,
      sink,
      links: () => ({ resourceType: 'Patient', serverId: '1' }),
    });
    report('fhir-out', Math.round((readings * 1_000) / tookMs), 'readings/s', {
      mode,
      beds: BEDS,
      readings,
      sent: sent(),
      sink: 'at once',
    });
  }
  await toHapi(quick ? 1_000 : 5_000);
  for (const server of ['none', 'dead', 'slow']) await alarmsBeside(server, quick ? 30 : 60);
}

async function toHapi(readings) {
  const folder = process.env.VIGIL_TEST_HAPI ?? '';
  if (folder === '' || !existsSync(folder)) {
    progress('fhir-out: a real server is skipped, it needs VIGIL_TEST_HAPI (node scripts/hapi.mjs build)');
    return;
  }
  const env = { ...process.env, PORT: '0', VALIDATE: '0' };
  const child = spawn(process.execPath, [join(root, 'scripts', 'hapi.mjs'), 'serve', folder], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const port = /^ready (\d+)$/.exec(line)?.[1];
    if (port === undefined) throw new Error(`the FHIR server did not start: ${line}`);
    const { FhirHttp } = await built('adapters/fhir-server/fhir-http.js');
    const { HttpFhirSink } = await built('adapters/fhir-server/sink.js');
    const http = new FhirHttp({ baseUrl: `http://127.0.0.1:${port}/fhir`, auth: null, wallMs: () => Date.now() });
    const patient = await http.exchange(
      { method: 'POST', url: 'Patient', body: { resourceType: 'Patient' } },
      new AbortController().signal,
    );
    const serverId = patient.resource?.id ?? patient.location.split('/').at(-3);
    const links = (kind) => (kind === 'patient' ? { resourceType: 'Patient', serverId } : null);
    const beds = 10;
    const seconds = Math.ceil(readings / (beds * EIGHT_METRICS.length));
    for (const round of ['new', 'there already']) {
      const sink = new HttpFhirSink(http, new SystemClock());
      const { readings: sent, tookMs } = await send({ mode: 'every', seconds, beds, sink, links });
      report('fhir-out.hapi', Math.round((sent * 1_000) / tookMs), 'readings/s', {
        mode: 'every',
        readings: sent,
        round,
        validates: false,
      });
    }
  } finally {
    child.stdin.end();
  }
}

/** From a reading at the gateway to the alarm that is committed, while every reading is to go to such a server. */
async function alarmsBeside(kind, seconds) {
  const { FhirHttp } = await built('adapters/fhir-server/fhir-http.js');
  const { HttpFhirSink } = await built('adapters/fhir-server/sink.js');
  const folder = mkdtempSync(join(tmpdir(), 'vigil-fhir-alarms-'));
  const server = createServer(answersLate).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${server.address().port}/fhir`;
  if (kind === 'dead') server.close();
  const clock = new SystemClock();
  const stopping = new AbortController();
  const http = new FhirHttp({ baseUrl, auth: null, wallMs: () => Date.now() });
  const beds = ALARM_BEDS;
  const work = await workOf({
    ...{ mode: 'every', clock, sink: new HttpFhirSink(http, clock), signal: stopping.signal },
    ...{
      spans: spansOf(beds, (bed) => `sim-${bed}`),
      links: (of) => (of === 'patient' ? { resourceType: 'Patient', serverId: '1' } : null),
    },
  });
  const hub = await startHub(folder);
  const processor = await startProcessor(folder, hub, beds, kind === 'none' ? null : work.consumer);
  try {
    const load = startLoad(hub, beds, WARM_UP_MS / 1_000 + seconds);
    await load.begun;
    await sleep(WARM_UP_MS);
    processor.forget();
    await load.ended;
    const { alarms, alarmP50Ms, alarmP99Ms, delayP99Ms } = processor.sums();
    const { inFlight, awaySinceWallMs } = work.exporter.state();
    report('fhir-out.alarm', alarmP99Ms, 'ms p99', {
      ...{ server: kind, beds, seconds, alarms, p50: alarmP50Ms, anyReadingP99Ms: delayP99Ms, waiting: inFlight },
      ...{ isAway: awaySinceWallMs !== null, from: 'reading at the gateway to commit' },
    });
  } finally {
    stopping.abort(new Error('stopping'));
    await processor.stop();
    server.close();
    server.closeAllConnections();
    hub.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Takes everything, and is in no hurry to say so. */
function answersLate(request, response) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    setTimeout(() => {
      const { resourceType, entry = [] } = JSON.parse(Buffer.concat(parts).toString('utf8'));
      const location = `${resourceType}/1/_history/1`;
      const one = { response: { status: '201 Created', location: 'Observation/1/_history/1' } };
      const bundle = { resourceType: 'Bundle', type: 'transaction-response', entry: entry.map(() => one) };
      const isBundle = resourceType === 'Bundle';
      response.writeHead(isBundle ? 200 : 201, { 'content-type': 'application/fhir+json', ...(isBundle ? {} : { location }) });
      response.end(isBundle ? JSON.stringify(bundle) : undefined);
    }, SLOW_MS);
  });
}

/** Each device at its bed. @param deviceAt its id, by that of the bed */
function spansOf(beds, deviceAt) {
  return new Map(
    Array.from({ length: beds + 1 }, (_, n) => [
      deviceAt(`icu-${n}`),
      [{ assignmentId: `a-${n}`, bedId: `icu-${n}`, fromMs: 0, toMs: null, channels: null }],
    ]),
  );
}

/** What sends, with everything beside it in memory. */
async function workOf({ mode, sink, clock, links, spans, signal = new AbortController().signal }) {
  const { EhrOutWork } = await built('ehr-out/ehr-out-work.js');
  const { EhrOutMetrics } = await built('ehr-out/ehr-out-metrics.js');
  const { MemoryEhrOut } = await built('adapters/memory/memory-ehr-out.js');
  const nothing = { items: [], next: null };
  return new EhrOutWork({
    ...{ mode, sink, clock, takes: () => true, server: {}, store: new MemoryEhrOut(), tasks: { open: async () => {} } },
    links: { ofLocal: async (kind) => links(kind) },
    assignments: { rev: async () => 1, snapshot: async () => ({ rev: 1, spans }) },
    relations: {
      careUnitOf: async () => null,
      staysIn: async (bedId) => [{ encounterId: `e-${bedId}`, patientId: `p-${bedId}`, admittedMs: 0, dischargedMs: null }],
    },
    ...{ directory: {}, scores: { history: async () => nothing }, fleet: { devices: async () => nothing } },
    ...{ observations: {}, corrections: {}, trail: {}, metrics: new EhrOutMetrics(new Registry()), signal },
  });
}

/** So many seconds of so many beds, each with eight metrics a second, on eight partitions. */
async function send({ mode, seconds, beds, sink, links }) {
  const clock = { rate: 1, nowMs: () => START_MS, wallMs: () => Date.now(), sleep };
  const work = await workOf({ mode, sink, clock, links, spans: spansOf(beds, (bed) => bed.replace('icu', 'mon')) });
  const partitions = partitionsOf(beds, seconds);
  const fromMs = performance.now();
  await Promise.all(partitions.map((events, partition) => readAll(work.consumer, partition, events)));
  const readings = beds * seconds * EIGHT_METRICS.length;
  return { readings, tookMs: round(performance.now() - fromMs) };
}

async function readAll(consumer, partition, events) {
  await consumer.open(partition);
  for (let at = 0; at < events.length; at += BATCH) {
    const batch = events.slice(at, at + BATCH);
    const located = batch.map((event, n) => ({ event, partition, offset: String(at + n), sequence: at + n, hubAtMs: 0 }));
    await consumer.read(partition, located, []);
  }
  await consumer.close(partition);
}

function partitionsOf(beds, seconds) {
  const partitions = Array.from({ length: 8 }, () => []);
  for (let s = 0; s < seconds; s++) for (let bed = 0; bed < beds; bed++) partitions[bed % 8].push(message(bed, s));
  return partitions;
}

function message(bed, s) {
  const readings = EIGHT_METRICS.map((metric) => ({
    metric,
    value: 70 + (s % 10),
    unit: METRICS[metric].unit,
    quality: 'valid',
  }));
  return {
    kind: 'deviceMessage',
    origin: 'live',
    deviceId: `mon-${bed}`,
    bedId: `icu-${bed}`,
    atMs: START_MS + s * 1_000,
    readings,
  };
}

async function answeringSink() {
  let sent = 0;
  const stored = { is: 'stored', serverId: '1' };
  const sink = {
    send: async (batch) => {
      sent += batch.length;
      return batch.map(() => stored);
    },
    put: async () => ({ is: 'stored' }),
  };
  return { sink, sent: () => sent };
}
