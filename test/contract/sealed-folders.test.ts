/**
 * Nothing that a device sent is readable in any file of the gateway's or the hub's folder: through rotations of both
 * keys, an outage of the hub, and a crash of both. The real gateway and the real hub, on real folders.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { SystemClock } from '@vigil/clock';
import { type BedId, type GatewayId, LogEvent } from '@vigil/contracts';
import { BedTable, DeviceList, DeviceRegistry, type Gateway, HubUplink, startGateway } from '@vigil/edge-gateway';
import { type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { keyFileIds, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { connectAsync, type MqttClient } from 'mqtt';
import { until } from '../support/until.js';

const CANARY = 'ZEBEDEE-QUAGMIRE';
/** A boot id that stands nowhere else: the one text of a device's own choosing that a good message carries. */
const BOOT = 'c0ffee11-57a1-4f7c-9d9f-5afe5afe5afe';
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const token = 'token-of-the-only-device';
const TOPIC = 'vigil/v1/mon-1/observations';

/** The canary as it is, in UTF-16, in hex, and as base64 has it at each of three alignments. */
function formsOf(text: string): readonly Buffer[] {
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(text)]).toString('base64');
    return Buffer.from(encoded.slice(shift === 0 ? 0 : 4, Math.floor(encoded.length / 4) * 4 - 4));
  });
  return [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('hex')), ...base64];
}
const NEEDLES = [CANARY, BOOT].flatMap(formsOf);

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}
const hits = (folder: string): string[] =>
  filesOf(folder).filter((path) => {
    const bytes = readFileSync(path);
    return NEEDLES.some((needle) => bytes.includes(needle));
  });

/** Everything that may go wrong with what a device sends, each with the canary in it. */
function payloads(seq: number): string[] {
  const good = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' };
  const message = (observations: unknown[], more: object = {}): string =>
    JSON.stringify({ bootId: BOOT, seq, atMs: Date.now(), origin: 'test', observations, ...more });
  return [
    message([good]),
    `{"patient":"${CANARY}"`,
    CANARY.repeat(50),
    message([good, { ...good, metric: CANARY }]),
    message([good, { ...good, value: CANARY }]),
    message([good], { [CANARY]: 1 }),
    message([{ ...good, [CANARY]: CANARY }]),
  ];
}

interface Pair {
  readonly hub: RunningEventHub;
  readonly gateway: Gateway;
  readonly mon: MqttClient;
}

const folder = mkdtempSync(join(tmpdir(), 'vigil-canary-'));
const [hubDir, gatewayDir] = [join(folder, 'hub'), join(folder, 'gateway')];
const KEY_FILES = [hubDir, gatewayDir].map((dir) => join(dir, 'kek.json'));
const running: Pair[] = [];
afterAll(async () => {
  for (const { hub, gateway, mon } of running) {
    await mon.endAsync(true);
    await gateway.stop(500);
    await hub.stop();
  }
});

const startHub = (port: number): Promise<RunningEventHub> => startEventHub({ dataDir: hubDir, port, segmentBytes: 1024 * 1024 });

async function startPair(): Promise<Pair> {
  const hub = await startHub(0);
  const clock = new SystemClock();
  const beds = new BedTable();
  beds.replace({ v: 1, gatewayId: 'gw-1', rate: 1, devices: [{ deviceId: 'mon-1', bedId: 'icu-1' as BedId }] });
  const settings = { connectionString: hub.connectionString('gateway'), hubName: 'vigil', identifier: 'canary' };
  const gateway = await startGateway({
    ...{ gatewayId: 'gw-1' as GatewayId, dataDir: gatewayDir, mqttPort: 0, httpPort: 0, clock, beds },
    uplink: new HubUplink(settings, clock, SILENT),
    registry: new DeviceRegistry(DeviceList.parse([{ deviceId: 'mon-1', token }])),
  });
  const login = { protocolVersion: 4, clientId: 'mon-1', username: 'mon-1', password: token } as const;
  return { hub, gateway, mon: await connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, login) };
}

async function publishAll({ mon }: Pair, seq: number): Promise<void> {
  for (const [i, payload] of payloads(seq * 10).entries()) {
    await mon.publishAsync(TOPIC, payload.replace(`"seq":${seq * 10}`, `"seq":${seq * 10 + i}`), { qos: 1 });
  }
}

async function rotateBoth({ gateway }: Pair): Promise<void> {
  for (const path of KEY_FILES) {
    const { current } = await keyFileIds(path);
    await rotateKeyFile(path);
    await until(`${path} is followed`, async () => isFollowed(path, gateway), 30_000);
    await retireKey(path, current);
  }
}

/** Both look every 5 s; what they depend on is in the headers, which name their key. */
async function isFollowed(path: string, gateway: Gateway): Promise<boolean> {
  const { current } = await keyFileIds(path);
  const dir = path.replace(/kek\.json$/, '');
  const segments = filesOf(dir).filter((name) => name.endsWith('.seg') && !name.includes('quarantine'));
  const { values } = await gateway.metrics.segmentsToRewrap.get();
  const isUnder = (name: string): boolean => readFileSync(name).subarray(0, 300).includes(current);
  const under = segments.filter((name) => isUnder(name) || filesOf(dir).some((side) => side === `${name}.key` && isUnder(side)));
  return under.length === segments.length && values[0]!.value === 0;
}

async function readAll(hub: RunningEventHub, holds: (events: readonly LogEvent[]) => boolean): Promise<LogEvent[]> {
  const consumer = new EventHubConsumerClient('live', hub.connectionString('platform'), 'vigil');
  const events: LogEvent[] = [];
  consumer.subscribe(
    {
      processEvents: async (batch) => void events.push(...batch.map(({ body }) => LogEvent.parse(body))),
      processError: async () => undefined,
    },
    { startPosition: earliestEventPosition, maxBatchSize: 500, maxWaitTimeInSeconds: 1 },
  );
  await until('all events are read', () => holds(events), 20_000);
  await consumer.close();
  return events;
}

test('no file of gateway or hub shows what a device sent, after outages, rotations and a crash', async () => {
  const pair = await startPair();
  await publishAll(pair, 0);
  await pair.hub.stop();
  // Everything stays on the spool meanwhile.
  await publishAll(pair, 1);
  expect(hits(folder)).toEqual([]);
  const again = { ...pair, hub: await startHub(pair.hub.port) };
  running.push(again);
  await rotateBoth(again);
  await publishAll(again, 2);
  const crashed = mkdtempSync(join(tmpdir(), 'vigil-canary-crash-'));
  cpSync(folder, crashed, { recursive: true });
  expect([hits(folder), hits(crashed)]).toEqual([[], []]);
  expect(filesOf(crashed).filter((path) => path.endsWith('.seg')).length).toBeGreaterThan(2);

  // The search would find it: what came out at the other end has the canary in it, and only where bad input is kept.
  const events = await readAll(again.hub, (all) => all.filter((event) => event.kind === 'reject').length >= 18);
  const rejects = events.flatMap((event) => (event.kind === 'reject' ? [event] : []));
  const text = JSON.stringify(rejects);
  expect(
    formsOf(CANARY)
      .slice(3)
      .some((needle) => text.includes(needle.toString())),
  ).toBe(true);
  expect(rejects.filter(({ reason, path, expected }) => [reason, path, expected].join().includes(CANARY))).toEqual([]);
  expect(JSON.stringify(events)).toContain(BOOT);
}, 120_000);
