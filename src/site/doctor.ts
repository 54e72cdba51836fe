import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CERTIFICATE_FILES, issuedList } from './device-ca.js';
import { devicesToRenew } from './device-certificates.js';
import { isOpenToOthers } from './secret-file.js';
import { sitePolicyFindings } from './site-policy-findings.js';
import { SITE_FILES, readSite } from './site-files.js';

/** One thing looked at: fine, or what to do about it. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly say: string;
}

const POLICY_LINES_MAX = 10;
const SILENT_CODES: readonly string[] = ['high-not-told', 'not-accepted-not-told', 'route-dead'];
const DISK_FREE_MIN_BYTES = 1024 ** 3;
const DAY_MS = 24 * 60 * 60 * 1000;
/** When the hub itself begins to warn. */
const CERTIFICATE_DAYS_MIN = 30;
/** Event time starts from the wall; a machine that thinks it is before this was never set. */
const BUILT_AFTER_MS = Date.UTC(2026, 0, 1);

/** First Node with `crypto.argon2`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const ok = major > 24 || (major === 24 && minor >= 7);
  return { what: 'Node', ok, say: ok ? version : `${version} is too old; run \`npm install\`, which brings Node 24` };
}

export function checkClock(wallMs: number): Finding {
  const ok = wallMs > BUILT_AFTER_MS;
  return { what: 'clock', ok, say: ok ? new Date(wallMs).toISOString() : 'the clock of this machine is wrong; set it (NTP)' };
}

/** Free, or taken by what answers there: a running Vigil is fine. */
export function checkPort(port: number, setting: string): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    const finding = (ok: boolean, say: string): void => resolve({ what: `port ${port}`, ok, say });
    server.once('error', (error: NodeJS.ErrnoException) => {
      finding(false, `${error.code ?? 'not free'}: a running Vigil has it, or something else; then set ${setting}`);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => finding(true, 'free')));
  });
}

export function checkDisk(dataDir: string): Finding {
  const disk = statfsSync(existsSync(dataDir) ? dataDir : '.');
  const freeBytes = disk.bavail * disk.bsize;
  const gib = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  const ok = freeBytes > DISK_FREE_MIN_BYTES;
  return { what: 'disk', ok, say: ok ? gib : `${gib}; make room or set VIGIL_DATA_DIR to another disk` };
}

/** Files that must be for their owner only. */
export function checkModes(dataDir: string): Finding {
  const { devices, heldDevices, serviceTokens, demoAccounts, passwordHashes } = SITE_FILES;
  const secrets = [devices, heldDevices, serviceTokens, demoAccounts, passwordHashes];
  const keys = ['kek.json', 'keys.db', 'vigil.db', 'gateway/kek.json', 'hub/keys.json', 'hub/kek.json'];
  const tls = ['hub/tls/ca.key', 'hub/tls/server.key'];
  const certificates = [CERTIFICATE_FILES.deviceCaKey, CERTIFICATE_FILES.gatewayKey, 'gateway/tls/ca.key'];
  const files = [...secrets, ...keys, ...tls, ...certificates].map((name) => join(dataDir, name));
  const open = files.filter((file) => existsSync(file) && isOpenToOthers(file));
  const say =
    open.length === 0 ? 'secrets are readable by their owner only' : `others may read secrets; chmod 600 ${open.join(' ')}`;
  return { what: 'modes', ok: open.length === 0, say };
}

/**
 * The certificate by which gateways on other machines know the hub; null where there is none.
 *
 * @param given the site's own (VIGIL_HUB_TLS_CERT) instead of the one in the data folder
 */
export function checkHubCertificate(dataDir: string, wallMs: number, given?: string): Finding | null {
  const what = 'hub TLS';
  const file = given ?? join(dataDir, 'hub/tls/server.pem');
  if (!existsSync(file)) {
    return given === undefined ? null : { what, ok: false, say: `${file} is missing; set VIGIL_HUB_TLS_CERT to where it is` };
  }
  const command = `npm run event-hub -- certificates --data-dir ${join(dataDir, 'hub')}`;
  const renew = given === undefined ? `renew it: ${command}` : 'have its authority renew it';
  try {
    const { validTo } = new X509Certificate(readFileSync(file));
    const days = Math.floor((Date.parse(validTo) - wallMs) / DAY_MS);
    const ok = days >= CERTIFICATE_DAYS_MIN;
    return { what, ok, say: ok ? `valid for ${days} days` : `${file} is valid until ${validTo}; ${renew}` };
  } catch {
    return {
      what,
      ok: false,
      say: `${file} holds no certificate; ${given === undefined ? `${renew} --host <name>` : 'restore it'}`,
    };
  }
}

