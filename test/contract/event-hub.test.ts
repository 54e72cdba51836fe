/** The unmodified Event Hubs client against the real hub: what the platform and the gateway rely on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type CheckpointStore,
  EventHubBufferedProducerClient,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventPosition,
  type PartitionOwnership,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { jest } from '@jest/globals';
import { type EventHubOptions, partitionOfKey, type RunningEventHub, startEventHub } from '@vigil/event-hub';

jest.setTimeout(60_000);

const MAIN = join(import.meta.dirname, '../../packages/event-hub/dist/main.js');
const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1000, timeoutInMs: 5000 };
const EARLIEST: EventPosition = { offset: '-1' };

const closing: (() => Promise<unknown>)[] = [];
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-hub-'));

async function start(options: Partial<EventHubOptions> = {}): Promise<RunningEventHub> {
  const hub = await startEventHub({ dataDir: newFolder(), port: 0, segmentBytes: 1024 * 1024, ...options });
  closing.push(() => hub.stop());
  return hub;
}

const producerFor = (connection: string, name = 'vigil'): EventHubProducerClient => {
  const client = new EventHubProducerClient(connection, name, { retryOptions });
  closing.push(() => client.close());
  return client;
};

async function until(what: string, does: () => boolean, withinMs = 15_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; !does();) {
    if (Date.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The client wraps what happened in each retry, sometimes twice. */
function flatten(error: Error & { code?: string; errors?: Error[] }): (Error & { code?: string })[] {
  return error.errors === undefined ? [error] : error.errors.flatMap(flatten);
}

interface Reader {
  readonly events: ReceivedEventData[];
  readonly errors: string[];
  /** Partitions that it owns now. */
  readonly owned: Set<string>;
  readonly byPartition: Map<string, ReceivedEventData[]>;
  close(): Promise<void>;
}

function read(
  connection: string,
  options: { group?: string; store?: CheckpointStore; partition?: string } & SubscribeOptions,
): Reader {
  const { group = 'alarms', store, partition, ...rest } = options;
  const balance = {
    loadBalancingOptions: {
      strategy: 'greedy' as const,
      updateIntervalInMs: 300,
      partitionOwnershipExpirationIntervalInMs: 20_000,
    },
  };
  const client =
    store === undefined
      ? new EventHubConsumerClient(group, connection, 'vigil', { retryOptions, ...balance })
      : new EventHubConsumerClient(group, connection, 'vigil', store, { retryOptions, ...balance });
  const events: ReceivedEventData[] = [];
  const errors: string[] = [];
  const owned = new Set<string>();
  const byPartition = new Map<string, ReceivedEventData[]>();
  const handlers = {
    processEvents: async (batch: ReceivedEventData[], context: { partitionId: string }): Promise<void> => {
      events.push(...batch);
      byPartition.set(context.partitionId, [...(byPartition.get(context.partitionId) ?? []), ...batch]);
    },
    processError: async (error: Error): Promise<void> => {
      errors.push(...flatten(error).map((e) => e.code ?? e.message));
    },
    processInitialize: async (context: { partitionId: string }): Promise<void> => {
      owned.add(context.partitionId);
    },
    processClose: async (_reason: unknown, context: { partitionId: string }): Promise<void> => {
      owned.delete(context.partitionId);
    },
  };
  const subscribeOptions = { maxBatchSize: 300, maxWaitTimeInSeconds: 5, ...rest };
  const subscription =
    partition === undefined
      ? client.subscribe(handlers, subscribeOptions)
      : client.subscribe(partition, handlers, subscribeOptions);
  const close = async (): Promise<void> => {
    await subscription.close();
    await client.close();
  };
  closing.push(close);
  return { events, errors, owned, byPartition, close };
}

/** A checkpoint store in memory; claims are won by etag, as a shared store decides them. */
class MemoryStore implements CheckpointStore {
  private readonly ownerships = new Map<string, PartitionOwnership>();
  private etag = 0;

  async listOwnership(): Promise<PartitionOwnership[]> {
    return [...this.ownerships.values()];
  }

