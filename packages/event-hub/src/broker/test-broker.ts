/** A broker on a fake clock and a raw AMQP client of it, for tests. */
import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { openKeyFile } from '@vigil/sealed-records';
import rhea from 'rhea';
import { createMetrics } from '../admin/metrics.js';
import { newSecret } from '../auth/key-file.js';
import { OpenHub } from '../hub.js';
import { DEFAULT_RETENTION, newMeta } from '../hub-meta.js';
import { BROKER_LIMITS, type BrokerLimits } from '../limits.js';
import { type Broker, newBroker } from './broker.js';
import { serveAmqp } from './server.js';

const SECRET = newSecret();
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const closing: (() => Promise<unknown> | void)[] = [];

/** Call after each test. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export interface Rig {
  readonly broker: Broker;
  readonly clock: FakeClock;
  readonly hub: OpenHub;
  readonly port: number;
}

export async function rig(limits: Partial<BrokerLimits> = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-broker-'));
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const keys = await openKeyFile(join(folder, 'kek.json'), { create: 'if-missing' });
  const log = {
    segmentBytes: 1024 * 1024,
    tailCacheBytes: 1024 * 1024,
    pendingBytesMax: 1024 * 1024,
    onFailure: () => undefined,
  };
  const meta = newMeta({ name: 'hub', partitions: 4, consumerGroups: ['group'], retention: DEFAULT_RETENTION }, clock.wallMs());
  const hub = await OpenHub.open(join(folder, 'hub'), meta, { ...log, keys, clock });
  const key = { name: 'all', rights: ['Send' as const, 'Listen' as const], primary: SECRET, secondary: newSecret() };
  const parts = { hubs: new Map([['hub', hub]]), keys: new Map([['all', key]]), clock, log: SILENT, metrics: createMetrics() };
  const broker = newBroker(parts, { ...BROKER_LIMITS, ...limits });
  const listener = { host: '127.0.0.1', port: 0, serve: (take: (socket: Socket) => void) => ({ server: createServer(take) }) };
  const server = await serveAmqp(broker, [listener]);
  closing.push(
    () => hub.log.close(),
    async () => {
      const stopped = server.stop();
      await clock.advance(5000);
      await stopped;
    },
  );
  return { broker, clock, hub, port: server.ports[0]! };
}

function tokenUntil(seconds: number): string {
  const resource = encodeURIComponent('sb://localhost/hub');
  const signature = createHmac('sha256', SECRET).update(`${resource}\n${seconds}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${seconds}&skn=all`;
}

export const event = (emitter: rhea.Connection | rhea.Sender | rhea.Receiver, name: string): Promise<rhea.EventContext> =>
  new Promise((resolve) => emitter.once(name, resolve));

export async function connected({ port, clock }: Rig, more: object = {}) {
  const connection = rhea.create_container().connect({ port, host: '127.0.0.1', reconnect: false, username: 'all', ...more });
  for (const name of ['disconnected', 'connection_error', 'sender_error', 'receiver_error', 'connection_close']) {
    connection.on(name, () => undefined);
  }
  closing.push(() => connection.close());
  await event(connection, 'connection_open');
  const answers = connection.open_receiver({ source: '$cbs', name: 'cbs', credit_window: 10 });
  const requests = connection.open_sender({ target: '$cbs' });
  await event(requests, 'sendable');
  const putToken = async (livesMs: number): Promise<unknown> => {
    requests.send({
      ...{ message_id: '1', reply_to: 'cbs', body: tokenUntil(Math.round((clock.wallMs() + livesMs) / 1000)) },
      application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: 'sb://localhost/hub' },
    });
    const { message: answer } = await event(answers, 'message');
    return answer?.application_properties?.['status-code'];
  };
  return { connection, putToken };
}
