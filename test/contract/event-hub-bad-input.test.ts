/** Strangers, broken programs and bad lines: each ends its own connection at once, and nobody else notices. */
import { type AddressInfo, connect, createServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { EventHubProducerClient } from '@azure/event-hubs';
import { type HubProcess, isHubBuilt, makeHubCertificates, startHubProcess } from '../support/hub-process.js';
import {
  AMQP_HEADER,
  attachReceiver,
  attachSender,
  begin,
  flow,
  frame,
  open,
  RawPeer,
  text,
  transfer,
} from '../support/raw-amqp.js';
import { ATTACKS, ODDITIES } from './event-hub-attacks.js';
import { EARLIEST, noRetries, producerFor, read, retryOptions, until, UNTIL_MS } from './event-hub-clients.js';

const FRAMES = Number(process.env.VIGIL_TEST_FRAMES ?? 1000);
const ROUNDS = 6;
const SEED = Number(process.env.VIGIL_TEST_FRAME_SEED ?? 1);
jest.setTimeout(120_000 + FRAMES * 20);

/** Well below the ten seconds after which the hub ends a connection because nothing sensible has come. */
const WITHIN_MS = 8000;
/** Other people get their answer while a stranger does his worst. Who believes in four billion values needs minutes. */
const OTHERS_WAIT_MS_MAX = 10_000;
/** What one stranger's bytes may cost the hub, in time of its processor, which a busy machine stretches little. */
const CPU_MS_MAX = 2000;
/** Peers at a time. */
const SIDE_BY_SIDE = 40;
const SETTLED_GROWTH_BYTES_MAX = 40 * 1024 * 1024;

const built = isHubBuilt() ? describe : describe.skip;
if (!isHubBuilt()) process.stdout.write('skipped: bad input for the hub (it is not built; `npm run build`)\n');

built('bad input', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hub-'));
  let hub: HubProcess;
  let ca: Buffer;
  /** On one connection for as long as the hub runs: it may be ended by no stranger. */
  let regular: EventHubProducerClient;
  let longestWaitMs = 0;
  let watching: NodeJS.Timeout;

  beforeAll(async () => {
    ca = readFileSync(makeHubCertificates(dataDir));
    hub = await startHubProcess({ dataDir, more: ['--tls-port', '0'] });
    regular = new EventHubProducerClient(hub.connection('platform'), 'vigil', { retryOptions: noRetries });
    watching = setInterval(() => {
      const sinceMs = performance.now();
      void fetch(`http://127.0.0.1:${hub.httpPort}/health/live`)
        .then((response) => response.text())
        .then(() => (longestWaitMs = Math.max(longestWaitMs, performance.now() - sinceMs)))
        .catch(() => (longestWaitMs = Infinity));
    }, 100);
  });

  afterAll(async () => {
    clearInterval(watching);
    await regular.close();
    await hub.end('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });

  afterEach(async () => {
    expect(hub.child.exitCode).toBeNull();
    // Nothing that a stranger sends is an error of the hub, and the AMQP library prints nothing of it.
    expect(hub.log.splice(0).filter((entry) => Number(entry.level) >= 50)).toEqual([]);
    expect(hub.stderr.splice(0).join('')).toBe('');
    expect(longestWaitMs).toBeLessThan(OTHERS_WAIT_MS_MAX);
    longestWaitMs = 0;
    await honestRoundTrip(regular);
  });

  let honest = 0;
  /** Somebody who keeps to the protocol is served as if nothing had been. */
  async function honestRoundTrip(producer = producerFor(hub.connection('platform'))): Promise<void> {
    await producer.sendBatch([{ body: `honest ${honest++}` }], { partitionId: '7' });
    const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties('7');
    expect(lastEnqueuedSequenceNumber).toBeGreaterThanOrEqual(honest - 1);
  }

  test.each(ATTACKS)('$name ends the connection', async ({ isRaw = false, bytes, says }) => {
    const peer = isRaw ? await RawPeer.connect(hub.port) : await RawPeer.greeted(hub.port);
    const beforeMs = cpuMs(hub);
    peer.send(...bytes);
    if (says !== null)
      expect({ says: await peer.hears(says, WITHIN_MS), heard: printable(peer.bytes) }).toMatchObject({ says: true });
    // A refused mechanism leaves it to the peer to go.
    if (says !== '\x00SD') {
      await within(WITHIN_MS, peer.closed);
      expect({ isClosed: peer.isClosed, heard: printable(peer.bytes) }).toMatchObject({ isClosed: true });
    }
    expect(cpuMs(hub) - beforeMs).toBeLessThan(CPU_MS_MAX);
    peer.end();
  });

  test.each(ODDITIES)('$name is passed over', async ({ bytes }) => {
    const peer = await RawPeer.greeted(hub.port);
    peer.send(open(), begin(), attachSender('cbs', 0, '$cbs'), attachReceiver('answers', 1, '$cbs'), flow(1, 100));
    expect(await peer.hears('answers', WITHIN_MS)).toBe(true);
    peer.send(...bytes);
    // All of them take one delivery or none.
    const isDelivery = bytes[0]![10] === 0x14;
    peer.send(transfer(0, isDelivery ? 1 : 0, Buffer.concat([Buffer.from([0x00, 0x53, 0x77]), text('x')])));
    expect({ isAnswered: await peer.hears('status-code', WITHIN_MS), heard: printable(peer.bytes) }).toMatchObject({
      isAnswered: true,
    });
    peer.end();
  });

  test('over TLS they all end as well', async () => {
    await sideBySide(
      ATTACKS.filter(({ says }) => says !== '\x00SD'),
      async ({ name, isRaw = false, bytes }) => {
        const peer = isRaw ? await RawPeer.connect(hub.tlsPort!, ca) : await RawPeer.greeted(hub.tlsPort!, ca);
        peer.send(...bytes);
        await within(WITHIN_MS, peer.closed);
        expect({ name, isClosed: peer.isClosed }).toEqual({ name, isClosed: true });
      },
    );
    const halfway = await RawPeer.connect(hub.tlsPort!);
    halfway.send(AMQP_HEADER);
    await within(WITHIN_MS, halfway.closed);
    expect(halfway.isClosed).toBe(true);
  });

  test('a conversation that is cut at any byte leaves nothing behind', async () => {
    const recorded = await record();
    const cuts = recorded.flatMap((bytes) => Array.from({ length: bytes.length }, (_, at) => bytes.subarray(0, at)));
    await sideBySide(cuts, (bytes) => replay(bytes));
    await expectGapFree();
  });

  test('a conversation with flipped bits harms nobody else', async () => {
    const recorded = await record();
    const flips = fc.sample(fc.tuple(fc.nat(), fc.nat(), fc.nat(7)), { numRuns: FRAMES, seed: SEED });
    await sideBySide(flips, ([which, where, bit]) => {
      const bytes = Buffer.from(recorded[which % recorded.length]!);
      bytes[where % bytes.length]! ^= 1 << bit;
      return replay(bytes);
    });
    await expectGapFree();
  });

  test('random frames end the connection or are passed over, and memory does not grow with them', async () => {
    const code = fc.integer({ min: 0x10, max: 0x18 });
    const anyFrame = fc.tuple(code, fc.uint8Array({ maxLength: 300 }), fc.nat(3));
    const round = (i: number): Promise<void> =>
      sideBySide(fc.sample(anyFrame, { numRuns: Math.ceil(FRAMES / ROUNDS), seed: SEED + i }), async ([code, bytes, kind]) => {
        const peer = await RawPeer.greeted(hub.port);
        if (kind > 0) peer.send(open(), begin());
        if (kind > 1) peer.send(attachSender('cbs', 0, '$cbs'), attachReceiver('answers', 1, '$cbs'));
        const body = kind === 3 ? bytes : [0x00, 0x53, code, 0xc0, bytes.length & 0xff, ...bytes];
        peer.send(frame(Buffer.from(body)));
        await finish(peer);
      });
    const sizes: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      await round(i);
      for (const { isRaw = false, bytes } of ATTACKS) {
        const peer = isRaw ? await RawPeer.connect(hub.port) : await RawPeer.greeted(hub.port);
        peer.send(...bytes);
        await finish(peer);
      }
      sizes.push(residentBytes(hub));
    }
    // The first rounds fill what the process keeps for itself.
    expect(Math.min(...sizes.slice(-2)) - Math.max(...sizes.slice(1, -2))).toBeLessThan(SETTLED_GROWTH_BYTES_MAX);
    process.stdout.write(`bad input: resident ${sizes.map((size) => `${Math.round(size / 1024 / 1024)} MiB`).join(', ')}\n`);
  });

  test('those who send a byte now and then, and a flood of connections, keep nobody out', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => RawPeer.connect(hub.port)));
    for (const byte of AMQP_HEADER.subarray(0, 6)) {
      for (const peer of slow) peer.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const flood = await Promise.all(Array.from({ length: 400 }, () => RawPeer.connect(hub.port)));
    await honestRoundTrip();
    for (const peer of [...slow, ...flood]) peer.end();
  });

  /** What the real client sends, connection by connection: a producer, and a consumer of the same partition. */
  async function record(): Promise<readonly Buffer[]> {
    const recorded: Buffer[][] = [];
    const proxy = createServer((socket) => {
      const mine: Buffer[] = [];
      recorded.push(mine);
      const onward = connect(hub.port, '127.0.0.1');
      socket.on('data', (data: Buffer) => mine.push(data));
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const through = hub.connection('platform').replace(`:${hub.port}/`, `:${port}/`);
    const producer = new EventHubProducerClient(through, 'vigil', { retryOptions });
    await producer.sendBatch([{ body: 'recorded' }, { body: 'twice' }], { partitionId: '3' });
    await producer.getPartitionProperties('3');
    const reader = read(through, { startPosition: EARLIEST, partition: '3' });
    await until('the recorded events', () => reader.events.length >= 2);
    await reader.close();
    await producer.close();
    proxy.close();
    return recorded.map((parts) => Buffer.concat(parts)).filter((bytes) => bytes.length > 0);
  }

  /** Sends recorded bytes again, with the pause that the end of SASL needs, and goes. */
  async function replay(bytes: Buffer): Promise<void> {
    const peer = await RawPeer.connect(hub.port);
    const at = bytes.indexOf(AMQP_HEADER);
    peer.send(at < 0 ? bytes : bytes.subarray(0, at));
    if (at >= 0 && (await peer.hears(Buffer.from([0x00, 0x53, 0x44]), 200))) peer.send(bytes.subarray(at));
    await finish(peer);
  }

  /** All that was ever stored in the partition of the recording, by number. */
  async function expectGapFree(): Promise<void> {
    const { lastEnqueuedSequenceNumber: last } = await producerFor(hub.connection('platform')).getPartitionProperties('3');
    const reader = read(hub.connection('platform'), { startPosition: EARLIEST, partition: '3', group: 'history' });
    await until('everything', () => reader.events.length > last, UNTIL_MS + last * 5);
    expect(reader.events.map((event) => event.sequenceNumber)).toEqual(Array.from({ length: last + 1 }, (_, i) => i));
    await reader.close();
  }
});

/** Waits until it is so, but no longer than this. */
async function within(limitMs: number, happens: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([happens, new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}

/** Lets the hub read what was sent, and goes without a word. */
async function finish(peer: RawPeer): Promise<void> {
  await within(5, peer.closed);
  peer.end();
}

async function sideBySide<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await action(item);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

const printable = (bytes: Buffer): string => bytes.toString('latin1').replace(/[^ -~]+/g, ' ');

/** Time of the processor that the hub has used; 0 where the system does not tell. */
function cpuMs({ child }: HubProcess): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    // User and system time in ticks, a hundred a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** Memory of the hub's process; 0 where the system does not tell. */
function residentBytes({ child }: HubProcess): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
