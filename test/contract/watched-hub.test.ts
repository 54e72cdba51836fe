/** The watchdog's view of a hub that can be read and takes nothing. */
import { SystemClock } from '@vigil/clock';
import { GatewayStatus } from '@vigil/contracts';
import { ClientWatchedHub } from '../../src/adapters/watchdog/client-watched-hub.js';
import { hubRefusal } from '../../src/adapters/watchdog/hub-refusal.js';
import { closing, newFolder, start } from './event-hub-clients.js';

const gatewayIds = [GatewayStatus.shape.gatewayId.parse('gw-1')];

function watched(connectionString: string, httpPort: number): ClientWatchedHub {
  const refusal = (): Promise<string | null> => hubRefusal(`http://127.0.0.1:${httpPort}`);
  const options = { connectionString, hubName: 'vigil', gatewayIds, identifier: 'watchdog-test', clock: new SystemClock() };
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
