/** What clients see of a hub that stops, is killed or can't start. The process itself is the built one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { closingLast, EARLIEST, newFolder, producerFor, read, retryOptions, start, until } from './event-hub-clients.js';

const MAIN = join(import.meta.dirname, '../../packages/event-hub/dist/main.js');

describe('restarts', () => {
  test('after a graceful stop producers and consumers go on without waiting for a time-out, and without an error', async () => {
    const dataDir = newFolder();
    const hub = await start({ dataDir });
    const connection = hub.connectionString('platform');
    // Longer than the test may take.
    const producer = producerFor(connection, 'vigil', { ...retryOptions, timeoutInMs: 300_000 });
    const wait = { startPosition: EARLIEST, maxWaitTimeInSeconds: 300 };
    const readers = [
      read(connection, { ...wait, partition: '0' }),
      read(connection, { ...wait, partition: '0', group: 'live', ownerLevel: 1 }),
    ];
    await producer.sendBatch([{ body: 1 }], { partitionId: '0' });
    for (const reader of readers) await until('the first event', () => reader.events.length === 1);
    await hub.stop();
    await start({ dataDir, port: hub.port });
    await producer.sendBatch([{ body: 2 }], { partitionId: '0' });
    for (const reader of readers) await until('the second event', () => reader.events.length === 2);
    for (const reader of readers) {
      expect(reader.events.map((e) => e.body as unknown)).toEqual([1, 2]);
      expect(reader.errors).toEqual([]);
    }
  });

  test('a restart keeps events, sequence numbers, offsets and times, and the hub’s own time of creation', async () => {
    const dataDir = newFolder();
    const hub = await start({ dataDir });
    const producer = producerFor(hub.connectionString('platform'));
    for (const body of ['a', 'b']) await producer.sendBatch([{ body }], { partitionId: '3' });
    const look = async (port: number): Promise<unknown[]> => {
      const connection = hub.connectionString('platform').replace(`:${hub.port}/`, `:${port}/`);
      const client = producerFor(connection);
      const reader = read(connection, { partition: '3', startPosition: EARLIEST });
      await until('both', () => reader.events.length === 2);
      const seen = reader.events.map((e) => [e.body as unknown, e.sequenceNumber, e.offset, e.enqueuedTimeUtc]);
      await reader.close();
      return [seen, await client.getPartitionProperties('3'), (await client.getEventHubProperties()).createdOn];
    };
    const before = await look(hub.port);
    await hub.stop();
    const again = await start({ dataDir });
    expect(await look(again.port)).toEqual(before);
  });

  const built = existsSync(MAIN) ? test : test.skip;
  if (!existsSync(MAIN)) process.stdout.write('skipped: restarts of the hub process (it is not built; `npm run build`)\n');

  async function spawnHub(dataDir: string, port = 0): Promise<{ process: ChildProcess; port: number; connection: string }> {
    const child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, '--port', String(port), '--http-port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closingLast.push(async () => child.kill('SIGKILL'));
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line) as { msg: string; port: number };
      if (entry.msg !== 'hub ready') continue;
      const { keys } = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as {
        keys: { name: string; primary: string }[];
      };
      const key = keys.find((k) => k.name === 'platform')!.primary;
      const connection = `Endpoint=sb://127.0.0.1:${entry.port}/;SharedAccessKeyName=platform;SharedAccessKey=${key};UseDevelopmentEmulator=true`;
      return { process: child, port: entry.port, connection };
    }
    throw new Error('the hub ended before it was ready');
  }

  built('kill -9 under load loses nothing that was acknowledged; order and numbers have no gap', async () => {
    const dataDir = newFolder();
    let hub = await spawnHub(dataDir);
    const { port, connection } = hub;
    const acknowledged: number[][] = Array.from({ length: 8 }, () => []);
    let isLoading = true;
    // A send that is under way when the hub is killed waits for its time-out.
    const producer = producerFor(connection, 'vigil', { ...retryOptions, timeoutInMs: 1000 });
    const lane = async (partition: number): Promise<void> => {
      for (let n = 0; isLoading; n += 20) {
        const batch = Array.from({ length: 20 }, (_, i) => ({ body: n + i }));
        try {
          await producer.sendBatch(batch, { partitionId: String(partition) });
          acknowledged[partition]!.push(...batch.map((e) => e.body));
        } catch {
          // Not acknowledged: whether it is there is left open.
        }
      }
    };
    const lanes = Promise.all(acknowledged.map((_, partition) => lane(partition)));
    for (let round = 0; round < 3; round++) {
      const before = acknowledged.flat().length;
      await until('some load', () => acknowledged.flat().length > before + 2000);
      hub.process.kill('SIGKILL');
      await once(hub.process, 'exit');
      hub = await spawnHub(dataDir, port);
    }
    isLoading = false;
    await lanes;
    const reader = read(connection, { startPosition: EARLIEST, maxBatchSize: 1000 });
    const ends = await Promise.all(acknowledged.map((_, p) => producer.getPartitionProperties(String(p))));
    const total = ends.reduce((sum, e) => sum + e.lastEnqueuedSequenceNumber + 1, 0);
    await until(`all ${total} events`, () => reader.events.length >= total);
    acknowledged.forEach((sent, p) => {
      const events = reader.byPartition.get(String(p)) ?? [];
      expect(events.map((e) => e.sequenceNumber)).toEqual(events.map((_, i) => i));
      const firstSeen = [...new Set(events.map((e) => Number(e.body)))];
      const found = new Set(firstSeen);
      expect(sent.filter((body) => !found.has(body))).toEqual([]);
      expect(firstSeen).toEqual([...firstSeen].sort((a, b) => a - b));
    });
  });

  built('a second process on the same folder, and a port that is taken, end with one line that says why', async () => {
    const dataDir = newFolder();
    const { port } = await spawnHub(dataDir);
    const failing = async (...flags: string[]): Promise<string[]> => {
      const child = spawn(process.execPath, [MAIN, '--http-port', '0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push((JSON.parse(line) as { msg: string }).msg));
      await once(child, 'close');
      expect(child.exitCode).toBe(1);
      return lines;
    };
    expect(await failing('--data-dir', dataDir, '--port', '0')).toEqual([expect.stringMatching(/in use by process \d+/)]);
    expect(await failing('--data-dir', newFolder(), '--port', String(port))).toEqual([
      expect.stringMatching(/port \d+ is taken/),
    ]);
  });

  built('SIGTERM ends it cleanly, and health and metrics are served meanwhile', async () => {
    const dataDir = newFolder();
    const hub = await start({ httpPort: 0 });
    const get = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).text();
    expect(await get('/health/live')).toContain('live');
    expect(await get('/health/ready')).toContain('ready');
    expect(await get('/metrics')).toContain('vigil_hub_flush_seconds');
    const spawned = await spawnHub(dataDir);
    spawned.process.kill('SIGTERM');
    const [code] = (await once(spawned.process, 'exit')) as [number];
    expect(code).toBe(0);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });
});
