import { dayOf, issuedList } from './device-ca.js';
import { dueMs, type IssuedCertificate, isDue } from './issued-list.js';
import { type DeviceTokens, readDeviceTokens, readSite } from './site-files.js';

const SERIAL_SHOWN = 8;

/** One line for each device, and one below it for each of its certificates. */
export function listDevices(dataDir: string, nowMs: number): readonly string[] {
  const beds = new Map(readSite(dataDir).deviceAssignments.map(({ deviceId, bedId }) => [deviceId as string, bedId as string]));
  const issued = issuedList(dataDir);
  const lines = readDeviceTokens(dataDir).flatMap((device) => {
    const own = issued.filter(({ deviceId }) => deviceId === device.deviceId).sort((a, b) => b.toMs - a.toMs);
    const ways = [
      device.token === undefined ? [] : ['token'],
      (device.certificates ?? []).length > 0 ? ['certificate'] : [],
    ].flat();
    const may = ways.length === 0 ? 'may not speak' : `by ${ways.join(' and ')}`;
    return [
      `${device.deviceId.padEnd(20)} ${(beds.get(device.deviceId) ?? 'no bed').padEnd(12)} ${may}`,
      ...own.map((one) => `  ${one.serial.slice(0, SERIAL_SHOWN)} ${stateOf(one, device, nowMs)}`),
    ];
  });
  return lines.length === 0 ? ['no devices; enrol one: vigil devices enrol <deviceId> --bed <bedId>'] : lines;
}

function stateOf(one: IssuedCertificate, device: DeviceTokens[number], nowMs: number): string {
  const end = dayOf(one.toMs);
  if (one.revokedAtMs !== null) return `revoked on ${dayOf(one.revokedAtMs)}`;
  if (one.toMs <= nowMs) return `ended on ${end}`;
  if (!device.certificates?.some(({ sha256 }) => sha256 === one.sha256)) return 'not in devices.json: may not speak';
  const renew = one.from === 'here' ? 'vigil devices renew --due' : `vigil devices renew ${one.deviceId} --csr <file>`;
  return isDue(one, nowMs)
    ? `valid until ${end}; DUE: ${renew}`
    : `valid until ${end}, to be renewed from ${dayOf(dueMs(one))} on`;
}
