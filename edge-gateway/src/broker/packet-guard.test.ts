import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { FakeClock } from '@vigil/clock';
import fc from 'fast-check';
import { connectBytes, PING, publishBytes } from '../test-support/mqtt-bytes.js';
import { until } from '../test-support/until.js';
import { PacketGuard } from './packet-guard.js';

const CONNECT = connectBytes({ clientId: 'mon-1' });
const FREE = { takeMs: () => 0, inflightMax: 1_000_000 };

let server: Server;
let clock: FakeClock;
const sockets: Socket[] = [];
beforeEach(async () => {
  clock = new FakeClock();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A guard, the other end of its socket, and what it let through. */
async function pair(gate = FREE) {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const device = connect((server.address() as { port: number }).port, '127.0.0.1');
  device.on('error', () => undefined);
  const [socket] = await accepted;
  sockets.push(device, socket);
  const guard = new PacketGuard(socket, clock);
  const passed: Buffer[] = [];
  const refused: string[] = [];
  guard.onRefused = (reason) => void refused.push(reason);
  guard.onConnect = () => {
    guard.on('data', (chunk: Buffer) => passed.push(chunk));
    guard.open(gate);
  };
  return { device, guard, refused, passed: () => Buffer.concat(passed) };
}

test('nothing passes before the CONNECT is whole and somebody let it in', async () => {
  const { device, guard, passed } = await pair();
  let asked = 0;
  guard.onConnect = () => asked++;
  device.write(Buffer.concat([CONNECT, PING]));
  await until('the question', () => asked === 1);
  expect(passed()).toHaveLength(0);
  const chunks: Buffer[] = [];
  guard.on('data', (chunk: Buffer) => chunks.push(chunk));
  guard.open(FREE);
  await until('the rest', () => Buffer.concat(chunks).equals(Buffer.concat([CONNECT, PING])));
});

test('however the bytes are cut into pieces, the same bytes pass in order, and packets are counted', async () => {
  const stream = Buffer.concat([CONNECT, PING, ...[1, 200, 20_000].map((n) => publishBytes('t', 'x'.repeat(n))), PING]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 }), async (cuts) => {
      const { device, guard, passed } = await pair();
      const ends = [...new Set(cuts), stream.length].sort((a, b) => a - b);
      let from = 0;
      for (const end of ends) {
        device.write(stream.subarray(from, end));
        from = end;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await until('all', () => passed().length === stream.length);
      expect(passed().equals(stream)).toBe(true);
      expect(guard.packets).toBe(6);
      device.destroy();
    }),
    { numRuns: 30 },
  );
});

test('what is not stored yet is bounded: further messages are not read, and none is lost', async () => {
  const { device, guard, passed } = await pair({ takeMs: () => 0, inflightMax: 10 });
  const message = publishBytes('t', 'x'.repeat(50));
  device.write(CONNECT);
  device.write(Buffer.concat(Array.from({ length: 100 }, () => message)));
  await until('the first', () => passed().length >= CONNECT.length + 10 * message.length);
  await new Promise((resolve) => setImmediate(resolve));
  // Ten whole messages, and the header of the one that waits.
  expect(passed()).toHaveLength(CONNECT.length + 10 * message.length + 2);
  expect(guard.isHeld).toBe(true);
  for (let stored = 0; stored < 100; stored++) guard.settled();
  await until('all', () => passed().length === CONNECT.length + 100 * message.length);
});

test('a message that has to wait passes when its time has come, and the bytes behind it keep their order', async () => {
  const waits = [0, 500, 0];
  const { device, guard, passed } = await pair({ takeMs: () => waits.shift() ?? 0, inflightMax: 10 });
  const all = Buffer.concat([CONNECT, publishBytes('t', 'one'), publishBytes('t', 'two'), PING, publishBytes('t', 'three')]);
  device.write(all);
  await until('the first', () => passed().includes('one'));
  await clock.advance(499);
  expect(passed().includes('two')).toBe(false);
  expect(guard.isHeld).toBe(true);
  await clock.advance(1);
  await until('all', () => passed().equals(all));
});

test.each<[string, Buffer, string]>([
  ['a second CONNECT', CONNECT, 'unexpected-packet'],
  ['an answer that only a broker gives', Buffer.from([0x20, 2, 0, 0]), 'unexpected-packet'],
  ['PUBACK, although nothing was sent to it', Buffer.from([0x40, 2, 0, 7]), 'unexpected-packet'],
  ['PUBREL', Buffer.from([0x62, 2, 0, 7]), 'unexpected-packet'],
  ['QoS 3', publishBytes('t', 'x', 0x36), 'unexpected-packet'],
  ['PINGREQ with a flag', Buffer.from([0xc1, 0]), 'unexpected-packet'],
  ['PINGREQ with a body', Buffer.from([0xc0, 1, 0]), 'unexpected-packet'],
  ['SUBSCRIBE without its flag', Buffer.from([0x80, 2, 0, 1]), 'unexpected-packet'],
  ['PUBLISH of nothing', Buffer.from([0x30, 0]), 'unexpected-packet'],
  ['type 15', Buffer.from([0xf0, 0]), 'unexpected-packet'],
  ['a length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]), 'not-mqtt'],
  ['a packet over 256 KiB', Buffer.from([0x30, 0x80, 0x80, 0x10]), 'too-large'],
])('%s ends the connection by name', async (_what, bytes, reason) => {
  const { device, refused } = await pair();
  device.resume().write(Buffer.concat([CONNECT, bytes]));
  await once(device, 'close');
  expect(refused).toEqual([reason]);
});

test('pings and subscriptions wait for the allowance as messages do, so that nobody floods the broker with them', async () => {
  let taken = 0;
  const { device, passed } = await pair({ takeMs: () => (++taken > 2 ? 1_000 : 0), inflightMax: 1_000_000 });
  device.write(Buffer.concat([CONNECT, ...Array<Buffer>(5).fill(PING)]));
  await until('what is allowed', () => passed().length >= CONNECT.length + 3 * PING.length);
  expect(passed()).toHaveLength(CONNECT.length + 3 * PING.length);
  await clock.advance(1_000);
  await until('the next', () => passed().length === CONNECT.length + 4 * PING.length);
});
