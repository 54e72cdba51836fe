import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceId, DeviceUse } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { DeviceRegistry } from '../ports/device-registry.js';
import { devicesOrNone } from '../site/device-hold.js';
import { enrolDevice } from '../site/enrol.js';
import { init } from '../site/init.js';
import { DeviceDesk } from './device-desk.js';

const deviceId = 'mon-7' as DeviceId;

async function withDevice() {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-desk-'));
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  enrolDevice(dataDir, { deviceId, bedId: 'icu-2', profile: 'monitor', gatewayId: 'gw-1' });
  let state: DeviceUse = 'in-use';
  const registry = { find: () => Promise.resolve({ deviceId, state }) } as unknown as DeviceRegistry;
  const clock = { wallMs: () => Date.now() } as unknown as AppClock;
  const maySpeak = (): boolean => devicesOrNone(dataDir).some((each) => each.deviceId === deviceId && each.token !== undefined);
  return { desk: new DeviceDesk(dataDir, registry, clock), maySpeak, say: (to: DeviceUse) => void (state = to) };
}

test('what the registry says last holds, whichever of two people comes to the files last', async () => {
  const { desk, maySpeak, say } = await withDevice();
  expect(maySpeak()).toBe(true);
  // The first waits for the lock while somebody else says otherwise.
  say('in-use');
  const released = desk.enforce(deviceId);
  say('quarantined');
  await Promise.all([released, desk.enforce(deviceId)]);
  expect(maySpeak()).toBe(false);
  const held = desk.enforce(deviceId);
  say('in-use');
  await Promise.all([held, desk.enforce(deviceId)]);
  expect(maySpeak()).toBe(true);
});

test('a device that is retired may not speak, and retiring it again changes nothing', async () => {
  const { desk, maySpeak, say } = await withDevice();
  say('retired');
  await desk.enforce(deviceId);
  expect(maySpeak()).toBe(false);
  await desk.enforce(deviceId);
  expect(maySpeak()).toBe(false);
});
