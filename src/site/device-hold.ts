import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeSecret } from './secret-file.js';
import { type DeviceTokens, readDeviceTokens, readHeldDevices, SITE_FILES } from './site-files.js';

/**
 * Takes every right to speak from a device, so that it can be given back: what devices.json had of it waits in a file of its own that
 * no gateway reads. The gateway here ends its sessions within seconds. Again: nothing happens. A device that devices.json does not
 * name speaks by no list of ours.
 */
export function holdDevice(dataDir: string, deviceId: string): void {
  const devices = devicesOrNone(dataDir);
  const entry = devices.find((each) => each.deviceId === deviceId);
  const held = readHeldDevices(dataDir);
  if (entry === undefined || (entry.token === undefined && entry.certificates?.length === 0)) return;
  // First what is kept: a crash in between leaves the device with its rights, and the next try takes them.
  const before = held.find((each) => each.deviceId === deviceId);
  const kept = { ...before, ...entry, certificates: [...(before?.certificates ?? []), ...(entry.certificates ?? [])] };
  const isUnmanaged = entry.certificates === undefined && before === undefined;
  writeHeld(dataDir, [...held.filter((each) => each.deviceId !== deviceId), isUnmanaged ? entry : kept]);
  writeDevices(dataDir, replaced(devices, { deviceId, certificates: [] }));
}

/** Gives back what `holdDevice` took. Again, or without such: nothing happens. */
export function unholdDevice(dataDir: string, deviceId: string): void {
  const held = readHeldDevices(dataDir);
  const kept = held.find((each) => each.deviceId === deviceId);
  if (kept === undefined) return;
  writeDevices(dataDir, replaced(devicesOrNone(dataDir), kept));
  writeHeld(
    dataDir,
    held.filter((each) => each.deviceId !== deviceId),
  );
}

/** An entry for a device that the registry has and devices.json has not: it may speak by certificate only. */
export function ensureDevice(dataDir: string, deviceId: string): void {
  const devices = devicesOrNone(dataDir);
  if (devices.some((each) => each.deviceId === deviceId)) return;
  writeDevices(dataDir, [...devices, { deviceId, certificates: [] }]);
}

/** Nobody has been enrolled where there is no file yet. @throws SiteFileError when it is there and can't be used */
export function devicesOrNone(dataDir: string): DeviceTokens {
  return existsSync(join(dataDir, SITE_FILES.devices)) ? readDeviceTokens(dataDir) : [];
}

export const replaced = (devices: DeviceTokens, entry: DeviceTokens[number]): DeviceTokens =>
  devices.map((each) => (each.deviceId === entry.deviceId ? entry : each));

function writeDevices(dataDir: string, devices: DeviceTokens): void {
  writeSecret(join(dataDir, SITE_FILES.devices), devices);
}

export function writeHeld(dataDir: string, held: DeviceTokens): void {
  writeSecret(join(dataDir, SITE_FILES.heldDevices), held);
}
