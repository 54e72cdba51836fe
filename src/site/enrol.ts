import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BedId, DeviceId, Site } from '@vigil/contracts';
import { parseDocument, YAMLSeq } from 'yaml';
import { refuseHeld } from './device-certificates.js';
import { writeSecret, writeWhole } from './secret-file.js';
import { readDeviceTokens, readSite, SITE_FILES } from './site-files.js';

const TOKEN_BYTES = 32;

export interface Enrolment {
  readonly deviceId: string;
  readonly bedId: string;
  /** One of the profiles of site.yaml: how often the device sends what. */
  readonly profile: string;
  readonly gatewayId: string;
}

/**
 * Gives a bedside device a token and a bed: an entry in devices.json, and one in `devices` and `deviceAssignments` of
 * site.yaml. The gateway takes the token within seconds; the platform reads site.yaml at its next start.
 *
 * @returns the token, which is shown once
 * @throws Error with one line that says what to do when the device is there already, or bed, profile or gateway are not
 */
export function enrolDevice(dataDir: string, { deviceId, bedId, profile, gatewayId }: Enrolment): string {
  const site = readSite(dataDir);
  const device = DeviceId.safeParse(deviceId);
  if (!device.success) throw new Error('a device id has lower-case letters, digits and hyphens, at most 48');
  const known = readDeviceTokens(dataDir);
  if (site.devices.some((d) => d.deviceId === deviceId) || known.some((d) => d.deviceId === deviceId)) {
    throw new Error(
      `device ${deviceId} is enrolled already; its token is in ${SITE_FILES.devices}, a certificate: vigil devices renew ${deviceId}`,
    );
  }
  const choices = (what: string, wanted: string, all: readonly string[]): void => {
    if (!all.includes(wanted)) throw new Error(`there is no ${what} ${wanted} in ${SITE_FILES.site}; it has ${all.join(', ')}`);
  };
  choices(
    'bed',
    bedId,
    site.beds.map((bed) => bed.bedId),
  );
  choices('profile', profile, Object.keys(site.profiles));
  choices(
    'gateway',
    gatewayId,
    site.gateways.map((gateway) => gateway.gatewayId),
  );

  const path = join(dataDir, SITE_FILES.site);
  const doc = parseDocument(readFileSync(path, 'utf8'));
  add(doc.get('devices'), doc.createNode({ deviceId, gatewayId, profile }));
  add(doc.get('deviceAssignments'), doc.createNode({ deviceId, bedId: BedId.parse(bedId) }));
  Site.parse(doc.toJS());
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  writeWhole(path, doc.toString(), 0o600);
  writeSecret(join(dataDir, SITE_FILES.devices), [...known, { deviceId: device.data, token }]);
  return token;
}

/**
 * Gives a device that is enrolled a new token; the old one holds no more.
 *
 * @throws Error when there is no such device, or when it is in quarantine
 */
export function renewToken(dataDir: string, deviceId: string): string {
  const devices = readDeviceTokens(dataDir);
  if (!devices.some((each) => each.deviceId === deviceId))
    throw new Error(`there is no device ${deviceId}; see: vigil devices list`);
  refuseHeld(dataDir, deviceId);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const all = devices.map((each) => (each.deviceId === deviceId ? { ...each, token } : each));
  writeSecret(join(dataDir, SITE_FILES.devices), all);
  return token;
}

function add(list: unknown, entry: unknown): void {
  if (!(list instanceof YAMLSeq)) throw new Error(`${SITE_FILES.site}: devices and deviceAssignments must be lists`);
  list.flow = false;
  list.add(entry);
}
