/** TLS with the unmodified client: who is let in, who is not, and how a certificate is replaced. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { FakeClock } from '@vigil/clock';
import type { EventHubOptions, RunningEventHub } from '@vigil/event-hub';
import { checkHubCertificate } from '../../src/site/doctor.js';
import { closing, EARLIEST, newFolder, producerFor, read, start, until } from './event-hub-clients.js';
import { partsOf, signedConnection } from './event-hub-sas.js';

const run = promisify(execFile);
const HUB = join(import.meta.dirname, '../../packages/event-hub/dist/main.js');
const CLIENT = join(import.meta.dirname, 'event-hub-tls/client.mjs');

/** Makes a certificate by the command, as a site would. */
async function certificates(dataDir: string, ...hosts: string[]): Promise<string> {
  await run(process.execPath, [HUB, 'certificates', '--data-dir', dataDir, ...hosts.flatMap((host) => ['--host', host])]);
  return join(dataDir, 'tls', 'ca.pem');
}

/** A folder with a certificate for localhost, to be copied: a process for each would take longer than the tests. */
const made = newFolder();
beforeAll(() => certificates(made, 'localhost'));

async function startTls(options: Partial<EventHubOptions> = {}): Promise<{ hub: RunningEventHub; dataDir: string; ca: string }> {
  const dataDir = newFolder();
  cpSync(made, dataDir, { recursive: true });
  return { hub: await start({ dataDir, tls: { port: 0 }, ...options }), dataDir, ca: join(dataDir, 'tls', 'ca.pem') };
}

/** What a client that trusts `ca` (or nobody of ours) makes of it. */
async function client(
  connection: string,
  ca?: string,
  endpoint = '',
  credential?: object,
): Promise<{ came?: unknown; failed?: string[] }> {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  const trust = ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca };
  const env = {
    ...rest,
    ...trust,
    CONNECTION: connection,
    CUSTOM_ENDPOINT: endpoint,
    CREDENTIAL: credential === undefined ? '' : JSON.stringify(credential),
  };
  const { stdout } = await run(process.execPath, [CLIENT], { env, timeout: 30_000 });
  return JSON.parse(stdout) as { came?: unknown; failed?: string[] };
}

