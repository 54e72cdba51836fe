import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addDeviceCommands } from './device-commands.js';
import { init } from './init.js';
import { readDeviceTokens, readSite } from './site-files.js';
import { SITE_LOCK, whileLocked } from './site-lock.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-lock-'));

test('devices that are enrolled at the same time are all there, each with its certificate', async () => {
  const dataDir = folder();
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  // The first of them makes the authority that signs for all.
  rmSync(join(dataDir, 'device-ca'), { recursive: true });
  const enrol = async (deviceId: string): Promise<void> => {
    const program = new Command();
    addDeviceCommands(program, { dataDir: () => dataDir, out: () => undefined, nowMs: () => Date.now(), mqttsPort: 8883 });
    await program.parseAsync(['devices', 'enrol', deviceId, '--bed', 'icu-1'], { from: 'user' });
  };
  const ids = ['mon-1', 'mon-2', 'mon-3', 'mon-4'];
  await Promise.all(ids.map(enrol));
  expect(
    readSite(dataDir)
      .devices.map(({ deviceId }) => deviceId as string)
      .sort(),
  ).toEqual(ids);
  const known = readDeviceTokens(dataDir).map(({ deviceId, certificates }) => [deviceId, certificates?.length]);
  expect(known.sort()).toEqual(ids.map((id) => [id, 1]));
  const read = (...path: string[]) => new X509Certificate(readFileSync(join(dataDir, ...path)));
  const authority = read('device-ca', 'ca.pem');
  expect(ids.filter((id) => read('devices', id, 'client.pem').verify(authority.publicKey))).toEqual(ids);
  expect(existsSync(join(dataDir, SITE_LOCK))).toBe(false);
});

test('one at a time, and the next one goes on after one that failed', async () => {
  const dataDir = folder();
  let running = 0;
  const most: number[] = [];
  const command = async (fails: boolean): Promise<void> => {
    most.push(++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (fails) throw new Error('it failed');
  };
  const all = await Promise.allSettled([true, false, false].map((fails) => whileLocked(dataDir, () => command(fails))));
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(most).toEqual([1, 1, 1]);
});

test('the lock of a command that was killed is taken over', async () => {
  const dataDir = folder();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(dataDir, SITE_LOCK), String(pid));
  await expect(whileLocked(dataDir, () => 'done')).resolves.toBe('done');
});

test('a command that does not end is named', async () => {
  const dataDir = folder();
  writeFileSync(join(dataDir, SITE_LOCK), String(process.ppid));
  const message = new RegExp(`process ${process.ppid}\\); if there is none, remove .*site\\.lock`);
  await expect(whileLocked(dataDir, () => 'done', 0)).rejects.toThrow(message);
});
