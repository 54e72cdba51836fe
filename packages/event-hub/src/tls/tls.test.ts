import { X509Certificate } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { createMetrics } from '../admin/metrics.js';
import { follow } from '../follow.js';
import { openWays } from '../listeners.js';
import { LiveCertificate } from './live-certificate.js';
import { makeCertificates } from './make-certificates.js';

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');
const DAY_MS = 86_400_000;
const newDir = (): string => mkdtempSync(join(tmpdir(), 'vigil-tls-'));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function made(hosts = ['hub.ward.example', '10.0.0.5'], days = 365) {
  const dataDir = newDir();
  await makeCertificates({ dataDir, hosts, days, nowMs: NOW_MS });
  const at = (name: string): string => join(dataDir, 'tls', name);
  const pem = (name: string): string => readFileSync(at(name), 'utf8');
  return { dataDir, at, pem, clock: new FakeClock(NOW_MS) };
}

test('a certificate is for the names given and this machine, for servers, and signed by an authority of its own', async () => {
  const { pem, at } = await made();
  const [leaf, ca] = [new X509Certificate(pem('server.pem')), new X509Certificate(pem('ca.pem'))];
  expect(leaf.subjectAltName).toBe('DNS:hub.ward.example, IP Address:10.0.0.5, DNS:localhost, IP Address:127.0.0.1');
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
  expect(ca.ca).toBe(true);
  expect(['ca.key', 'server.key'].map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o600, 0o600]);
});

test('a renewal keeps the authority and the names, and has a new key', async () => {
  const { dataDir, pem } = await made();
  const [ca, key, cert] = ['ca.pem', 'server.key', 'server.pem'].map(pem);
  const again = await makeCertificates({ dataDir, hosts: [], days: 30, nowMs: NOW_MS + 200 * DAY_MS });
  expect(again).toMatchObject({ isNewAuthority: false, expiresAtMs: NOW_MS + 230 * DAY_MS });
  expect(pem('ca.pem')).toBe(ca);
  expect(pem('server.key')).not.toBe(key);
  const names = (text: string): string | undefined => new X509Certificate(text).subjectAltName;
  expect(names(pem('server.pem'))).toBe(names(cert!));
  expect(new X509Certificate(pem('server.pem')).verify(new X509Certificate(ca!).publicKey)).toBe(true);
});

test('a certificate never outlives its authority, and an authority that is about to end signs nothing', async () => {
  const { dataDir } = await made();
  const late = await makeCertificates({ dataDir, hosts: [], days: 365, nowMs: NOW_MS + 3600 * DAY_MS });
  expect(late.expiresAtMs).toBe(NOW_MS + 3650 * DAY_MS);
  const tooLate = makeCertificates({ dataDir, hosts: [], days: 365, nowMs: NOW_MS + 3621 * DAY_MS });
  await expect(tooLate).rejects.toThrow(/authority expires on .*; remove .*ca\.pem and .*ca\.key for a new authority/);
});

test.each<[string, (dir: string) => void, string[], RegExp]>([
  ['no names, at first', (dir) => rmSync(join(dir, 'tls'), { recursive: true }), [], /say with --host/],
  ['a name that is none', () => undefined, ['a b'], /a b is neither a host name nor an address/],
  ['an authority without its key', (dir) => rmSync(join(dir, 'tls', 'ca.key')), [], /ca\.key is missing; restore it/],
  ['an authority without its certificate', (dir) => rmSync(join(dir, 'tls', 'ca.pem')), [], /ca\.pem is missing; restore it/],
  [
    'the key of another authority',
    (dir) => copyFileSync(join(dir, 'tls', 'server.key'), join(dir, 'tls', 'ca.key')),
    [],
    /are no authority/,
  ],
  ['a damaged authority', (dir) => writeFileSync(join(dir, 'tls', 'ca.pem'), 'x'), [], /ca\.pem holds no certificate/],
])('with %s the command says what to do', async (_, harm, hosts, message) => {
  const { dataDir } = await made();
  harm(dataDir);
  await expect(makeCertificates({ dataDir, hosts, days: 1, nowMs: NOW_MS })).rejects.toThrow(message);
});

