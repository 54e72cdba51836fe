import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { ChunkPool, SendBuffer } from './send-buffer.js';

/** A socket that takes its time; what it was given is looked at when it is done with it, as a system does. */
class SlowSocket {
  readonly got: Buffer[] = [];
  private readonly waiting: { bytes: Buffer; done: (error?: Error) => void }[] = [];

  write(bytes: Buffer, done: (error?: Error) => void): void {
    this.waiting.push({ bytes, done });
  }

  /** Finishes the oldest writes. */
  finish(count = Infinity, error?: Error): void {
    for (const { bytes, done } of this.waiting.splice(0, count)) {
      this.got.push(Buffer.from(bytes));
      done(error);
    }
  }

  get text(): string {
    return Buffer.concat(this.got).toString('latin1');
  }
}

class CountingPool extends ChunkPool {
  made = 0;
  private readonly known = new Set<Buffer>();

  override take(bytesMin: number): Buffer {
    const bytes = super.take(bytesMin);
    if (!this.known.has(bytes)) this.made++;
    this.known.add(bytes);
    return bytes;
  }
}

const put = (buffer: SendBuffer, text: string): void =>
  buffer.add(text.length, (bytes, at) => void bytes.write(text, at, 'latin1'));

test('bytes arrive in order and unharmed, however slow the socket is, on links that share their memory', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(65_536), fc.constant(70_000));
  const step = fc.record({ link: fc.nat(1), size, flush: fc.boolean(), finish: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pool = new ChunkPool();
      const sockets = [new SlowSocket(), new SlowSocket()];
      const buffers = sockets.map((socket) => new SendBuffer(socket, pool));
      const sent = ['', ''];
      for (const [n, { link, size, flush, finish }] of steps.entries()) {
        const text = String.fromCharCode(33 + (n % 90)).repeat(size);
        sent[link] += text;
        put(buffers[link]!, text);
        if (flush) buffers[link]!.flush();
        sockets[link]!.finish(finish);
      }
      for (const link of [0, 1]) {
        buffers[link]!.flush();
        sockets[link]!.finish();
        expect(sockets[link]!.text === sent[link]).toBe(true);
        expect(buffers[link]!.pendingBytes).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

test('a link that keeps up needs the same chunk again and again, and many links the same few', () => {
  const pool = new CountingPool();
  const socket = new SlowSocket();
  const buffers = Array.from({ length: 20 }, () => new SendBuffer(socket, pool));
  for (let n = 0; n < 1000; n++) {
    put(buffers[n % 20]!, 'x'.repeat(5000));
    buffers[n % 20]!.flush();
    socket.finish();
  }
  expect(pool.made).toBe(1);
});

test('small writes to a socket that takes nothing share a chunk', () => {
  const pool = new CountingPool();
  const buffer = new SendBuffer(new SlowSocket(), pool);
  for (let n = 0; n < 300; n++) {
    put(buffer, 'x'.repeat(100));
    buffer.flush();
  }
  expect(pool.made).toBe(1);
});

test('memory that a broken socket may still read is not used again', () => {
  const pool = new CountingPool();
  const [broken, well] = [new SlowSocket(), new SlowSocket()];
  const [one, other] = [new SendBuffer(broken, pool), new SendBuffer(well, pool)];
  put(one, 'x');
  one.flush();
  broken.finish(1, new Error('reset'));
  put(other, 'y');
  expect(pool.made).toBe(2);
});

test('what waits is counted until it is flushed, over chunks', () => {
  const buffer = new SendBuffer(new SlowSocket(), new ChunkPool());
  for (let n = 0; n < 3; n++) put(buffer, 'x'.repeat(40_000));
  expect(buffer.pendingBytes).toBe(120_000);
  buffer.flush();
  expect(buffer.pendingBytes).toBe(0);
});

test('what real sockets have not taken yet stays as it is while others write from the same memory', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const peers: Socket[] = [];
  const writers: Socket[] = [];
  for (let i = 0; i < 3; i++) {
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    writers.push(connect(port, '127.0.0.1'));
    peers.push(await accepted);
  }
  const [pool, received, sent] = [new ChunkPool(), peers.map(() => createHash('md5')), peers.map(() => createHash('md5'))];
  const buffers = writers.map((socket) => new SendBuffer(socket, pool));
  // The first peer takes nothing until the others have all of theirs, which is more than systems keep for a socket.
  peers.forEach((peer, i) => peer.on('data', (data) => received[i]!.update(data)) && (i === 0 ? peer.pause() : peer.resume()));
  for (let turn = 0; turn < 400; turn++) {
    buffers.forEach((buffer, i) => {
      for (let size = 1; size < 70_000; size = size * 5 + turn) {
        const bytes = Buffer.alloc(size, `${i} ${turn} `);
        sent[i]!.update(bytes);
        buffer.add(size, (chunk, at) => bytes.copy(chunk, at));
      }
      buffer.flush();
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(writers[0]!.writableLength).toBeGreaterThan(1_000_000);
  peers[0]!.resume();
  const ends = peers.map((peer) => new Promise((resolve) => peer.once('end', resolve)));
  for (const writer of writers) writer.end();
  await Promise.all(ends);
  expect(received.map((hash) => hash.digest('hex'))).toEqual(sent.map((hash) => hash.digest('hex')));
  server.close();
});
