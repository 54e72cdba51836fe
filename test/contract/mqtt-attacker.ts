import { connect, type Socket } from 'node:net';
import { connectAsync } from 'mqtt';
import { connectBytes, publishBytes } from '../../edge-gateway/src/test-support/mqtt-bytes.js';
import { tokenOf } from '../support/gateway-process.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';

export function wireMessage(seq: number): string {
  const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];
  return JSON.stringify({ bootId: BOOT, seq, atMs: Date.now(), origin: 'test', observations });
}

export const login = (deviceId: string): Buffer =>
  connectBytes({ clientId: deviceId, username: deviceId, password: tokenOf(deviceId) });

export interface Opened {
  readonly socket: Socket;
  /** Resolves with how long it was open. */
  readonly closed: Promise<number>;
}

/** A TCP connection; errors of it are what attacks live on. */
export async function open(port: number): Promise<Opened> {
  const socket = connect(port, '127.0.0.1');
  const fromMs = performance.now();
  socket.on('error', () => undefined).on('data', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now() - fromMs)));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  return { socket, closed };
}

/** A generator whose numbers a seed repeats (Lehmer). */
export function randomFrom(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

/** One packet of each kind, right as it is. */
const PACKETS = (deviceId: string): readonly Buffer[] =>
  [
    login(deviceId),
    publishBytes(`vigil/v1/${deviceId}/observations`, wireMessage(1)),
    publishBytes(`vigil/v1/${deviceId}/status`, '{"state":"online"}', 0x33),
    ...['2002 0000', '4002 0007', '5002 0007', '6202 0007', '7002 0007', '8206 0007 0001 6100', '9003 0007 00'],
    ...['a205 0007 0001 61', 'b002 0007', 'c000', 'd000', 'e000', 'f000'],
  ].map((p) => (typeof p === 'string' ? Buffer.from(p.replaceAll(' ', ''), 'hex') : p));

/** A packet of any kind with a few bytes wrong, too few or too many. */
export function mutated(deviceId: string, random: (below: number) => number): Buffer {
  const packets = PACKETS(deviceId);
  const bytes = Buffer.from(packets[random(packets.length)]!);
  for (let k = random(5); k > 0; k--) bytes[random(bytes.length)] = random(256);
  if (random(4) === 0) return bytes.subarray(0, random(bytes.length) + 1);
  if (random(4) === 0) return Buffer.concat([bytes, Buffer.from(Array.from({ length: random(64) }, () => random(256)))]);
  return bytes;
}

export interface Bystander {
  /** Milliseconds from PUBLISH to PUBACK since the last call, sorted. */
  take(): number[];
  stop(): Promise<void>;
}

/** A well-behaved device that publishes at a steady rate and takes the time of each acknowledgement. */
export async function bystander(port: number, deviceId: string, perSecond: number): Promise<Bystander> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...{ protocolVersion: 4, clientId: deviceId, username: deviceId, password: tokenOf(deviceId), reconnectPeriod: 0 },
  });
  let [seq, times] = [0, [] as number[]];
  const pending = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const fromMs = performance.now();
    const sent = client
      .publishAsync(`vigil/v1/${deviceId}/observations`, wireMessage(seq++), { qos: 1 })
      .then(() => void times.push(performance.now() - fromMs));
    pending.add(sent);
    void sent.finally(() => pending.delete(sent)).catch(() => undefined);
  }, 1_000 / perSecond);
  return {
    take() {
      const taken = times.sort((a, b) => a - b);
      times = [];
      return taken;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      await client.endAsync();
    },
  };
}

export const p99 = (sorted: readonly number[]): number => sorted[Math.floor((sorted.length - 1) * 0.99)] ?? Infinity;

/** Does `work` so many times, `atOnce` of them at a time. */
export async function inParallel(count: number, atOnce: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) await work(next++);
    }),
  );
}
