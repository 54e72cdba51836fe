/**
 * The uplink on a bad line (CK-R16): a hub that comes and goes, that takes connections and says nothing, that is another one.
 * Nothing is lost, order holds, and the backlog goes back to nothing. `VIGIL_TEST_FLAP_MINUTES=30` flaps for so long.
 * They mostly wait, each with a hub of its own, and so at the same time.
 */
import { copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { SystemClock } from '@vigil/clock';
import type { BedId, DeviceMessage, GatewayId } from '@vigil/contracts';
import { BedTable, DeviceList, DeviceRegistry, type Gateway, HubUplink, startGateway } from '@vigil/edge-gateway';
import { DEFAULT_HUBS, type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { startLoad } from '@vigil/simulator';
import { type HubLine, startHubLine } from '../support/hub-line.js';
import { looseTimers } from '../support/loose-timers.js';
import { promptSockets } from '../support/prompt-sockets.js';
import { until } from '../support/until.js';

promptSockets();
looseTimers();

const flapMinutes = Number(process.env.VIGIL_TEST_FLAP_MINUTES ?? 0);
/** Off and on for so long each; in `npm test` a sped-up form. */
const FLAP_MS = flapMinutes > 0 ? 5_000 : 400;
const FLAPS = flapMinutes > 0 ? Math.ceil((flapMinutes * 60_000) / (2 * FLAP_MS)) : 3;
const SEGMENT_BYTES = 4 * 1024 * 1024;
const DEVICES = ['mon-1', 'mon-2', 'mon-3', 'mon-4'].map((deviceId) => ({ deviceId, token: `token-of-${deviceId}-0123456789` }));
const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Said {
  readonly code?: string;
  readonly msg: string;
}

interface Bench {
  readonly hub: RunningEventHub;
  readonly hubDir: string;
  readonly line: HubLine;
  readonly gateway: Gateway;
  readonly said: readonly Said[];
}

async function bench(limits: { readonly throughputUnits?: number } = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-line-'));
  const hubDir = join(folder, 'hub');
  const hub = await startEventHub({ dataDir: hubDir, port: 0, segmentBytes: SEGMENT_BYTES, limits });
  closers.push(() => hub.stop());
  const line = await startHubLine(hub.port);
  closers.push(() => line.close());
  const beds = new BedTable();
  const devices = DEVICES.map(({ deviceId }, n) => ({ deviceId, bedId: `icu-${n + 1}` as BedId }));
  beds.replace({ v: 1, gatewayId: 'gw-1', rate: 1, devices });
  const said: Said[] = [];
  const say = (fields: object, msg: string): void => void said.push({ ...fields, msg });
  const log = { info: say, warn: say, error: say };
  const clock = new SystemClock();
  const connectionString = hub.connectionString('gateway').replace(/:\d+\//, `:${line.port}/`);
  // A line that swallows is found out within seconds here, and within 25 s by default.
  const times = { callMsMax: 1_500, renewAfterMs: 500 };
  const gateway = await startGateway({
    ...{ gatewayId: 'gw-1' as GatewayId, dataDir: join(folder, 'gateway'), mqttPort: 0, httpPort: 0, clock, beds, log },
    uplink: new HubUplink({ connectionString, hubName: 'vigil', identifier: 'line', ...times }, clock, log),
    registry: new DeviceRegistry(DeviceList.parse(DEVICES)),
  });
  closers.push(() => gateway.stop(1_000));
  return { hub, hubDir, line, gateway, said };
}

const load = (gateway: Gateway, messagesPerSecond = 80) =>
  startLoad({
    mqttUrl: `mqtt://127.0.0.1:${gateway.mqttPort}`,
    devices: DEVICES,
    messagesPerSecond,
    metrics: ['heartRate', 'spo2'],
  } as never);

/** Device messages on the log, each id once, in the order of the log. */
async function readAll(hub: RunningEventHub, count: number): Promise<DeviceMessage[]> {
  const consumer = new EventHubConsumerClient('live', hub.connectionString('platform'), 'vigil');
  const found = new Map<string, DeviceMessage>();
  consumer.subscribe(
    {
      processEvents: (events) => {
        for (const { body } of events as { body: DeviceMessage }[]) {
          if (body.kind === 'deviceMessage' && !found.has(body.id)) found.set(body.id, body);
        }
        return Promise.resolve();
      },
      processError: () => Promise.resolve(),
    },
    { startPosition: earliestEventPosition, maxBatchSize: 500, maxWaitTimeInSeconds: 1 },
  );
  try {
    await until(`${count} messages on the log`, () => found.size >= count, 20_000);
  } finally {
    await consumer.close();
  }
  return [...found.values()];
}

/** Everything that was acknowledged is there, and each device's messages are in order as first seen. */
function check(messages: readonly DeviceMessage[], acked: number, isOrdered: boolean): void {
  expect(messages.length).toBeGreaterThanOrEqual(acked);
  for (const { deviceId } of DEVICES) {
    const seqs = messages.filter((m) => m.deviceId === deviceId).map((m) => m.seq);
    expect([...seqs].sort((a, b) => a - b)).toEqual(seqs.map((_, i) => i));
    if (isOrdered) expect(seqs).toEqual(seqs.map((_, i) => i));
  }
}

const drained = (gateway: Gateway): Promise<boolean> => until('nothing waits', () => gateway.pending() === 0, 40_000);

test.concurrent(
  `a line that is cut and mended ${FLAPS} times loses nothing and keeps the order`,
  async () => {
    const { hub, line, gateway, said } = await bench();
    const running = load(gateway);
    await running.ready;
    for (let i = 0; i < FLAPS; i++) {
      line.mend();
      await sleep(FLAP_MS);
      line.cut();
      await sleep(FLAP_MS);
    }
    line.mend();
    const { acked } = await running.stop(5_000);
    await drained(gateway);
    check(await readAll(hub, acked), acked, flapMinutes === 0);
    expect(acked).toBeGreaterThan(FLAPS * 20);
    expect(said.some(({ msg }) => msg === 'log takes records again')).toBe(true);
  },
  120_000 + flapMinutes * 60_000,
);

test.concurrent(
  'a hub that takes connections and says nothing is given up and found again',
  async () => {
    const { hub, line, gateway } = await bench();
    line.mend();
    const running = load(gateway);
    await running.ready;
    await sleep(500);
    line.swallow();
    await sleep(3_000);
    line.mend();
    const { acked } = await running.stop(5_000);
    await drained(gateway);
    check(await readAll(hub, acked), acked, true);
  },
  120_000,
);

test.concurrent(
  'a hub that is busy by its throughput units gets everything in order, as fast as it takes it',
  async () => {
    const { hub, line, gateway } = await bench({ throughputUnits: 1 });
    const running = load(gateway, 2_000);
    await running.ready;
    // More than two seconds of what one unit takes.
    await until('enough to be refused', () => gateway.pending() > 2_500, 20_000);
    const { acked } = await running.stop(5_000);
    line.mend();
    await drained(gateway);
    const refused = (await hub.metrics.throttled.get()).values.find(({ labels }) => labels.direction === 'in');
    expect(refused?.value).toBeGreaterThan(0);
    check(await readAll(hub, acked), acked, true);
  },
  120_000,
);

test.concurrent(
  'a hub with other keys is said with what to do; one with fewer partitions gets everything in order',
  async () => {
    const { hub, hubDir, line, gateway, said } = await bench();
    const folder = await mkdtemp(join(tmpdir(), 'vigil-other-hub-'));
    line.mend();
    const earlier = load(gateway);
    await earlier.ready;
    await sleep(500);
    await earlier.stop(5_000);
    await drained(gateway);
    const { port } = hub;
    await hub.stop();
    const running = load(gateway);
    const strange = await startEventHub({ dataDir: join(folder, 'strange'), port, segmentBytes: SEGMENT_BYTES });
    const isSaid = (): boolean =>
      said.some(({ code, msg }) => code === 'log-refused' && msg.includes('mend EVENT_HUBS_CONNECTION_STRING'));
    await until('the advice', isSaid, 30_000);
    await running.ready;
    await sleep(500);
    const { acked } = await running.stop(5_000);
    expect(gateway.pending()).toBeGreaterThan(0);
    await strange.stop();
    // The hub of before was made anew, with three partitions and the keys that it had.
    const dataDir = join(folder, 'smaller');
    await mkdir(dataDir);
    await copyFile(join(hubDir, 'keys.json'), join(dataDir, 'keys.json'));
    const hubs = DEFAULT_HUBS.map((spec) => ({ ...spec, partitions: 3 }));
    const smaller = await startEventHub({ dataDir, port, hubs, segmentBytes: SEGMENT_BYTES });
    closers.push(() => smaller.stop());
    await drained(gateway);
    check(await readAll(smaller, acked), acked, true);
  },
  120_000,
);
