/** Whoever holds a valid token and misuses it gets the answer that a client expects, and nobody else notices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { EventHubProducerClient } from '@azure/event-hubs';
import { type HubProcess, isHubBuilt, startHubProcess } from '../support/hub-process.js';
import {
  attachReceiver,
  attachSender,
  begin,
  described,
  detach,
  FALSE,
  flow,
  list,
  map,
  open,
  performative,
  RawPeer,
  text,
  transfer,
  TRUE,
  uint,
} from '../support/raw-amqp.js';
import {
  attachConsumer,
  attachProducer,
  BATCH,
  BATCHES,
  CONSUMERS,
  goodBatch,
  putToken,
  questions,
  tinyEvents,
} from './event-hub-member-attacks.js';
import { EARLIEST, noRetries, read, until } from './event-hub-clients.js';
import { signedConnection } from './event-hub-sas.js';

jest.setTimeout(60_000);

/** Far above what an answer takes, for a busy machine. */
const WITHIN_MS = 8000;
/** The longest that one send may keep the hub from others, processor shared with everything else that is tested. */
const OTHERS_WAIT_MS_MAX = 3000;
const GROWTH_BYTES_MAX = 200 * 1024 * 1024;
const FRAME_BYTES = 200_000;
const ACCEPTED = Buffer.from([0x00, 0x53, 0x24]);
const CONSUMER = 'vigil/ConsumerGroups/history/Partitions/1';

const built = isHubBuilt() ? describe : describe.skip;
if (!isHubBuilt()) process.stdout.write('skipped: misuse of a valid token (the hub is not built; `npm run build`)\n');

