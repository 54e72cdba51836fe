import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueDeviceCertificate, makeCertificates } from '@vigil/certificates';
import { PlatformError } from '@vigil/domain';
import { type Closed, FRAME_MS_MAX, IDLE_MS_MAX, STORE_MS_MAX } from '../../src/adapters/hl7/connection.js';
import { CONNECTIONS_MAX, Hl7Server } from '../../src/adapters/hl7/hl7-server.js';
import type { Change } from '../../src/ports/change.js';
import { INBOUND_BYTES_MAX, type Inbound } from '../../src/ports/inbound.js';
import { RawSender } from '../support/hl7-clients.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

const settings = { encoding: 'utf-8' as const, mrnAuthority: 'HOSP', timeZone: 'UTC', processingIds: ['P'] };
const HEADER = 'MSH|^~\\&|HIS|H|VIGIL|H|20260101080000||ADT^A08|c1|P|2.5.1';
const CANARY = 'MUSTERMANN';
const GOOD = `${HEADER}\rEVN||202601010800\rPID|1||M1^^^HOSP||${CANARY}^Max\rPV1|1|I\r`;

let stores: TestStores;
let server: Hl7Server;
let port: number;
let inbound: Inbound;
let news: string[];
const senders: RawSender[] = [];

beforeAll(async () => void (stores = await openTestStores()));
afterAll(() => stores.end());
beforeEach(async () => {
  news = [];
  inbound = stores.inbound;
  const through = { keep: (...args: Parameters<Inbound['keep']>) => inbound.keep(...args) };
  server = new Hl7Server({
    ...{ inbound: through, clock: stores.clock, settings, host: '127.0.0.1', port: 0, tls: null },
    news: {
      answered: (code) => void news.push(code),
      closed: (why: Closed) => void news.push(why),
      refused: (why) => void news.push(why),
    },
  });
  port = await server.start();
});
afterEach(async () => {
  for (const sender of senders.splice(0)) sender.end();
  await server.stop();
});

async function sender(): Promise<RawSender> {
  const made = await RawSender.to(port);
  senders.push(made);
  return made;
}

/** Answers are what they are, and never what was sent. */
async function answerTo(message: string | Uint8Array): Promise<string> {
  const from = await sender();
  from.send(message);
  const answer = await from.answer();
  expect(answer).not.toContain(CANARY);
  return answer!;
}

/** Why the newest kept message can't be read. */
async function newestReason(): Promise<string | undefined> {
  for (let ids = await stores.feedRecords.next(1); ids[0] !== undefined; ids = await stores.feedRecords.next(1)) {
    await stores.feedRecords.work(ids[0], () => ({ do: 'ignore', why: 'no-change' }), change());
  }
  return (await stores.tasks.list({ limit: 500 })).items.at(-1)?.reason;
}
const change = (): Change =>
  ({
    ...{ audit: {} as never, commandId: '' as never, by: null, source: 'hl7', sourceRef: null },
    ...{ nowMs: stores.clock.nowMs(), wallMs: stores.clock.wallMs() },
  }) as const;

test('what is well said is answered once it is kept, and a repeat hears the same', async () => {
  expect(await answerTo(GOOD)).toMatch(/\rMSA\|AA\|c1\|/);
  expect(await answerTo(GOOD)).toMatch(/\rMSA\|AA\|c1\|/);
  expect(news).toEqual(['AA', 'AA']);
});

test('the same id with other words is kept apart, and said', async () => {
  expect(await answerTo(GOOD.replace('Max', 'Moritz'))).toMatch(/\rMSA\|AE\|c1\|.*\rERR\|\|MSH\^1\^10\|/s);
  expect(await newestReason()).toBe('reused-id');
});

test.each<[string, string | Uint8Array, RegExp, string]>([
  ['no PID', GOOD.replace(/PID[^\r]*\r/, ''), /MSA\|AE.*ERR\|\|PID\^1\|100/s, 'missing-segment'],
  ['no PV1', GOOD.replace(/PV1[^\r]*\r/, ''), /MSA\|AE.*ERR\|\|PV1\^1\|100/s, 'missing-segment'],
  ['no EVN', GOOD.replace(/EVN[^\r]*\r/, ''), /MSA\|AE.*ERR\|\|EVN\^1\|100/s, 'missing-segment'],
  [
    'UTF-8 in what says ASCII',
    Buffer.from(GOOD.replace('2.5.1', '2.5.1||||||ASCII').replace('Max', 'Mäx')),
    /MSA\|AE.*MSH\^1\^18/s,
    'wrong-encoding',
  ],
  ['ISO 8859-1 as UTF-8', Buffer.from(GOOD.replace('Max', 'Mäx'), 'latin1'), /MSA\|AE.*MSH\^1\^18/s, 'wrong-encoding'],
  ['an event that is not supported', GOOD.replace('A08', 'A31'), /MSA\|AR.*\|201/s, 'unknown-event'],
  ['another processing id', GOOD.replace('|P|', '|T|'), /MSA\|AR.*\|202/s, 'unknown-event'],
])('%s is kept and answered with its place', async (_what, message, expected, reason) => {
  // Of a patient of its own: what is of the same one waits, and has no task yet.
  const own = Buffer.from(message as string)
    .toString('latin1')
    .replace('|c1|', `|${Math.random()}|`)
    .replace('M1^', `${Math.random()}^`);
  expect(await answerTo(Buffer.from(own, 'latin1'))).toMatch(expected);
  expect(await newestReason()).toBe(reason);
});

