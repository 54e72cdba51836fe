import { chmod, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { SILENT } from '../log.js';
import { devices, tokenOf } from '../test-support/gateway-fixture.js';
import { until } from '../test-support/until.js';
import { DeviceList, DeviceRegistry } from './registry.js';
import { watchDeviceFile } from './registry-file.js';

const token = (id: string): Buffer => Buffer.from(tokenOf(id));

async function file(text: string | null, mode = 0o600): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'vigil-devices-')), 'devices.json');
  if (text !== null) await writeFile(path, text, { mode });
  return path;
}

test('a token opens its own device and no other', () => {
  const registry = new DeviceRegistry(devices('mon-1', 'mon-2'));
  expect(registry.admit('mon-1', token('mon-1'))).toBe('ok');
  expect(registry.admit('mon-1', token('mon-2'))).toBe('wrong-token');
  expect(registry.admit('mon-1', Buffer.alloc(0))).toBe('wrong-token');
  expect(registry.admit('mon-3', token('mon-3'))).toBe('unknown-device');
  expect(registry.admit('mon-3', Buffer.alloc(0))).toBe('unknown-device');
  expect(registry.admit('__proto__', Buffer.alloc(0))).toBe('unknown-device');
});

test('devices that are gone or have a new token are told', () => {
  const registry = new DeviceRegistry(devices('mon-1', 'mon-2'));
  const revoked: string[] = [];
  registry.onRevoked = (ids) => revoked.push(...ids);
  registry.replace([...devices('mon-1', 'mon-3')]);
  expect(revoked).toEqual(['mon-2']);
});

test('the file is read again when it changes; a broken one changes nothing', async () => {
  const clock = new FakeClock();
  const registry = new DeviceRegistry();
  const path = await file(JSON.stringify(devices('mon-1')));
  const stop = await watchDeviceFile(path, registry, clock, SILENT);
  expect(registry.admit('mon-1', token('mon-1'))).toBe('ok');
  await writeFile(path, JSON.stringify(devices('mon-1', 'mon-2')));
  await until('the second device', async () => {
    await clock.advance(1_000);
    return registry.size === 2;
  });
  await writeFile(path, '[{"deviceId":"mon-1","tok');
  await utimes(path, 1, 1);
  for (let i = 0; i < 5; i++) await clock.advance(1_000);
  expect(registry.size).toBe(2);
  stop();
});

test('a file that comes later is found', async () => {
  const clock = new FakeClock();
  const registry = new DeviceRegistry();
  const path = await file(null);
  const stop = await watchDeviceFile(path, registry, clock, SILENT);
  expect(registry.size).toBe(0);
  await writeFile(path, JSON.stringify(devices('mon-1')), { mode: 0o600 });
  await until('the device', async () => {
    await clock.advance(1_000);
    return registry.size === 1;
  });
  stop();
});

test('a file that others can read, or that makes no sense, stops the start with advice and without its content', async () => {
  const start = async (path: string) => watchDeviceFile(path, new DeviceRegistry(), new FakeClock(), SILENT);
  const wide = await file(JSON.stringify(devices('mon-1')));
  await chmod(wide, 0o644);
  if (process.platform !== 'win32') await expect(start(wide)).rejects.toThrow(/chmod 600/);
  await expect(start(await file('{"SECRET'))).rejects.toThrow(/is no JSON$/);
  await expect(start(await file('[{"deviceId":"mon-1","token":"SECRET"}]'))).rejects.toThrow(/see entry 0\.token$/);
});

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const listed = (deviceId: string, ...sha256s: string[]) =>
  DeviceList.parse([{ deviceId, certificates: sha256s.map((sha256) => ({ sha256, notAfterMs: 1_000 })) }]);

test.each<[string, DeviceList, Record<string, string[]>, [boolean, boolean]]>([
  ['nobody says anything', [], {}, [false, false]],
  ['the file lists one', listed('mon-1', A), {}, [true, false]],
  ['the platform lists one', [], { 'mon-1': [B] }, [false, true]],
  ['both list the same', listed('mon-1', A), { 'mon-1': [A] }, [true, false]],
  ['each lists another', listed('mon-1', A), { 'mon-1': [B] }, [false, false]],
  ['the file has revoked all', listed('mon-1'), { 'mon-1': [A] }, [false, false]],
  ['the platform has revoked all', listed('mon-1', A, B), { 'mon-1': [] }, [false, false]],
  ['they are of another device', listed('mon-2', A), { 'mon-2': [B] }, [false, false]],
  ['the device has only a token', devices('mon-1'), {}, [false, false]],
])('a certificate speaks when one list has it and none leaves it out: %s', (_case, file, platform, expected) => {
  const registry = new DeviceRegistry(file);
  registry.allow(new Map(Object.entries(platform)));
  expect([registry.mayUse('mon-1', A), registry.mayUse('mon-1', B)]).toEqual(expected);
});

test('whoever holds sessions hears of each change of a list', () => {
  const registry = new DeviceRegistry();
  let heard = 0;
  const stop = registry.onCertificates(() => (heard += 1));
  registry.replace(listed('mon-1', A));
  registry.allow(new Map([['mon-1', [A]]]));
  expect(heard).toBe(2);
  stop();
  registry.allow(new Map());
  expect(heard).toBe(2);
});

test('the end of a certificate is that of the one in use, else of the newest', () => {
  const registry = new DeviceRegistry(listed('mon-1', A));
  expect([registry.certificateNotAfterMs('mon-1'), registry.certificateNotAfterMs('mon-2')]).toEqual([1_000, null]);
  registry.noteInUse('mon-1', 500);
  expect(registry.certificateNotAfterMs('mon-1')).toBe(500);
  registry.replace(listed('mon-1'));
  expect(registry.certificateNotAfterMs('mon-1')).toBeNull();
});

test('a device with a certificate and no token can not log in with an empty one', () => {
  const registry = new DeviceRegistry(listed('mon-1', A));
  expect(registry.admit('mon-1', Buffer.alloc(0))).toBe('unknown-device');
});