built('misuse of a valid token', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-hub-'));
  let hub: HubProcess;
  let regular: EventHubProducerClient;
  let honest = 0;

  beforeAll(async () => {
    hub = await startHubProcess({ dataDir });
    regular = new EventHubProducerClient(hub.connection('platform'), 'vigil', { retryOptions: noRetries });
  });

  afterAll(async () => {
    await regular.close();
    await hub.end('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });

  afterEach(async () => {
    expect(hub.child.exitCode).toBeNull();
    expect(hub.log.splice(0).filter((entry) => Number(entry.level) >= 50)).toEqual([]);
    expect(hub.stderr.splice(0).join('')).toBe('');
    await regular.sendBatch([{ body: `honest ${honest++}` }], { partitionId: '7' });
    expect((await regular.getPartitionProperties('7')).lastEnqueuedSequenceNumber).toBe(honest - 1);
  });

  const tokenOf = (keyName: string): string => {
    const signed = signedConnection(hub.connection(keyName), { path: 'vigil', expiresMs: Date.now() + 3_600_000 });
    return /SharedAccessSignature=([^;]*)/.exec(signed)![1]!;
  };

  /** A connection with links to `$cbs` on handles 0 and 1, and a token of this key put for the hub. */
  async function member(keyName = 'platform'): Promise<RawPeer> {
    const peer = await RawPeer.greeted(hub.port);
    peer.send(open(), begin(), attachSender('cbs', 0, '$cbs'), attachReceiver('answers', 1, '$cbs'), flow(1, 2000));
    peer.send(transfer(0, 0, putToken(text(`sb://127.0.0.1:${hub.port}/vigil`), text(tokenOf(keyName)))));
    expect(await statuses(peer, 1)).toEqual([202]);
    peer.received.length = 0;
    return peer;
  }

  /** The same, with a link for events on handle 2. */
  async function producer(keyName = 'platform', address?: string): Promise<RawPeer> {
    const peer = await member(keyName);
    peer.send(attachProducer(2, address));
    expect(await peer.hears('producer 2', WITHIN_MS)).toBe(true);
    peer.received.length = 0;
    return peer;
  }

  test.each(BATCHES)('$name is answered, and the link goes on', async ({ format = BATCH, bytes, says }) => {
    const peer = await producer('gateway');
    peer.send(...inFrames(1, bytes, format));
    expect({ says: await peer.hears(says ?? ACCEPTED, WITHIN_MS), heard: printable(peer.bytes) }).toMatchObject({ says: true });
    peer.received.length = 0;
    peer.send(...inFrames(2, goodBatch(), BATCH));
    expect({ isGood: await peer.hears(ACCEPTED, WITHIN_MS), heard: printable(peer.bytes) }).toMatchObject({ isGood: true });
    peer.end();
  });

  test('what the hub says of an event is not what its producer says', async () => {
    const reader = read(hub.connection('platform'), { startPosition: EARLIEST, group: 'history' });
    const pretended = (): unknown[] => reader.events.filter(({ body }) => String(body) === 'pretends');
    await until('the event that pretends', () => pretended().length > 0);
    for (const event of reader.events) {
      expect(event.sequenceNumber).toBeLessThan(1000);
      expect(Number(event.enqueuedTimeUtc)).toBeGreaterThan(Date.now() - 3_600_000);
      expect(event.systemProperties ?? {}).not.toHaveProperty('com.microsoft:producer-id');
    }
    await reader.close();
  });

  test.each(CONSUMERS)('$name is answered', async ({ filter, properties, says }) => {
    const peer = await member();
    peer.send(attachConsumer(2, CONSUMER, filter, properties));
    const isHeard = await peer.hears(says ?? 'consumer 2', WITHIN_MS);
    expect({ isHeard, heard: printable(peer.bytes) }).toMatchObject({ isHeard: true });
    expect(await isAlive(peer)).toBe(true);
    peer.end();
  });

  test('questions of wrong types are answered', async () => {
    for (const { name, bytes, status } of questions(tokenOf('platform'))) {
      const peer = await member();
      peer.send(attachSender('ask', 2, '$management'), attachReceiver('told', 3, '$management'), flow(3, 10));
      peer.send(...inFrames(1, bytes, 0));
      if (status !== null) expect({ name, status: await statuses(peer, 1) }).toEqual({ name, status: [status] });
      expect({ name, isAlive: await isAlive(peer, 2) }).toEqual({ name, isAlive: true });
      peer.end();
    }
  });

  test('a key that may only send reads nothing and puts no token for reading', async () => {
    const peer = await member('gateway');
    peer.send(attachConsumer(2, CONSUMER));
    expect(await peer.hears('amqp:unauthorized-access', WITHIN_MS)).toBe(true);
    peer.received.length = 0;
    peer.send(transfer(0, 1, putToken(text(`sb://127.0.0.1/${CONSUMER}`), text(tokenOf('gateway')))));
    expect(await statuses(peer, 1)).toEqual([401]);
    peer.end();
  });

  test('thousands of tokens, good, bad and giant, are each answered', async () => {
    const peer = await member();
    const token = text(tokenOf('platform'));
    const audiences = [
      ...Array.from({ length: 1500 }, (_, i) => text(`sb://127.0.0.1/vigil${'/'.repeat(i % 50)}`)),
      ...Array.from({ length: 400 }, (_, i) => text(`sb://127.0.0.1/other${i}`)),
      ...[text('x'.repeat(100_000)), text(`sb://${'h'.repeat(100_000)}/vigil`), uint(1), list(), map()],
    ];
    let id = 1;
    for (let at = 0; at < audiences.length; at += 50) {
      peer.send(...audiences.slice(at, at + 50).map((audience) => transfer(0, id++, putToken(audience, token))));
      await until('the answers', () => countStatuses(peer) >= Math.min(at + 50, audiences.length));
    }
    const said = await statuses(peer, audiences.length);
    expect(said.slice(0, 1500)).toEqual(Array.from({ length: 1500 }, () => 202));
    expect(said.slice(1500, 1901)).toEqual(Array.from({ length: 401 }, () => 401));
    expect(said.slice(1901)).toEqual([202, 400, 400, 400]);
    peer.end();
  });

  test('a batch of a hundred thousand tiny events is one send like others', async () => {
    const before = await residentBytes(hub);
    const peer = await producer('platform', 'vigil/Partitions/5');
    let longestMs = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const sinceMs = performance.now();
        await (await fetch(`http://127.0.0.1:${hub.httpPort}/health/live`)).text();
        longestMs = Math.max(longestMs, performance.now() - sinceMs);
      }
    })();
    for (let i = 1; i <= 5; i++) {
      peer.received.length = 0;
      peer.send(...inFrames(i, tinyEvents(), BATCH));
      expect(await peer.hears(ACCEPTED, WITHIN_MS)).toBe(true);
    }
    isOver = true;
    await watching;
    process.stdout.write(`misuse: five batches of tiny events, others waited ${Math.round(longestMs)} ms at most\n`);
    expect(longestMs).toBeLessThan(OTHERS_WAIT_MS_MAX);
    expect((await residentBytes(hub)) - before).toBeLessThan(GROWTH_BYTES_MAX);
    peer.end();
  });

  test('credit without end and drain without end get what there is', async () => {
    const peer = await member();
    // More is there than the session's window takes, so that answers and events wait side by side.
    peer.send(attachConsumer(2, 'vigil/ConsumerGroups/history/Partitions/5'), flow(2, 0xffffffff));
    expect(await peer.hears('x-opt-sequence-number', WITHIN_MS)).toBe(true);
    const drain = performative(0x13, [
      ...[uint(0), uint(0xffff), uint(0), uint(2048), uint(2), uint(0), uint(100), uint(0), TRUE, TRUE],
    ]);
    for (let i = 0; i < 20; i++) peer.send(...Array.from({ length: 100 }, () => drain));
    expect(await isAlive(peer)).toBe(true);
    peer.end();
  });

  test('ten thousand attaches and detaches leave nothing behind', async () => {
    const peer = await member();
    const before = await residentBytes(hub);
    for (let round = 0; round < 20; round++) {
      peer.received.length = 0;
      for (let i = 0; i < 250; i++) {
        peer.send(attachProducer(2), detach(2), attachConsumer(2, CONSUMER), detach(2));
      }
      expect(await isAlive(peer, round + 1)).toBe(true);
    }
    expect((await residentBytes(hub)) - before).toBeLessThan(GROWTH_BYTES_MAX);
    const { producers, consumers } = await figures(hub);
    expect({ producers, consumers }).toEqual({ producers: 1, consumers: 0 });
    peer.end();
  });

  test('deliveries of many links, settled and not, interleaved and taken back, each get their outcome', async () => {
    const peer = await member();
    const handles = [2, 3, 4, 5];
    peer.send(...handles.map((handle) => attachProducer(handle)));
    expect(await peer.hears('producer 5', WITHIN_MS)).toBe(true);
    const batch = goodBatch('interleaved');
    const [head, tail] = [batch.subarray(0, 10), batch.subarray(10)];
    // One after the other they begin, and one after the other they end; each second one is taken back.
    peer.send(...handles.map((handle, i) => part(handle, i + 1, head, { more: true })));
    peer.send(...handles.map((handle, i) => part(handle, i + 1, tail, { aborted: i % 2 === 1 })));
    peer.send(...handles.map((handle, i) => part(handle, i + 5, batch, { settled: i % 2 === 0 })));
    // Nor does it help to settle what is the hub's, or never was.
    const foreign = (role: Buffer): Buffer =>
      performative(0x15, [role, uint(0), uint(0xffffffff), TRUE, described(0x24, list())]);
    peer.send(foreign(TRUE), foreign(FALSE));
    expect(await isAlive(peer, 9)).toBe(true);
    const { lastEnqueuedSequenceNumber: last } = await regular.getPartitionProperties('1');
    const reader = read(hub.connection('platform'), { startPosition: EARLIEST, partition: '1', group: 'history' });
    const stored = (): number => reader.events.filter(({ body }) => String(body) === 'interleaved').length;
    await until('what was not taken back', () => stored() >= 6 || reader.events.length > last);
    expect(stored()).toBe(6);
    await reader.close();
    peer.end();
  });
});

