import { chmod, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { SILENT } from '../log.js';
import { devices, tokenOf } from '../test-support/gateway-fixture.js';
import { until } from '../test-support/until.js';
import { DeviceRegistry } from './registry.js';
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