/** Connects and tells how it went: the version agreed on, or the error's code. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...options }, () => {
      resolve(socket.getProtocol() ?? '');
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const signed = (connection: string): string => signedConnection(connection, { path: '', expiresMs: Date.now() + 3_600_000 });
const signatureOf = (connection: string): string => /=(SharedAccessSignature [^;]+)/.exec(signed(connection))![1]!;

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
    closing.push(async () => void socket.destroy());
  });
}

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) =>
    socket
      .off('error', resolve)
      .on('error', () => undefined)
      .once('close', () => resolve())
      .resume(),
  );

test('a client that trusts the authority sends and reads by TLS, beside one of this machine that needs none', async () => {
  const { hub, ca } = await startTls();
  const secure = hub.connectionString('platform', 'tls');
  expect(secure).toMatch(new RegExp(`^Endpoint=sb://localhost:${hub.tlsPort}/;[^;]+;[^;]+$`));
  expect(await client(secure, ca)).toEqual({ came: { n: 1 } });
  const reader = read(hub.connectionString('platform'), { partition: '3', startPosition: EARLIEST });
  await until('the event came by the plain port too', () => reader.events.length === 1);
});

test('a client reaches it by another address under the name of its namespace', async () => {
  const { hub, ca } = await startTls();
  const connection = hub.connectionString('platform', 'tls').replace(/sb:\/\/[^/]+/, 'sb://ward.servicebus.windows.net');
  expect(await client(connection, ca, `sb://localhost:${hub.tlsPort}`)).toEqual({ came: { n: 1 } });
});

test.each<[string, (connection: string) => object]>([
  ['a signature that another program has made', (connection) => ({ signature: signatureOf(connection) })],
  ['the name and secret of a key', (connection) => ({ name: 'platform', key: partsOf(connection).key })],
])('a client is let in by %s', async (_, credential) => {
  const { hub, ca } = await startTls();
  const connection = hub.connectionString('platform', 'tls');
  const endpoint = `sb://localhost:${hub.tlsPort}`;
  expect(await client('ward.servicebus.windows.net', ca, endpoint, credential(connection))).toEqual({ came: { n: 1 } });
});

test('a connection string with a signature instead of a key is enough, by TLS too', async () => {
  const { hub, ca } = await startTls();
  expect(await client(signed(hub.connectionString('platform', 'tls')), ca)).toEqual({ came: { n: 1 } });
});

test('TLS alone, without any plain port', async () => {
  const { hub, ca } = await startTls({ port: null });
  expect(hub.port).toBe(hub.tlsPort);
  expect(await client(hub.connectionString('platform'), ca)).toEqual({ came: { n: 1 } });
  expect(() => hub.connectionString('platform', 'plain')).toThrow(/by TLS only/);
});

test.each<[string, (own: string) => Promise<string | undefined>]>([
  ['no authority of ours', async () => undefined],
  ['the authority of another hub', async () => certificates(newFolder(), 'localhost')],
])('a client that trusts %s sends nothing', async (_, trusted) => {
  const { hub, ca } = await startTls();
  const { failed } = await client(hub.connectionString('platform', 'tls'), await trusted(ca));
  expect(failed?.join()).toMatch(/certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/i);
  expect((await hub.metrics.eventsIn.get()).values).toEqual([{ labels: {}, value: 0 }]);
});

test('a client refuses a hub by a name that its certificate does not have', async () => {
  const { hub, ca } = await startTls({ host: '127.0.0.2' });
  const connection = hub.connectionString('platform', 'tls').replace('localhost', '127.0.0.2');
  const { failed } = await client(connection, ca);
  expect(failed?.join()).toMatch(/altnames|ERR_TLS_CERT_ALTNAME_INVALID/);
});

test('old versions and suites without forward secrecy or authenticated encryption are refused, present ones are not', async () => {
  const { hub, ca } = await startTls();
  const trust = { ca: readFileSync(ca) };
  const old = 'DEFAULT:@SECLEVEL=0';
  expect(await handshake(hub.tlsPort!, trust)).toBe('TLSv1.3');
  expect(await handshake(hub.tlsPort!, { ...trust, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
  for (const refused of [
    { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: old },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
  ] as const) {
    expect(await handshake(hub.tlsPort!, { ...trust, ...refused })).toMatch(/ERR_SSL|ECONNRESET/);
  }
});

test('a client that speaks plain AMQP to the TLS port is cut off as soon as it has spoken', async () => {
  const { hub, ca } = await startTls({ tls: { port: 0, handshakeTimeoutMs: 300_000 } });
  const socket = await openSocket(hub.tlsPort!);
  const end = ended(socket);
  socket.write(Buffer.from('AMQP\x03\x01\x00\x00', 'latin1'));
  await end;
  expect(await handshake(hub.tlsPort!, { ca: readFileSync(ca) })).toBe('TLSv1.3');
});

test('handshakes that never end are ended, and hundreds of them keep nobody out', async () => {
  const { hub, ca } = await startTls({ tls: { port: 0, handshakeTimeoutMs: 3000 } });
  const slow = await Promise.all(Array.from({ length: 400 }, () => openSocket(hub.tlsPort!)));
  const ends = slow.map(ended);
  expect(await handshake(hub.tlsPort!, { ca: readFileSync(ca) })).toBe('TLSv1.3');
  await Promise.all(ends);
  const text = await hub.metrics.registry.metrics();
  const count = (reason: string): number => Number(new RegExp(`reason="${reason}"\\} (\\d+)`).exec(text)?.[1]);
  expect(count('too-many')).toBeGreaterThan(0);
  expect(count('timeout')).toBeGreaterThan(0);
});

test('a renewed certificate is used for new connections without a restart, and open ones go on', async () => {
  const clock = new FakeClock(Date.now());
  const { hub, dataDir, ca } = await startTls({ clock });
  const trust = { ca: readFileSync(ca), port: hub.tlsPort!, host: '127.0.0.1', servername: 'localhost' };
  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls(trust, () => resolve(socket)).on('error', reject);
      closing.push(async () => void socket.destroy());
    });
  const serialOf = (socket: TLSSocket): string => (socket.getPeerCertificate() as PeerCertificate).serialNumber;
  const first = await open();
  const producer = producerFor(hub.connectionString('gateway'));
  await producer.sendBatch([{ body: 1 }]);
  await certificates(dataDir);
  await clock.advance(5_000);
  let second = await open();
  for (let i = 0; i < 100 && serialOf(second) === serialOf(first); i++) second = await open();
  expect(serialOf(second)).not.toBe(serialOf(first));
  expect(first.destroyed).toBe(false);
  await producer.sendBatch([{ body: 2 }]);
});

test('readiness and metrics tell in time that the certificate expires, and it goes on serving', async () => {
  const { hub } = await startTls({ clock: new FakeClock(Date.now() + 340 * 86_400_000), httpPort: 0 });
  const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).text();
  expect(JSON.parse(await ask('/health/ready'))).toEqual({ status: 'ready', warnings: ['certificate-expires-soon'] });
  expect(Number(/^vigil_hub_tls_certificate_days_left (.*)$/m.exec(await ask('/metrics'))?.[1])).toBeCloseTo(25, 0);
});

test('the doctor tells when the certificate is to be renewed', async () => {
  const dataDir = newFolder();
  const daysOn = (days: number) => checkHubCertificate(dataDir, Date.now() + days * 86_400_000);
  expect(daysOn(0)).toBeNull();
  const ca = await certificates(join(dataDir, 'hub'), 'localhost');
  expect(daysOn(0)).toMatchObject({ ok: true, say: 'valid for 364 days' });
  expect(daysOn(340)).toMatchObject({
    ok: false,
    say: expect.stringMatching(/is valid until .*; renew it: npm run event-hub --/),
  });
  writeFileSync(join(dirname(ca), 'server.pem'), 'x');
  expect(daysOn(0)).toMatchObject({ ok: false, say: expect.stringContaining('holds no certificate') });
});

test('the doctor looks at the certificate that the site gave, not at the one that is not used', async () => {
  const [site, dataDir] = [newFolder(), newFolder()];
  const given = join(dirname(await certificates(site, 'localhost')), 'server.pem');
  const daysOn = (days: number) => checkHubCertificate(dataDir, Date.now() + days * 86_400_000, given);
  await certificates(join(dataDir, 'hub'), 'localhost');
  expect(daysOn(0)).toMatchObject({ ok: true });
  expect(daysOn(340)).toMatchObject({ ok: false, say: expect.stringMatching(/its authority renew it$/) });
  rmSync(given);
  expect(daysOn(0)).toMatchObject({ ok: false, say: expect.stringContaining('is missing; set VIGIL_HUB_TLS_CERT') });
});
