import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrolDevice } from './enrol.js';
import { init } from './init.js';
import { readDeviceTokens, readSite, SITE_FILES } from './site-files.js';

async function newSite(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-enrol-'));
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  return dataDir;
}
const monitor = { deviceId: 'mon-7', bedId: 'icu-2', profile: 'monitor', gatewayId: 'gw-1' };

test('a device gets a token of its own and a bed, and what was there stays', async () => {
  const dataDir = await newSite();
  const before = readFileSync(join(dataDir, SITE_FILES.site), 'utf8');
  const token = enrolDevice(dataDir, monitor);
  expect(readDeviceTokens(dataDir)).toEqual([{ deviceId: 'mon-7', token }]);
  expect(statSync(join(dataDir, SITE_FILES.devices)).mode & 0o077).toBe(0);
  const site = readSite(dataDir);
  expect(site.devices).toEqual([{ deviceId: 'mon-7', gatewayId: 'gw-1', profile: 'monitor' }]);
  expect(site.deviceAssignments).toEqual([{ deviceId: 'mon-7', bedId: 'icu-2' }]);
  expect(readFileSync(join(dataDir, SITE_FILES.site), 'utf8').startsWith(before.slice(0, 200))).toBe(true);
  const second = enrolDevice(dataDir, { ...monitor, deviceId: 'mon-8', bedId: 'icu-1' });
  expect(second).not.toBe(token);
});

test.each([
  [{ bedId: 'icu-9' }, /no bed icu-9 in site.yaml; it has icu-1, icu-2/],
  [{ profile: 'pump' }, /no profile pump/],
  [{ gatewayId: 'gw-2' }, /no gateway gw-2/],
  [{ deviceId: 'Mon 7' }, /lower-case letters/],
])('%j is refused with what to do', async (wrong, line) => {
  const dataDir = await newSite();
  expect(() => enrolDevice(dataDir, { ...monitor, ...wrong })).toThrow(line);
  expect(readDeviceTokens(dataDir)).toEqual([]);
});

test('enrolling twice is refused and keeps the token', async () => {
  const dataDir = await newSite();
  const token = enrolDevice(dataDir, monitor);
  expect(() => enrolDevice(dataDir, monitor)).toThrow(/enrolled already/);
  expect(readDeviceTokens(dataDir)).toEqual([{ deviceId: 'mon-7', token }]);
});
