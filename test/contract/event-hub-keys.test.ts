/** Access keys while the hub runs: rotation, limits to hubs, and what becomes of clients that are connected. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FakeClock } from '@vigil/clock';
import type { RunningEventHub } from '@vigil/event-hub';
import { kindsOf, newFolder, noRetries, producerFor, start } from './event-hub-clients.js';
import { partsOf, signedConnection } from './event-hub-sas.js';

const HUB = join(import.meta.dirname, '../../packages/event-hub/dist/main.js');
const HUBS = ['vigil', 'vigil2'].map((name) => ({ name, partitions: 2, consumerGroups: ['alarms'] }));
const HOUR_MS = 3_600_000;

interface Running {
  readonly hub: RunningEventHub;
  readonly clock: FakeClock;
  /** Runs a command as a person would, and waits until the hub has read the file again. */
  command(...args: string[]): Promise<string>;
  connection(keyName: string, ...more: string[]): Promise<string>;
}

async function running(): Promise<Running> {
  const [dataDir, clock] = [newFolder(), new FakeClock(Date.now())];
  const lines: string[] = [];
  const log = { info: (_: object, msg: string) => void lines.push(msg), warn: () => undefined, error: () => undefined };
  const hub = await start({ dataDir, clock, log, hubs: HUBS });
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [HUB, ...args, '--data-dir', dataDir])).stdout.trim();
  const command = async (...args: string[]): Promise<string> => {
    const before = lines.length;
    const said = await run(...args);
    for (let i = 0; i < 200 && lines.length === before; i++) {
      await clock.advance(5_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lines.slice(before)).toEqual(['shared access keys: taken up as they are now']);
    return said;
  };
  const port = ['--port', String(hub.port)];
  return {
    hub,
    clock,
    command,
    connection: (keyName, ...more) => run('connection-string', '--key-name', keyName, ...port, ...more),
  };
}

const send = (connection: string, hubName = 'vigil'): Promise<string[]> =>
  producerFor(connection, hubName, noRetries)
    .sendBatch([{ body: 1 }])
    .then(() => ['sent'], kindsOf);

test('the command prints what clients connect by, and its hub when that is asked for', async () => {
  const { hub, connection } = await running();
  expect(await connection('platform')).toBe(hub.connectionString('platform'));
  expect(await connection('platform', '--hub', 'vigil2')).toContain(';EntityPath=vigil2;');
  await expect(connection('nobody')).rejects.toThrow(/there is no key nobody; there are gateway/);
});

test('a rotation needs no restart: the former primary goes on as the secondary, then ends', async () => {
  const { hub, command } = await running();
  const before = hub.connectionString('gateway');
  const said = await command('keys', 'rotate', 'gateway');
  expect(said).not.toContain(partsOf(hub.connectionString('gateway')).key);
  expect(hub.connectionString('gateway')).not.toBe(before);
  expect(await send(hub.connectionString('gateway'))).toEqual(['sent']);
  expect(await send(before)).toEqual(['sent']);
  await command('keys', 'rotate', 'gateway', '--secondary');
  expect(await send(before)).toEqual(['UnauthorizedError']);
  expect(await send(hub.connectionString('gateway'))).toEqual(['sent']);
});

test('a client of a key that was removed goes on until its token expires, as at the service, and no new one is let in', async () => {
  const { hub, command, clock } = await running();
  const connection = hub.connectionString('gateway');
  const producer = producerFor(connection, 'vigil', noRetries);
  await producer.sendBatch([{ body: 1 }]);
  await command('keys', 'remove', 'gateway');
  await producer.sendBatch([{ body: 2 }]);
  expect(await send(connection)).toEqual(['UnauthorizedError']);
  for (let i = 0; i < 14; i++) await clock.advance(5 * 60_000);
  expect(await producer.sendBatch([{ body: 3 }]).then(() => ['sent'], kindsOf)).toEqual(['UnauthorizedError']);
});

test('a key of one hub opens that hub, for all that it has a right to, and no other', async () => {
  const { command, connection } = await running();
  await command('keys', 'create', 'ward', '--rights', 'Send', '--hub', 'vigil');
  const own = await connection('ward');
  expect(await send(own)).toEqual(['sent']);
  expect(await producerFor(own).getPartitionIds()).toEqual(['0', '1']);
  expect(await send(own, 'vigil2')).toEqual(['UnauthorizedError']);
  const other = producerFor(own, 'vigil2', noRetries);
  expect(await other.getPartitionIds().then(() => ['seen'], kindsOf)).toEqual(['UnauthorizedError']);
  expect(await send(signedConnection(own, { path: '', expiresMs: Date.now() + HOUR_MS }), 'vigil2')).toEqual([
    'UnauthorizedError',
  ]);
});

test('a start that finds a log without its keys.json makes new keys and says so', async () => {
  const dataDir = newFolder();
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (_: object, msg: string) => void warned.push(msg), error: () => undefined };
  const first = await start({ dataDir, log });
  await producerFor(first.connectionString('gateway')).sendBatch([{ body: 1 }]);
  await first.stop();
  rmSync(join(dataDir, 'keys.json'));
  const second = await start({ dataDir, log });
  expect(second.connectionString('gateway')).not.toBe(first.connectionString('gateway'));
  expect(warned).toEqual([expect.stringContaining('keys.json was missing beside a log')]);
});
