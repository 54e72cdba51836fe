/** The watchdog's view of a hub that can be read and takes nothing. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SystemClock } from '@vigil/clock';
import { GatewayStatus, LogEvent } from '@vigil/contracts';
import { ClientWatchedHub } from '../../src/adapters/watchdog/client-watched-hub.js';
import { hubRefusal } from '../../src/adapters/watchdog/hub-refusal.js';
import { closing, newFolder, start } from './event-hub-clients.js';

const IDENTITY = { hubName: 'vigil', identifier: 'watchdog-test' };
const gatewayIds = [GatewayStatus.shape.gatewayId.parse('gw-1')];
const lost = LogEvent.parse({
  ...{ v: 1, kind: 'gatewayLost', id: 'lost-1', key: 'gateway:gw-1', origin: 'simulated', atMs: 1_000 },
  ...{ gatewayId: 'gw-1', bedIds: ['icu-1'] },
});

function watched(connectionString: string, httpPort: number): ClientWatchedHub {
  const refusal = (): Promise<string | null> => hubRefusal(`http://127.0.0.1:${httpPort}`);
  const options = { ...IDENTITY, connectionString, gatewayIds, clock: new SystemClock() };
  const hub = new ClientWatchedHub({ ...options, refusal });
  closing.push(() => hub.close());
  return hub;
}

test('a hub whose disk is full is away, not one without gateways', async () => {
  const dataDir = newFolder();
  const full = await start({ dataDir, httpPort: 0, freeBytesMin: Number.MAX_SAFE_INTEGER });
  const probe = watched(full.connectionString('watchdog'), full.httpPort!).probe();
  await expect(probe).rejects.toMatchObject({
    code: 'log-unavailable',
    cause: { message: 'the hub takes no events: disk-full' },
  });
  await full.stop();
  const roomy = await start({ dataDir, httpPort: 0 });
  expect(await watched(roomy.connectionString('watchdog'), roomy.httpPort!).probe()).toBe(true);
});

test('a hub that can not be asked for its health is judged by the log alone', async () => {
  const hub = await start({ httpPort: 0 });
  expect(await hubRefusal('http://127.0.0.1:1')).toBeNull();
  expect(await watched(hub.connectionString('watchdog'), 1).probe()).toBe(true);
});

test('a hub that takes connections and says nothing is away within the time of one question, for questions and for events', async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    mute.close();
    for (const socket of sockets) socket.destroy();
    return Promise.resolve();
  });
  const endpoint = `Endpoint=sb://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
  const connectionString = `${endpoint};SharedAccessKeyName=watchdog;SharedAccessKey=x;UseDevelopmentEmulator=true`;
  const clock = new SystemClock();
  const silent = new ClientWatchedHub({ ...IDENTITY, connectionString, gatewayIds, clock, callMsMax: 500 });
  closing.push(() => silent.close());
  await expect(silent.probe()).rejects.toMatchObject({ name: 'OperationTimeoutError' });
  await expect(silent.append([lost])).rejects.toMatchObject({ name: 'OperationTimeoutError' });
}, 10_000);