  async claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    return claims.flatMap((claim) => {
      const held = this.ownerships.get(claim.partitionId);
      if (held !== undefined && held.etag !== claim.etag) return [];
      const won = { ...claim, etag: String(++this.etag), lastModifiedTimeInMs: Date.now() };
      this.ownerships.set(claim.partitionId, won);
      return [won];
    });
  }

  async updateCheckpoint(): Promise<void> {}

  async listCheckpoints(): Promise<[]> {
    return [];
  }
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close().catch(() => undefined);
});

describe('events', () => {
  test('bodies, properties, ids and keys come back as they were sent', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const bodies = [{ v: 1, list: [1, 'two'] }, Buffer.from([0, 255, 7]), 'text ü', 42, null];
    const events = bodies.map((body, i) => ({
      body,
      messageId: `m${i}`,
      correlationId: i,
      contentType: 'x/y',
      properties: { i, s: 'é' },
    }));
    await producer.sendBatch(events, { partitionKey: 'bed-1' });
    const reader = read(connection, { startPosition: EARLIEST });
    await until('five events', () => reader.events.length === 5);
    expect(reader.events.map((e) => e.body)).toEqual(bodies);
    expect(reader.events.map((e) => [e.messageId, e.correlationId, e.contentType, e.properties])).toEqual(
      bodies.map((_, i) => [`m${i}`, i, 'x/y', { i, s: 'é' }]),
    );
    expect(reader.events.map((e) => [e.sequenceNumber, e.offset, e.partitionKey])).toEqual(
      bodies.map((_, i) => [i, String(i), 'bed-1']),
    );
    expect(Math.abs(reader.events[0]!.enqueuedTimeUtc.getTime() - Date.now())).toBeLessThan(10_000);
  });

  test('a key goes to its partition, an explicit partition is kept, and neither means turns', async () => {
    const hub = await start();
    const producer = producerFor(hub.connectionString('gateway'));
    const keys = ['icu-1', 'icu-2', 'gateway:a', 'wörld', 'device:17'];
    for (const key of keys) await producer.sendBatch([{ body: key }], { partitionKey: key });
    await producer.sendBatch([{ body: 'explicit' }], { partitionId: '7' });
    for (let i = 0; i < 8; i++) await producer.sendBatch([{ body: 'turn' }]);
    const reader = read(hub.connectionString('platform'), { startPosition: EARLIEST });
    for (let p = 0; p < 8; p++) {
      const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(String(p));
      const expected = keys.filter((k) => partitionOfKey(k, 8) === p).length + (p === 7 ? 1 : 0) + 1;
      expect(lastEnqueuedSequenceNumber).toBe(expected - 1);
    }
    await until('all events', () => reader.events.length === 14);
  });

  test('a batch may fill the largest message, and a larger one is refused for good', async () => {
    const hub = await start({ segmentBytes: 64 * 1024 });
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const batch = await producer.createBatch({ partitionId: '0' });
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    while (batch.tryAdd({ body: Buffer.alloc(50_000, batch.count) }));
    await producer.sendBatch(batch);
    await producer.sendBatch([{ body: Buffer.alloc(900_000) }], { partitionId: '0' });
    const reader = read(connection, { startPosition: EARLIEST, partition: '0' });
    await until('all of it', () => reader.events.length === batch.count + 1);
    expect((reader.events[3]!.body as Buffer).equals(Buffer.alloc(50_000, 3))).toBe(true);
    await expect(producer.sendBatch([{ body: Buffer.alloc(1_100_000) }], { partitionId: '0' })).rejects.toThrow();
  });

  test('a buffered producer chooses the partition that the hub would', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const client = new EventHubBufferedProducerClient(connection, 'vigil', {
      retryOptions,
      onSendEventsErrorHandler: async () => undefined,
      maxWaitTimeInMs: 50,
    });
    await client.enqueueEvents([{ body: 'a' }, { body: 'b' }], { partitionKey: 'icu-7' });
    await client.flush();
    await client.close();
    const { lastEnqueuedSequenceNumber } = await producerFor(connection).getPartitionProperties(
      String(partitionOfKey('icu-7', 8)),
    );
    expect(lastEnqueuedSequenceNumber).toBe(1);
  });
});

