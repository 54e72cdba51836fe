import { connect as connectTcp, type Socket } from 'node:net';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, SystemClock } from '@vigil/clock';
import type { GatewayConfig, GatewayId, WireMessage } from '@vigil/contracts';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { BedTable } from '../devices/bed-table.js';
import { DeviceList, DeviceRegistry } from '../devices/registry.js';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.js';
import { FakeDisk } from './fake-disk.js';
import { FakeLog } from './fake-log.js';
import { testKeys } from './spool-fixture.js';

export { until } from './until.js';
export const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
export const tokenOf = (deviceId: string): string => `token-of-${deviceId}-0123456789`;

export interface GatewayFixture extends Gateway {
  readonly log: FakeLog;
  readonly disk: FakeDisk;
  readonly registry: DeviceRegistry;
  readonly beds: BedTable;
  readonly clock: Clock;
}

export function devices(...ids: string[]): DeviceList {
  return DeviceList.parse(ids.map((deviceId) => ({ deviceId, token: tokenOf(deviceId) })));
}

/** A whole gateway on free ports with two devices, of which the first has a bed; disk and log are fakes. */
export async function gateway(more: Partial<GatewayOptions> = {}): Promise<GatewayFixture> {
  const log = new FakeLog();
  const disk = new FakeDisk();
  const registry = new DeviceRegistry(devices('mon-1', 'mon-2'));
  const beds = new BedTable();
  beds.replace({
    v: 1,
    gatewayId: 'gw-1',
    devices: [{ deviceId: 'mon-1', bedId: 'icu-1' }],
    rate: 1,
  } as unknown as GatewayConfig);
  const clock = more.clock ?? new SystemClock();
  const started = await startGateway({
    gatewayId: 'gw-1' as GatewayId,
    dataDir: await mkdtemp(join(tmpdir(), 'vigil-gateway-')),
    mqttPort: 0,
    httpPort: 0,
    uplink: log,
    registry,
    beds,
    disk,
    keys: await testKeys(),
    ...more,
    clock,
  });
  return { ...started, log, disk, registry, beds, clock };
}

export function device(at: Gateway, deviceId: string, more: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${at.mqttPort}`, {
    protocolVersion: 4,
    clientId: deviceId,
    username: deviceId,
    password: tokenOf(deviceId),
    reconnectPeriod: 0,
    connectTimeout: 4_000,
    ...more,
  });
}

export function message(seq: number, change: Partial<Record<keyof WireMessage, unknown>> = {}): string {
  const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];
  return JSON.stringify({ bootId: BOOT, seq, atMs: Date.now(), observations, ...change });
}

export interface RawSocket {
  readonly socket: Socket;
  readonly received: Buffer[];
  readonly closed: Promise<void>;
}

export async function raw(at: Gateway): Promise<RawSocket> {
  const socket = connectTcp(at.mqttPort, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received, closed };
}

/** The value of one metric, summed over its labels that match. */
export async function metric(at: Gateway, name: string, labels: Record<string, string> = {}): Promise<number> {
  const found = at.metrics.registry.getSingleMetric(name);
  const values = (await found!.get()).values as { value: number; labels: Record<string, unknown> }[];
  const match = values.filter((v) => Object.entries(labels).every(([k, x]) => v.labels[k] === x));
  return match.reduce((sum, v) => sum + v.value, 0);
}