/** The certificate by which devices know the gateway, and the authority that signs theirs. */
export function checkGatewayCertificates(dataDir: string, wallMs: number): readonly Finding[] {
  const look = (what: string, name: string, renew: string): readonly Finding[] => {
    const file = join(dataDir, name);
    if (!existsSync(file)) return [];
    try {
      const { validTo } = new X509Certificate(readFileSync(file));
      const days = Math.floor((Date.parse(validTo) - wallMs) / DAY_MS);
      const ok = days >= CERTIFICATE_DAYS_MIN;
      return [{ what, ok, say: ok ? `valid for ${days} days` : `${file} is valid until ${validTo}; ${renew}` }];
    } catch {
      return [{ what, ok: false, say: `${file} holds no certificate; restore it from a backup` }];
    }
  };
  const renewCa = 'remove the folder for a new authority, then renew all devices: vigil devices renew <deviceId>';
  return [
    ...look('MQTT TLS', CERTIFICATE_FILES.gatewayCert, 'renew it: npm run vigil -- init'),
    ...look('device CA', CERTIFICATE_FILES.deviceCa, renewCa),
  ];
}

/** Devices whose certificate should be renewed; null where none has one. */
export function checkDevices(dataDir: string, wallMs: number): Finding | null {
  const what = 'devices';
  try {
    if (!existsSync(join(dataDir, SITE_FILES.devices)) || issuedList(dataDir).length === 0) return null;
    const due = devicesToRenew(dataDir, wallMs, 'due');
    if (due.length === 0) return { what, ok: true, say: 'no certificate of a device has to be renewed' };
    return {
      what,
      ok: false,
      say: `${due.length} certificates of devices have to be renewed: npm run vigil -- devices renew --due`,
    };
  } catch (error) {
    return { what, ok: false, say: (error as Error).message };
  }
}

export function checkSite(dataDir: string): Finding {
  if (!existsSync(join(dataDir, SITE_FILES.site))) {
    return { what: 'site', ok: true, say: `no site in ${dataDir} yet; \`npm start\` makes one` };
  }
  try {
    const { beds, devices } = readSite(dataDir);
    return { what: 'site', ok: true, say: `${beds.length} beds, ${devices.length} devices` };
  } catch (error) {
    return { what: 'site', ok: false, say: (error as Error).message };
  }
}

/**
 * Who is told of alarms by site.yaml, with the people that it names. Only what is wrong whoever is there is no warning: duties and
 * schedules that were made since are not in the file. Another policy may be in force by now; people see that over REST.
 */
export function checkPolicy(dataDir: string): readonly Finding[] {
  if (!existsSync(join(dataDir, SITE_FILES.site))) return [];
  const what = 'escalation';
  const wrong = sitePolicyFindings(readSite(dataDir)).filter(({ severity }) => severity !== 'added');
  if (wrong.length === 0) return [{ what, ok: true, say: 'each high alarm is told to somebody' }];
  return wrong.slice(0, POLICY_LINES_MAX).map(({ code, path, message, careUnitId }) => {
    const where = careUnitId === null ? '' : `care unit ${careUnitId}: `;
    return { what, ok: !SILENT_CODES.includes(code), say: `${where}${message} (${SITE_FILES.site}, escalation.${path})` };
  });
}

/** site.yaml is in clear: names in it are for the demo. A live site records its patients through the API, sealed. */
export function checkNames(dataDir: string, isLive: boolean): Finding {
  const named = existsSync(join(dataDir, SITE_FILES.site)) ? readSite(dataDir).patients.length : 0;
  if (!isLive || named === 0) return { what: 'names', ok: true, say: 'no patient of a live site is in a file in clear' };
  const say = `${SITE_FILES.site} has ${named} patients in clear; take them and their stays out: what is recorded already stays`;
  return { what: 'names', ok: false, say };
}

/** Looks at all that keeps Vigil from starting or from being safe. Changes nothing. */
export async function examine(options: {
  readonly dataDir: string;
  /** `VIGIL_SOURCE=none`: real devices, real patients. */
  readonly isLive?: boolean;
  readonly ports: readonly (readonly [setting: string, port: number])[];
  readonly wallMs: number;
  /** The site's own certificate for the local hub (VIGIL_HUB_TLS_CERT). */
  readonly hubCertificate?: string | undefined;
}): Promise<readonly Finding[]> {
  const site = checkSite(options.dataDir);
  const devices = checkDevices(options.dataDir, options.wallMs);
  const certificate = checkHubCertificate(options.dataDir, options.wallMs, options.hubCertificate);
  const ports = await Promise.all(options.ports.map(([setting, port]) => checkPort(port, setting)));
  return [
    checkNode(process.version),
    checkClock(options.wallMs),
    checkDisk(options.dataDir),
    site,
    ...(site.ok ? [checkNames(options.dataDir, options.isLive ?? false)] : []),
    ...(site.ok ? checkPolicy(options.dataDir) : []),
    ...(existsSync(options.dataDir) ? [checkModes(options.dataDir)] : []),
    ...(certificate === null ? [] : [certificate]),
    ...checkGatewayCertificates(options.dataDir, options.wallMs),
    ...(devices === null ? [] : [devices]),
    ...ports,
  ];
}
