import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSite } from '../testing/site.js';
import { readDevices, readSettings, readSite, SettingsError } from './settings.js';

const file = (name: string, text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'vigil-settings-')), name);
  writeFileSync(path, text);
  return path;
};

test('flags win over the environment, and the service token comes from the environment only', () => {
  const settings = readSettings(['--speed', '60'], { VIGIL_SERVICE_TOKEN: 'secret' });
  expect(settings).toMatchObject({ source: 'simulator', speed: 60, seed: 1, scenario: 'demo', serviceToken: 'secret' });
});

test.each([
  [['--speed', '0'], /speed/],
  [['--mqtt', 'http://x'], /mqtt/],
  [['--seed', 'x'], /seed/],
])('%j is refused with the name of the setting', (argv, message) => {
  expect(() => readSettings(argv, {})).toThrow(message);
});

test('a device that was enrolled is never played', () => {
  const site = testSite(1, 'mimic2');
  const devices = ['sim-icu-2', 'monitor-7', 'sim-icu-1'].map((deviceId) => ({ deviceId, token: 't' }));
  const replaying = { ...site, devices: site.devices.map((d) => ({ ...d, deviceId: 'rec-icu-1' as typeof d.deviceId })) };
  const path = file('devices.json', JSON.stringify([...devices, { deviceId: 'rec-icu-1', token: 't' }]));
  expect(readDevices(path, replaying).map((d) => d.deviceId)).toEqual(['sim-icu-2', 'sim-icu-1', 'rec-icu-1']);
});

test('a file that is absent or not as it should be is one clear error', () => {
  expect(() => readSite('/nowhere/site.yaml')).toThrow('/nowhere/site.yaml: cannot be read (ENOENT)');
  expect(() => readSite(file('site.yaml', 'v: 2'))).toThrow(SettingsError);
  expect(() => readDevices(file('devices.json', '{'), testSite(1))).toThrow(/not JSON/);
});
