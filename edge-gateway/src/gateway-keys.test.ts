/** The key file of a gateway that runs and of one that starts. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { keyFileIds, openKeyFile, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { device, gateway, type GatewayFixture, message, metric, until } from './test-support/gateway-fixture.js';
import { NodeDisk } from './spool/disk.js';

const TOPIC = 'vigil/v1/mon-1/observations';
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-gateway-keys-'));
const running: GatewayFixture[] = [];
afterEach(async () => {
  for (const g of running.splice(0)) await g.stop(0);
});

/** A gateway on a real folder with its own key file; the log takes nothing, so that all stays on the spool. */
async function onFolder(dataDir: string, clock = new FakeClock(Date.now())) {
  const disk = await NodeDisk.open(join(dataDir, 'spool'));
  const keyFile = join(dataDir, 'kek.json');
  const lines: string[] = [];
  const say = (_: object, msg: string): void => void lines.push(msg);
  const log = { info: say, warn: say, error: say };
  const isSealed = readdirSync(join(dataDir, 'spool')).some((name) => name.endsWith('.seg'));
  const keys = await openKeyFile(keyFile, { create: isSealed ? 'never' : 'if-missing' });
  const g = await gateway({ dataDir, disk, clock, keys, log });
  g.log.away = true;
  running.push(g);
  return { g, clock, keyFile, lines, mon: await device(g, 'mon-1') };
}

const ready = async (g: GatewayFixture): Promise<{ status: number; body: { warnings?: string[] } }> => {
  const response = await fetch(`http://127.0.0.1:${g.httpPort}/health/ready`);
  return { status: response.status, body: (await response.json()) as { warnings?: string[] } };
};

test('a key file that can not be read for an hour stops nothing, and is said once a minute', async () => {
  const { g, clock, keyFile, lines, mon } = await onFolder(newFolder());
  await mon.publishAsync(TOPIC, message(0), { qos: 1 });
  renameSync(keyFile, `${keyFile}.away`);
  for (let minute = 1; minute <= 60; minute++) {
    await clock.advance(60_000);
    await mon.publishAsync(TOPIC, message(minute, { atMs: clock.nowMs() }), { qos: 1 });
  }
  await until('the gauge says so', async () => (await metric(g, 'vigil_gateway_key_file_unreadable')) === 1);
  expect(await ready(g)).toEqual({ status: 200, body: expect.objectContaining({ warnings: ['key-file-unreadable'] }) as object });
  const said = lines.filter((line) => line.includes('going on with those in memory'));
  expect(said.length).toBeGreaterThan(30);
  expect(said.length).toBeLessThanOrEqual(61);
  expect(g.pending()).toBe(61);
  renameSync(`${keyFile}.away`, keyFile);
  await until('the gauge is back', async () => {
    await clock.advance(5_000);
    return (await metric(g, 'vigil_gateway_key_file_unreadable')) === 0;
  });
  expect((await ready(g)).body.warnings).toBeUndefined();
  await mon.endAsync();
}, 60_000);

test('a rotation is followed while devices send, and the old key can go', async () => {
  const { g, clock, keyFile, lines, mon } = await onFolder(newFolder());
  for (let seq = 0; seq < 5; seq++) await mon.publishAsync(TOPIC, message(seq), { qos: 1 });
  const old = (await keyFileIds(keyFile)).current;
  await rotateKeyFile(keyFile);
  await until('the old key is needed no longer', async () => {
    await clock.advance(5_000);
    return lines.some((line) => line.includes('no longer needed'));
  });
  expect(await metric(g, 'vigil_gateway_segments_to_rewrap')).toBe(0);
  await retireKey(keyFile, old);
  for (let seq = 5; seq < 10; seq++) await mon.publishAsync(TOPIC, message(seq), { qos: 1 });
  await mon.endAsync();
  await g.stop(100);
});

test('a gateway whose spool holds records does not start without their key file, and says what to restore', async () => {
  const dataDir = newFolder();
  const { g, keyFile, mon } = await onFolder(dataDir);
  await mon.publishAsync(TOPIC, message(0), { qos: 1 });
  await mon.endAsync();
  running.splice(0);
  await g.stop(100);
  const kept = readFileSync(keyFile);
  renameSync(keyFile, `${keyFile}.away`);
  const before = readdirSync(join(dataDir, 'spool')).sort();
  const start = () => gateway({ dataDir, disk: undefined, keys: undefined } as never);
  await expect(start()).rejects.toThrow(/kek\.json is missing; restore it from its backup/);
  expect(readdirSync(dataDir)).not.toContain('kek.json');
  // Keys of another gateway are refused by name.
  await openKeyFile(keyFile, { create: 'if-missing' });
  await expect(start()).rejects.toThrow(/has no key kek-.*from its backup/);
  expect(readdirSync(join(dataDir, 'spool')).sort()).toEqual(before);
  writeFileSync(keyFile, kept);
  const again = await gateway({ dataDir, disk: undefined, keys: undefined } as never);
  await until('what was stored is sent', () => again.log.records.length === 1);
  await again.stop(0);
});

test('a gateway whose spool is empty needs its key file too: what it knows of the spool is sealed', async () => {
  const dataDir = newFolder();
  const first = await gateway({ dataDir, disk: undefined, keys: undefined } as never);
  await first.stop(0);
  expect(readdirSync(join(dataDir, 'spool')).filter((name) => name.endsWith('.seg'))).toEqual([]);
  renameSync(join(dataDir, 'kek.json'), join(dataDir, 'kek.json.away'));
  await expect(gateway({ dataDir, disk: undefined, keys: undefined } as never)).rejects.toThrow(
    /kek\.json is missing; restore it/,
  );
  expect(readdirSync(dataDir)).not.toContain('kek.json');
});