test.each<[string, string | Uint8Array, Closed]>([
  ['garbage before a frame', 'garbage', 'broken-framing'],
  ['a frame inside a frame', `\x0b${GOOD}\x0b${GOOD}\x1c\r`, 'broken-framing'],
  ['an end without CR', `\x0b${GOOD}\x1cX`, 'broken-framing'],
  [
    'a byte more than a message may have',
    Buffer.concat([Buffer.from([0x0b]), Buffer.alloc(INBOUND_BYTES_MAX + 1, 65)]),
    'broken-framing',
  ],
  ['no header', '\x0bPID|1||M1\x1c\r', 'no-header'],
  ['a batch', '\x0bFHS|^~\\&|HIS\r\x1c\r', 'no-header'],
])('%s is kept, answered to nobody, and ends the connection', async (_what, bytes, why) => {
  const from = await sender();
  from.write(bytes);
  expect(await from.answer()).toBeNull();
  expect(news).toEqual([why]);
  expect(await newestReason()).toBe(why);
});

test('a frame that does not end in time ends the connection', async () => {
  const from = await sender();
  from.write('\x0bMSH|');
  // The bytes take a moment to arrive, and the time for a frame begins with them.
  for (let waitedMs = 0; news.length === 0 && waitedMs < IDLE_MS_MAX; waitedMs += FRAME_MS_MAX / 10) {
    await new Promise((resolve) => setImmediate(resolve));
    await stores.clock.advance(FRAME_MS_MAX / 10);
  }
  await from.closed();
  expect(news).toEqual(['too-slow']);
});

test('a sender who says nothing for five minutes is let go', async () => {
  const from = await sender();
  from.send(GOOD);
  await from.answer();
  await stores.clock.advance(IDLE_MS_MAX);
  await from.closed();
  expect(news).toEqual(['AA', 'idle']);
});

test('the 65th sender is refused, and the others go on', async () => {
  for (let n = 0; n < CONNECTIONS_MAX; n++) await sender();
  const last = await sender();
  await last.closed();
  expect(news).toEqual(['too-many']);
  senders[0]!.send(GOOD);
  expect(await senders[0]!.answer()).toContain('MSA|AA');
});

test('while the store is away nobody is told anything, and the connection ends', async () => {
  let asked = 0;
  inbound = { keep: () => Promise.reject(new PlatformError('store-unavailable', { attempt: ++asked }, true)) };
  const from = await sender();
  from.send(GOOD);
  for (let waitedMs = 0; waitedMs <= STORE_MS_MAX; waitedMs += 1_000) {
    await until(() => asked > waitedMs / 1_000);
    await stores.clock.advance(1_000);
  }
  expect(await from.answer()).toBeNull();
  expect(news).toEqual(['store-unavailable']);
});

test('a store that comes back in time is waited for', async () => {
  let asked = 0;
  inbound = {
    keep: (...args) =>
      ++asked < 3 ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : stores.inbound.keep(...args),
  };
  const from = await sender();
  from.send(GOOD);
  for (const n of [1, 2]) {
    await until(() => asked >= n);
    await stores.clock.advance(1_000);
  }
  expect(await from.answer()).toContain('MSA|AA');
});

test('two messages in one go are answered one after the other', async () => {
  const from = await sender();
  const frame = (id: string): string => `\x0b${GOOD.replace('|c1|', `|${id}|`)}\x1c\r`;
  from.write(frame('d1') + frame('d2'));
  expect([await from.answer(), await from.answer()].map((answer) => /MSA\|AA\|(\w+)/.exec(answer!)?.[1])).toEqual(['d1', 'd2']);
});

test('off loopback only who shows a certificate of the authorities is heard, and is named by it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-hl7-'));
  const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });
  const nowMs = Date.now();
  const wish = { folder, nowMs, write, days: 30, hosts: ['localhost'], names: { authority: 'HL7 test', server: 'localhost' } };
  await makeCertificates(wish as never);
  const [caFile, certFile, keyFile] = ['ca.pem', 'server.pem', 'server.key'].map((name) => join(folder, name));
  const authority = { cert: readFileSync(caFile!, 'utf8'), key: readFileSync(join(folder, 'ca.key'), 'utf8') };
  const shown = await issueDeviceCertificate(authority, { deviceId: 'his-1', nowMs, days: 30 });
  const kept: string[] = [];
  const own = new Hl7Server({
    ...{ clock: stores.clock, settings, host: '127.0.0.1', port: 0 },
    tls: { certFile: certFile!, keyFile: keyFile!, caFile: caFile! },
    inbound: { keep: (message) => Promise.resolve(void kept.push(message.sender)).then(() => ({ is: 'kept' as const })) },
    news: { answered: (code) => void news.push(code), closed: () => undefined, refused: (why) => void news.push(why) },
  });
  const tlsPort = await own.start();
  const trust = { ca: authority.cert, servername: 'localhost' };
  const stranger = await RawSender.to(tlsPort, trust).catch(() => null);
  stranger?.send(GOOD);
  expect((await stranger?.answer()) ?? null).toBeNull();
  const known = await RawSender.to(tlsPort, { ...trust, cert: shown.cert, key: shown.key! });
  known.send(GOOD);
  expect(await known.answer()).toContain('MSA|AA');
  expect(kept).toEqual(['HIS|H|his-1']);
  expect(news).toEqual(['certificate', 'AA']);
  known.end();
  await own.stop();
  rmSync(folder, { recursive: true });
});

/** Lets the sockets of this process do their work. */
async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setImmediate(resolve));
}