describe('positions and properties', () => {
  test('a consumer starts where it asks to', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const send = (n: number): Promise<void> => producer.sendBatch([{ body: n }], { partitionId: '2' });
    for (const n of [0, 1, 2]) await send(n);
    const betweenMs = Date.now() + 1;
    await until('the clock has moved on', () => Date.now() > betweenMs);
    for (const n of [3, 4]) await send(n);
    const positions: [EventPosition, number[]][] = [
      [{ offset: '-1' }, [0, 1, 2, 3, 4]],
      [{ offset: '1' }, [2, 3, 4]],
      [{ sequenceNumber: 1 }, [2, 3, 4]],
      [{ sequenceNumber: 1, isInclusive: true }, [1, 2, 3, 4]],
      [{ enqueuedOn: betweenMs }, [3, 4]],
      [{ enqueuedOn: 0 }, [0, 1, 2, 3, 4]],
    ];
    for (const [startPosition, expected] of positions) {
      const reader = read(connection, { startPosition, partition: '2' });
      await until(JSON.stringify(startPosition), () => reader.events.length >= expected.length);
      expect(reader.events.map((e) => e.body)).toEqual(expected);
      await reader.close();
    }
    const latest = read(connection, { startPosition: { offset: '@latest' }, partition: '2' });
    const beyond = read(connection, { startPosition: { offset: '99' }, partition: '2' });
    await until('an error for an offset beyond the end', () => beyond.errors.length > 0);
    expect(beyond.errors[0]).toBe('ArgumentError');
    for (let n = 5; latest.events.length === 0; n++) {
      await send(n);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(Number(latest.events[0]!.body)).toBeGreaterThanOrEqual(5);
  });

  test('hub and partition properties are told, and the end of a partition with each event', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(hub.connectionString('gateway'));
    const properties = await producer.getEventHubProperties();
    expect(properties).toMatchObject({ name: 'vigil', partitionIds: ['0', '1', '2', '3', '4', '5', '6', '7'] });
    expect(Math.abs(properties.createdOn.getTime() - Date.now())).toBeLessThan(10_000);
    expect(await producer.getPartitionProperties('1')).toMatchObject({ isEmpty: true, lastEnqueuedSequenceNumber: -1 });
    await producer.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
    expect(await producer.getPartitionProperties('1')).toMatchObject({
      isEmpty: false,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: '1',
    });
    let last: unknown;
    const client = new EventHubConsumerClient('alarms', connection, 'vigil', { retryOptions });
    closing.push(() => client.close());
    const subscription = client.subscribe(
      '1',
      {
        processEvents: async (events, context) => {
          if (events.length > 0) last = context.lastEnqueuedEventProperties;
        },
        processError: async () => undefined,
      },
      { startPosition: EARLIEST, maxBatchSize: 10, trackLastEnqueuedEventProperties: true },
    );
    closing.push(() => subscription.close());
    await until('properties', () => last !== undefined);
    expect(last).toMatchObject({ sequenceNumber: 1, offset: '1' });
  });
});

describe('access', () => {
  test.each<[string, (connection: string) => EventHubProducerClient, RegExp]>([
    ['a wrong key', (c) => producerFor(c.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=')), /bad-signature/],
    [
      'an unknown key name',
      (c) => producerFor(c.replace(/SharedAccessKeyName=\w+/, 'SharedAccessKeyName=nobody')),
      /unknown-key/,
    ],
    ['an unknown hub', (c) => producerFor(c, 'nothing'), /could not be found/],
  ])('%s is refused', async (_, client, message) => {
    const hub = await start();
    const error = await client(hub.connectionString('gateway'))
      .sendBatch([{ body: 1 }])
      .then(
        () => 'sent',
        (e: Error) =>
          flatten(e)
            .map((each) => each.message)
            .join(' '),
      );
    expect(error).toMatch(message);
  });

  test('an unknown group and a key without the right to listen are refused', async () => {
    const hub = await start();
    const unknown = read(hub.connectionString('platform'), { group: 'nobody', partition: '0', startPosition: EARLIEST });
    const sender = read(hub.connectionString('gateway'), { partition: '0', startPosition: EARLIEST });
    await until('both errors', () => unknown.errors.length > 0 && sender.errors.length > 0);
    expect(unknown.errors[0]).toBe('MessagingEntityNotFoundError');
    expect(sender.errors[0]).toBe('UnauthorizedError');
    expect(await hub.metrics.registry.metrics()).toMatch(/auth_failures_total\{reason="rights"\} [1-9]/);
  });

  test('bytes that are no AMQP end their connection and nobody else', async () => {
    const hub = await start();
    const producer = producerFor(hub.connectionString('gateway'));
    await producer.sendBatch([{ body: 1 }]);
    const header = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');
    const attacks = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x14, 0xd0, 0xff, 0xff, 0xff, 0xff])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x12, 0x45])]),
    ];
    for (const bytes of attacks) {
      const socket = connect(hub.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume().write(bytes);
      await once(socket, 'close');
    }
    await producer.sendBatch([{ body: 2 }]);
  });
});