test.each<[string, (at: (name: string) => string) => void, object, RegExp]>([
  ['another interface without TLS', () => undefined, { tls: undefined }, /0\.0\.0\.0 .* needs TLS; make a certificate/],
  ['no way in at all', () => undefined, { tls: undefined, host: '127.0.0.1', port: null }, /needs a plain port/],
  ['no certificate', (at) => rmSync(at('server.pem')), {}, /server\.pem is missing; make one with: vigil-event-hub certificates/],
  ['a key that others may read', (at) => chmodSync(at('server.key'), 0o640), {}, /has mode 640, .*; run: chmod 600/],
  ["another certificate's key", (at) => copyFileSync(at('ca.key'), at('server.key')), {}, /is not the key of/],
  ['a certificate that is none', (at) => writeFileSync(at('server.pem'), 'x'), {}, /holds no certificate in PEM/],
  ['a key that is none', (at) => writeFileSync(at('server.key'), 'x'), {}, /holds no private key in PEM/],
  [
    'a certificate without names',
    (at) => ['pem', 'key'].forEach((e) => copyFileSync(at(`ca.${e}`), at(`server.${e}`))),
    {},
    /names no host/,
  ],
  [
    'a name that is not in it',
    () => undefined,
    { tls: { name: 'hub.other' } },
    /is for hub\.ward\.example, .*, not for hub\.other/,
  ],
  ['an interface that is not in it', () => undefined, { host: '10.0.0.6' }, /not for 10\.0\.0\.6/],
])('a start with %s is refused with what to do', async (_, harm, options, message) => {
  const { dataDir, at, clock } = await made();
  harm(at);
  const ways = openWays({ dataDir, port: 0, host: '0.0.0.0', tls: {}, ...options }, { clock, metrics: createMetrics() });
  await expect(ways).rejects.toThrow(message);
});

test.each([
  [366, /expired on .*; renew it/],
  [-2, /is valid from .* on only; check the clock/],
])('%i days after it was made a certificate is refused', async (days, message) => {
  const { dataDir } = await made();
  const clock = new FakeClock(NOW_MS + days * DAY_MS);
  await expect(LiveCertificate.open({ dataDir, host: '0.0.0.0', clock })).rejects.toThrow(message);
});

test('connection strings have the first name of the certificate, or the one that is asked for', async () => {
  const { dataDir, clock } = await made();
  const nameOf = async (name: object, host = '0.0.0.0'): Promise<string> =>
    (await LiveCertificate.open({ dataDir, host, clock, ...name })).name;
  expect([await nameOf({}), await nameOf({ name: '10.0.0.5' }), await nameOf({}, '10.0.0.5')]).toEqual([
    ...['hub.ward.example', '10.0.0.5', '10.0.0.5'],
  ]);
});

test('a renewed certificate is taken up; while its files do not fit the former one serves and readiness warns', async () => {
  const { dataDir, at, clock } = await made();
  const live = await LiveCertificate.open({ dataDir, host: '0.0.0.0', clock });
  const served: unknown[] = [];
  live.onNew = (context) => served.push(context.cert);
  const lines: string[] = [];
  const log = { ...silent, warn: (_: object, msg: string) => void lines.push(msg) };
  const followed = follow(live, { clock, log });
  await followed.look();
  expect(served).toEqual([]);

  copyFileSync(at('server.pem'), at('old.pem'));
  await makeCertificates({ dataDir, hosts: [], days: 60, nowMs: NOW_MS });
  copyFileSync(at('server.pem'), at('new.pem'));
  copyFileSync(at('old.pem'), at('server.pem'));
  await followed.look();
  await followed.look();
  expect(followed.warnings()).toEqual(['certificate-unreadable']);
  expect(lines).toEqual([expect.stringMatching(/going on with those in memory: .* is not the key of/)]);
  expect(served).toEqual([]);

  copyFileSync(at('new.pem'), at('server.pem'));
  await followed.look();
  expect(served).toEqual([readFileSync(at('new.pem'), 'utf8')]);
  expect(followed.warnings()).toEqual([]);
  await followed.stop();
});

test('readiness warns 30 days before the end of a certificate, and once it is over', async () => {
  const { dataDir, clock } = await made(['hub'], 60);
  const live = await LiveCertificate.open({ dataDir, host: '0.0.0.0', clock });
  const seen = [[...live.warnings(), Math.round(live.daysLeft)]];
  for (const days of [30.6, 30.2]) {
    await clock.advance(days * DAY_MS);
    seen.push([...live.warnings(), Math.round(live.daysLeft)]);
  }
  expect(seen).toEqual([[60], ['certificate-expires-soon', 29], ['certificate-expired', -1]]);
});