/** One delivery in as many frames as it needs. */
function inFrames(id: number, bytes: Buffer, format: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += FRAME_BYTES) {
    frames.push(transfer(2, id, bytes.subarray(at, at + FRAME_BYTES), { format, more: at + FRAME_BYTES < bytes.length }));
  }
  return frames;
}

function part(handle: number, id: number, payload: Buffer, { more = false, aborted = false, settled = false }): Buffer {
  const flag = (value: boolean): Buffer => (value ? TRUE : FALSE);
  const tag = Buffer.from([0xa0, 1, id]);
  const none = Buffer.from([0x40]);
  return performative(
    0x14,
    [uint(handle), uint(id), tag, uint(BATCH), flag(settled), flag(more), none, none, none, flag(aborted)],
    0,
    payload,
  );
}

/** Is an honest request on this connection answered? */
async function isAlive(peer: RawPeer, id = 1): Promise<boolean> {
  const before = countStatuses(peer);
  peer.send(transfer(0, id, putToken(text('sb://127.0.0.1/vigil'), text('none'))));
  return (await statuses(peer, before + 1)).length === before + 1;
}

const STATUS = Buffer.from('\xa1\x0bstatus-code', 'latin1');
const countStatuses = (peer: RawPeer): number => statusesIn(peer.bytes).length;

/** The answers to requests, once there are so many. */
async function statuses(peer: RawPeer, count: number): Promise<number[]> {
  const endMs = Date.now() + WITHIN_MS;
  while (countStatuses(peer) < count && !peer.isClosed && Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return statusesIn(peer.bytes);
}

function statusesIn(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(STATUS); at >= 0; at = bytes.indexOf(STATUS, at + 1)) {
    const value = at + STATUS.length;
    if (value + 5 <= bytes.length) found.push(bytes.readInt32BE(value + 1));
  }
  return found;
}

const printable = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[^ -~]+/g, ' ')
    .slice(-2000);

async function figures({ httpPort }: HubProcess): Promise<{ producers: number; consumers: number }> {
  const page = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const of = (name: string): number => Number(new RegExp(`^\\S*${name} (\\d+)`, 'm').exec(page)?.[1] ?? NaN);
  return { producers: of('producer_links'), consumers: of('consumer_links') };
}

/** Memory of the hub's process; 0 where the system does not tell. */
async function residentBytes({ child }: HubProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