describe('consumers', () => {
  test('of two with the same epoch the newest reads and the other is told', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    await producer.sendBatch([{ body: 'before' }], { partitionId: '0' });
    const first = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 3 });
    await until('the first reads', () => first.events.length === 1);
    const second = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 3 });
    await until('the first is told', () => first.errors.length > 0);
    expect(first.errors[0]).toBe('ReceiverDisconnectedError');
    await until('the second reads', () => second.events.length === 1);
    const lower = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 1 });
    await until('the lower is told', () => lower.errors.length > 0);
    expect(lower.errors[0]).toBe('ReceiverDisconnectedError');
    expect(await hub.metrics.registry.metrics()).toMatch(/steals_total [1-9]/);
  });

  test('two share the partitions through a checkpoint store, and one takes over when the other leaves', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const store = new MemoryStore();
    const producer = producerFor(connection);
    const sendToEach = async (body: string): Promise<void> => {
      for (let p = 0; p < 8; p++) await producer.sendBatch([{ body }], { partitionId: String(p) });
    };
    await sendToEach('one');
    const first = read(connection, { store, startPosition: EARLIEST });
    // Owning is not reading yet: a link that attaches late would steal back from whoever came after it.
    await until('one reads all', () => first.owned.size === 8 && first.events.length === 8);
    const second = read(connection, { store, startPosition: EARLIEST });
    await until('each owns half', () => first.owned.size === 4 && second.owned.size === 4);
    await sendToEach('two');
    await until('all arrive', () => [...first.events, ...second.events].filter((e) => e.body === 'two').length === 8);
    await first.close();
    await until('the other owns all', () => second.owned.size === 8);
  });

  test('a consumer that is behind reads from disk what memory no longer holds', async () => {
    const hub = await start({ tailCacheBytes: 20_000, segmentBytes: 200_000 });
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    for (let i = 0; i < 60; i++) {
      await producer.sendBatch(
        Array.from({ length: 50 }, (_, n) => ({ body: { n: i * 50 + n, pad: 'x'.repeat(200) } })),
        { partitionId: '3' },
      );
    }
    const reader = read(connection, { partition: '3', startPosition: EARLIEST });
    await until('all of it', () => reader.events.length === 3000);
    expect(reader.events.every((e, i) => e.sequenceNumber === i && e.body.n === i)).toBe(true);
  });
});

describe('restarts', () => {
  test('after a graceful stop clients go on by themselves', async () => {
    const dataDir = newFolder();
    const hub = await start({ dataDir });
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const reader = read(connection, { startPosition: EARLIEST, partition: '0' });
    await producer.sendBatch([{ body: 1 }], { partitionId: '0' });
    await until('the first event', () => reader.events.length === 1);
    await hub.stop();
    await start({ dataDir, port: hub.port });
    await producer.sendBatch([{ body: 2 }], { partitionId: '0' });
    await until('the second event', () => reader.events.length === 2);
    expect(reader.errors).toEqual([]);
  });

  const built = existsSync(MAIN) ? test : test.skip;

  async function spawnHub(dataDir: string, port = 0): Promise<{ process: ChildProcess; port: number; connection: string }> {
    const child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, '--port', String(port), '--http-port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closing.unshift(async () => child.kill('SIGKILL'));
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
    const producer = producerFor(connection);
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
    await until(`all ${total} events`, () => reader.events.length >= total, 30_000);
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
